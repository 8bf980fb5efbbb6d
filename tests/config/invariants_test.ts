import { assertEquals } from "@std/assert";
import { settingsFaults, type Surroundings } from "../../src/config/invariants.ts";
import { settingsFrom } from "../../src/config/load.ts";
import { Problem } from "../../src/problem.ts";

/** The messages for settings in a file; nothing around them is wrong unless told. */
function faults(text: string, around: Partial<Surroundings> = {}): string[] {
  const loaded = settingsFrom({ path: "/c.toml", explicit: false, env: { get: () => undefined } }, text);
  return settingsFaults(loaded, {
    hostInForce: undefined,
    promptProblem: undefined,
    mayListen: () => true,
    ...around,
  }).map(({ message }) => message);
}

Deno.test("settingsFaults() lets a listener that others reach do without a key at no time", () => {
  const own = (host: string) =>
    `Invalid configuration: "server.host" is ${
      JSON.stringify(host)
    } (file), which other machines can reach, ` +
    'and "server.api_key" is empty';
  for (const host of ["0.0.0.0", "::", "[::]", "192.168.1.5", "my-host", "localhost.lan"]) {
    assertEquals(faults(`server.host = "${host}"`), [own(host)], host);
    assertEquals(faults(`server.host = "${host}"\nserver.api_key = "k"`), [], host);
  }
  for (const host of ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"]) {
    assertEquals(faults(`server.host = "${host}"`), [], host);
  }
});

Deno.test("settingsFaults() judges a reload by the address that is listened on, not by that of the file", () => {
  assertEquals(faults('server.host = "127.0.0.1"', { hostInForce: "0.0.0.0" }), [
    'Invalid configuration: ccproxy listens on "0.0.0.0", which other machines can reach, and "server.api_key" ' +
    "is empty",
  ]);
  assertEquals(faults('server.host = "0.0.0.0"', { hostInForce: "127.0.0.1", mayListen: () => false }), []);
});

Deno.test("settingsFaults() names everything that is wrong: key, address, prompt file", () => {
  const promptProblem = new Problem("config", "no such prompt");
  assertEquals(faults('server.host = "10.0.0.1"', { mayListen: () => false, promptProblem }), [
    'Invalid configuration: "server.host" is "10.0.0.1" (file), which other machines can reach, and ' +
    '"server.api_key" is empty',
    'Invalid configuration: "server.host" is "10.0.0.1", on which ccproxy may not listen',
    "Invalid configuration: no such prompt",
  ]);
});
