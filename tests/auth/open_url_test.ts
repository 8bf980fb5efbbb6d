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
      can("linux", { BROWSER: "x", SSH_CONNECTION: "10.0.0.1 1 10.0.0.2 22" }),
      can("darwin", {}),
      can("darwin", { SSH_CONNECTION: "10.0.0.1 1 10.0.0.2 22" }),
      can("windows", {}),
    ],
    [false, true, true, false, true, true, false, true],
  );
});

Deno.test({
  name: "openUrl() starts $BROWSER, the first of several that works, with the address in its place",
  ignore: Deno.build.os === "windows",
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      const browser = `${directory}/browser`;
      await Deno.writeTextFile(browser, `#!/bin/sh\nprintf '%s|' "$@" > ${directory}/seen\n`, {
        mode: 0o755,
      });
      const seen = () => Deno.readTextFile(`${directory}/seen`);
      assertEquals(
        await openUrl("https://example.com/?a=1&b=2", "linux", `${directory}/missing:${browser}`),
        true,
      );
      assertEquals(await seen(), "https://example.com/?a=1&b=2|");
      assertEquals(await openUrl("https://example.com/", "linux", `${browser} --new %s --end`), true);
      assertEquals(await seen(), "--new|https://example.com/|--end|");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
