import { assert, assertEquals } from "@std/assert";
import { envName } from "../../src/config/environment.ts";
import { nearest } from "../../src/config/nearest.ts";
import { rowOf, SETTING_KEYS, type Settings } from "../../src/config/settings.ts";
import { checkValue } from "../../src/config/validate.ts";

Deno.test("SETTINGS has sound rows: a section and a name, a fitting default, a doc line, unlike names and flags", () => {
  const flags = SETTING_KEYS.map((key) => rowOf(key).flag).filter((flag) => flag !== undefined);
  assertEquals(flags, ["host", "port", "api-key", "log-level", "log-format"]);
  assertEquals(new Set(SETTING_KEYS.map(envName)).size, SETTING_KEYS.length);
  for (const key of SETTING_KEYS) {
    const row = rowOf(key);
    assert(/^[a-z]+\.[a-z]+(?:_[a-z]+)*$/.test(key), key);
    assertEquals(checkValue(key, row.default, "default"), row.default);
    assert(
      row.doc.length > 10 && row.doc.length <= 110 && !row.doc.endsWith(".") && !row.doc.includes("\n"),
      key,
    );
  }
});

Deno.test("Settings has the type of each row", () => {
  const typed = (settings: Settings): [number, boolean, "auto" | "always" | "never", readonly string[]] => [
    settings["server.port"],
    settings["codex.enabled"],
    settings["codex.lite"],
    settings["server.allowed_hosts"],
  ];
  assertEquals(typeof typed, "function");
});

Deno.test("envName() puts two underscores between section and name", () => {
  assertEquals(envName("codex.unsupported_params"), "CCPROXY_CODEX__UNSUPPORTED_PARAMS");
});

Deno.test("nearest() finds the word that was meant, and none when nothing is near", () => {
  const words = ["server.port", "server.host", "serve", "login-openai", "logout-openai", "status"];
  const cases: Record<string, string | undefined> = {
    "server.prot": "server.port",
    "SERVER.HOST": "server.host",
    "sevre": "serve",
    "login_openai": "login-openai",
    "login": "login-openai",
    "stat": "status",
    "xyzzy": undefined,
    "": undefined,
  };
  for (const [word, wanted] of Object.entries(cases)) assertEquals(nearest(word, words), wanted, word);
});
