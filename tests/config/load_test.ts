import { assertEquals, assertMatch } from "@std/assert";
import { BOUNDS } from "../../src/bounds.ts";
import { loadSettings, originText, settingsFrom } from "../../src/config/load.ts";
import { SETTING_KEYS, SETTINGS } from "../../src/config/settings.ts";
import { isSettings } from "../../src/config/validate.ts";
import { messageOf, messageOfAsync } from "./message_of.ts";

interface Sources {
  env?: Record<string, string>;
  flags?: Record<string, string>;
}

function load(text: string | undefined, { env = {}, flags = {} }: Sources = {}) {
  const environment = { get: (name: string) => env[name], names: () => Object.keys(env) };
  return settingsFrom({ path: "/c.toml", explicit: false, env: environment, flags }, text);
}

function fault(text: string, sources: Sources = {}): string {
  return messageOf(() => load(text, sources)).replace("Invalid configuration: ", "");
}

Deno.test("settingsFrom() gives every default and its origin when there is nothing else", () => {
  const loaded = load(undefined);
  assertEquals(loaded.exists, false);
  assertEquals(isSettings({ ...loaded.settings }), true);
  for (const key of SETTING_KEYS) {
    assertEquals(loaded.settings[key], SETTINGS[key].default);
    assertEquals(loaded.origins[key], { kind: "default" });
  }
});

Deno.test("settingsFrom() prefers flag to environment to file to default, and remembers which it was", () => {
  const text = "[server]\nhost = '127.0.0.2'\nport = 1\napi_key = 'file'\n[log]\nlevel='debug'\n";
  const { settings, origins, exists } = load(text, {
    env: { CCPROXY_SERVER__PORT: "2", CCPROXY_SERVER__API_KEY: "env", CCPROXY_LOG__LEVEL: "" },
    flags: { "port": "3" },
  });
  assertEquals(exists, true);
  assertEquals(
    (["server.host", "server.port", "server.api_key", "log.level", "log.format"] as const)
      .map((key) => [settings[key], originText(origins[key])]),
    [
      ["127.0.0.2", "/c.toml:2"],
      [3, "--port"],
      ["env", "CCPROXY_SERVER__API_KEY"],
      ["debug", "/c.toml:6"],
      ["text", "default"],
    ],
  );
});

Deno.test("settingsFrom() reads settings from tables, dotted keys and inline tables alike", () => {
  const wanted = {
    ...load(undefined).settings,
    "server.port": 1,
    "codex.model_aliases": { "a.b": "x", c: "y" },
  };
  for (
    const text of [
      "[server]\nport = 1\n[codex.model_aliases]\n'a.b' = 'x'\nc = 'y'",
      "server.port = 1\ncodex.model_aliases.'a.b' = 'x'\ncodex.model_aliases.c = 'y'",
      "server = { port = 1.0 }\ncodex = { model_aliases = { 'a.b' = 'x', c = 'y' } }",
    ]
  ) assertEquals(load(text).settings, wanted);
});

Deno.test("settingsFrom() reads the texts of the environment by the type of the setting", () => {
  const { settings } = load("", {
    env: {
      CCPROXY_CODEX__ENABLED: "Off",
      CCPROXY_SERVER__ALLOWED_HOSTS: "a.lan, b.lan,",
      CCPROXY_CODEX__MODEL_ALIASES: "gpt-5=x, o3 = y=z",
      CCPROXY_LIMITS__RESERVE_PERCENT: " 10 ",
      CCPROXY_BIN: "not ours",
      CCPROXY_AUTH_JSON: "{}",
      OTHER__NAME: "1",
    },
  });
  assertEquals(settings["codex.enabled"], false);
  assertEquals(settings["server.allowed_hosts"], ["a.lan", "b.lan"]);
  assertEquals(settings["codex.model_aliases"], { "gpt-5": "x", o3: "y=z" });
  assertEquals(settings["limits.reserve_percent"], 10);
});

Deno.test("settingsFrom() reads the boolean propagate_unsupported_params, and prefers the present form beside it", () => {
  const key = "codex.unsupported_params";
  assertEquals(load("[codex]\npropagate_unsupported_params = true").settings[key], "propagate");
  assertEquals(load("[codex]\npropagate_unsupported_params = false").settings[key], "block");
  const both = load("[codex]\nunsupported_params = 'ignore'\npropagate_unsupported_params = true");
  assertEquals([both.settings[key], originText(both.origins[key])], ["ignore", "/c.toml:2"]);
  const env = { CCPROXY_CODEX__PROPAGATE_UNSUPPORTED_PARAMS: "1" };
  assertEquals(load("[codex]\nunsupported_params = 'block'", { env }).settings[key], "propagate");
  assertEquals(
    fault("[codex]\npropagate_unsupported_params = 'x'"),
    '/c.toml:2: "codex.propagate_unsupported_params" must be true or false: found "x"',
  );
});

Deno.test("settingsFrom() names file, line and the nearest known name for what it does not know", () => {
  const cases: Record<string, string> = {
    "[server]\nprot = 1": '2: "server.prot" is not a setting, the nearest known one is "server.port"',
    "[codx]\nenabled = true": '2: "codx.enabled" is not a setting, the nearest known one is "codex.enabled"',
    "\nport = 1": '2: "port" is not a setting, the nearest known one is "server.port"',
    "[server.port]\nx = 1": '1: "server.port" must be an integer from 0 to 65535: found a table',
    "server = 1": '1: "server" must be a table, [server]: found a value',
    "[[server]]": '1: "server" must be a table, [server]: found [[server]]',
    "[loging]": "1: [loging] is not a section of the settings, the nearest known one is [log]",
    "[limit]": "1: [limit] is not a section of the settings, the nearest known one is [limits]",
    "[zzz]\nqqqqqqqqq = 1": '2: "zzz.qqqqqqqqq" is not a setting',
    '[codex]\n"a\\nb" = 1': '2: "codex.a\\nb" is not a setting',
  };
  for (const [text, wanted] of Object.entries(cases)) assertEquals(fault(text), `/c.toml:${wanted}`, text);
});

Deno.test("settingsFrom() says what was needed and found for values that do not fit, wherever they come from", () => {
  const cases: [string, Sources, string][] = [
    [
      "[server]\n\nport = 70000",
      {},
      '/c.toml:3: "server.port" must be an integer from 0 to 65535: found 70000',
    ],
    ["[server]\nport = 1.5", {}, '/c.toml:2: "server.port" must be an integer from 0 to 65535: found 1.5'],
    ["[server]\nport = '80'", {}, '/c.toml:2: "server.port" must be an integer from 0 to 65535: found "80"'],
    ["[codex]\nenabled = 1", {}, '/c.toml:2: "codex.enabled" must be true or false: found 1'],
    [
      "[codex]\nlite = 'no'",
      {},
      '/c.toml:2: "codex.lite" must be one of "auto", "always", "never": found "no"',
    ],
    [
      "[codex]\nmax_output_tokens_fallback = 0",
      {},
      '/c.toml:2: "codex.max_output_tokens_fallback" must be an integer of 1 or more: found 0',
    ],
    [
      "[codex.model_aliases]\na = 'b'\nc = 2",
      {},
      '/c.toml:3: "codex.model_aliases" must be a table of names, each with a text: found 2 for "c"',
    ],
    ["", { flags: { port: "x" } }, '--port: "server.port" must be an integer from 0 to 65535: found "x"'],
    [
      "",
      { env: { CCPROXY_CODEX__ENABLED: "maybe" } },
      'CCPROXY_CODEX__ENABLED: "codex.enabled" must be true or false: found "maybe"',
    ],
    [
      "",
      { env: { CCPROXY_CODEX__MODEL_ALIASES: "a" } },
      'CCPROXY_CODEX__MODEL_ALIASES: "codex.model_aliases" must be a table of names, each with a text: found "a"',
    ],
    [
      "",
      { env: { CCPROXY_SERVER__PROT: "1" } },
      "the environment variable CCPROXY_SERVER__PROT names no setting, the nearest known one is CCPROXY_SERVER__PORT",
    ],
  ];
  for (const [text, sources, wanted] of cases) assertEquals(fault(text, sources), wanted);
});

Deno.test("settingsFrom() never shows a secret in a message", () => {
  for (const value of ["'sk secret'", "[ 'sk-secret' ]", "sk-secret"]) {
    assertEquals(fault(`[server]\napi_key = ${value}`).includes("secret"), false);
  }
  assertEquals(fault("", { env: { CCPROXY_STORAGE__URL: "http://:secret@host" } }).includes("secret"), false);
  assertEquals(
    fault("", { env: { CCPROXY_CODEX__BASE_URL: "https://u:secret@host/" } }).includes("secret"),
    false,
  );
});

Deno.test("settingsFrom() takes plain http for the backend and the issuer on loopback only", () => {
  const good = [
    "https://gateway.example/codex",
    "http://127.0.0.1:9/x",
    "http://localhost:1",
    "http://[::1]:1/",
  ];
  const bad = [
    "http://chatgpt.com",
    "http://127.0.0.1.evil.com",
    "http://localhost.evil.com",
    "http://evil.com#@127.0.0.1",
    "https://user:pass@host/",
    "ftp://127.0.0.1",
    "https://",
    "",
    "https://a b",
    "//127.0.0.1",
  ];
  for (const key of ["base_url", "issuer"]) {
    const section = key === "issuer" ? "auth" : "codex";
    for (const url of good) assertEquals(fault(`[${section}]\n${key} = "${url}"`), "no problem", url);
    for (const url of bad) {
      assertEquals(fault(`[${section}]\n${key} = "${url}"`).startsWith("/c.toml:2: "), true, url);
    }
  }
});

Deno.test("settingsFrom() checks the form of hosts, origins, paths, versions and store addresses", () => {
  const cases: [string, readonly string[], readonly string[]][] = [
    ["server.host", ["0.0.0.0", "::", "[::1]", "my-host"], ["", "a:80", "http://a", "a/b", "1:2"]],
    ["auth.file", ["", "/x/auth.json", "~/auth.json", "C:\\\\x"], ["auth.json", "./x", "~x"]],
    ["codex.instructions", ["", "catalogue", "Be brief.", "file:/x", "file:~/x"], ["file:x", "file:"]],
    ["codex.client_version", ["", "0.144.0", "1.2.3-alpha.1"], ["1", "v1.2.3", "latest"]],
    ["storage.url", ["", "redis://:pw@host:6379/0", "rediss://host"], ["http://host", "redis://", "host"]],
  ];
  for (const [key, good, bad] of cases) {
    for (const text of good) assertEquals(fault(`${key} = "${text}"`), "no problem", `${key} ${text}`);
    for (const text of bad) {
      assertEquals(fault(`${key} = "${text}"`) === "no problem", false, `${key} ${text}`);
    }
  }
  assertEquals(fault("server.allowed_hosts = ['proxy.lan', '10.0.0.1']"), "no problem");
  assertEquals(fault("server.allowed_hosts = ['proxy.lan:8000']") === "no problem", false);
  assertEquals(fault("server.cors_origins = ['https://a.example', 'app://obsidian.md']"), "no problem");
  for (const origin of ["*", "null", "https://a.example/", "a.example", "https://*.example"]) {
    assertEquals(fault(`server.cors_origins = ['${origin}']`) === "no problem", false, origin);
  }
});

Deno.test("loadSettings() wants a named file to exist, and reads none where there is none", async () => {
  const env = { get: () => undefined };
  const readFile = () => Promise.reject(new Deno.errors.NotFound("none"));
  const { exists, path } = await loadSettings({ path: "/c.toml", explicit: false, env, readFile });
  assertEquals({ exists, path }, { exists: false, path: "/c.toml" });
  assertEquals(
    await messageOfAsync(() => loadSettings({ path: "/c.toml", explicit: true, env, readFile })),
    'Invalid configuration: the configuration file "/c.toml" must exist: found none',
  );
});

Deno.test("loadSettings() says why a file cannot be read", async () => {
  const env = { get: () => undefined };
  const denied = () => Promise.reject(new Deno.errors.NotCapable("Requires read access"));
  assertEquals(
    await messageOfAsync(() => loadSettings({ path: "/c.toml", explicit: true, env, readFile: denied })),
    'Cannot use a file: "/c.toml" cannot be read: this program may not read there',
  );
  const huge = () => Promise.resolve(new Uint8Array(1024 * 1024 + 1));
  assertEquals(
    await messageOfAsync(() => loadSettings({ path: "/c.toml", explicit: true, env, readFile: huge })),
    'Invalid configuration: "/c.toml" must be at most 1 MiB long: found more',
  );
});

Deno.test("loadSettings() takes a file of exactly the limit, and refuses one byte more", async () => {
  const load = (bytes: number) =>
    loadSettings({
      path: "/c.toml",
      explicit: false,
      env: { get: () => undefined, names: () => [] },
      flags: {},
      readFile: () => Promise.resolve(new Uint8Array(bytes).fill(0x0a)),
    });
  assertEquals((await load(BOUNDS.config.bytes)).exists, true);
  assertMatch(await messageOfAsync(() => load(BOUNDS.config.bytes + 1)), /at most 1 MiB long/);
});
