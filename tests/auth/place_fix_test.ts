import { assertEquals } from "@std/assert";
import { placeFix } from "../../src/auth/place_fix.ts";

const denied = new Deno.errors.PermissionDenied("x");

Deno.test("placeFix() takes a file of root back, and its directory only where nothing else lies in it", () => {
  assertEquals(
    placeFix("/home/me/.codex/auth.json", denied, "read", "linux"),
    'sudo chown -R "$(id -un)" /home/me/.codex && chmod -R u+rwX /home/me/.codex',
  );
  assertEquals(
    placeFix("/etc/shared/auth.json", denied, "read", "linux"),
    'sudo chown "$(id -un)" /etc/shared/auth.json && chmod u+rwX /etc/shared/auth.json',
  );
  assertEquals(
    placeFix("/etc/shared/auth.json", denied, "write", "linux"),
    "Give this user the right to write in /etc/shared",
  );
  assertEquals(
    placeFix("C:\\Users\\u\\auth.json", denied, "read", "windows"),
    "Give this user the right to read and write C:\\Users\\u\\auth.json, or move it away",
  );
});
