import { assertEquals } from "@std/assert";
import { canOpenUrl, openUrl } from "../../src/auth/open_url.ts";

Deno.test("openUrl() opens nothing that is no web page", async () => {
  for (const url of ["javascript:alert(1)", "file:///etc/passwd", "ftp://host/", "-a Calculator", ""]) {
    assertEquals(await openUrl(url), false, url);
  }
});

Deno.test("canOpenUrl() says no over SSH, and on Linux without a display", () => {
  const can = (os: string, env: Record<string, string>) => canOpenUrl(os, (name) => env[name]);
  assertEquals(
    [
      can("linux", {}),
      can("linux", { DISPLAY: ":0" }),
      can("linux", { WAYLAND_DISPLAY: "wayland-0" }),
      can("linux", { DISPLAY: ":0", SSH_CONNECTION: "10.0.0.1 1 10.0.0.2 22" }),
      can("darwin", {}),
      can("darwin", { SSH_CONNECTION: "10.0.0.1 1 10.0.0.2 22" }),
      can("windows", {}),
    ],
    [false, true, true, false, true, false, true],
  );
});
