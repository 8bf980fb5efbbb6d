import { assertEquals } from "@std/assert";
import { setTomlValue, unsetTomlValue } from "../../src/config/edit.ts";
import type { SettingValue } from "../../src/config/settings.ts";
import { messageOf } from "./message_of.ts";

/** The changed text, or the reason of the refusal with its line. */
function set(text: string, key: string | string[], value: SettingValue): string {
  const result = setTomlValue(text, key, value);
  return result.ok ? result.text : `refused in line ${result.line}: ${result.reason}`;
}

function unset(text: string, key: string | string[]): string {
  const result = unsetTomlValue(text, key);
  return result.ok ? result.text : `refused in line ${result.line}: ${result.reason}`;
}

Deno.test("setTomlValue() replaces the value alone: blanks, comment and line end stay", () => {
  assertEquals(
    set("\uFEFF[codex]\r\n\tenabled\t =  true\t# why \r\nlite = 'auto'\n", "codex.enabled", false),
    "\uFEFF[codex]\r\n\tenabled\t =  false\t# why \r\nlite = 'auto'\n",
  );
  assertEquals(set("codex . 'enabled'=true#x", "codex.enabled", false), "codex . 'enabled'=false#x");
  assertEquals(
    set("codex = { enabled=true, lite = 'auto' }", "codex.lite", "x"),
    'codex = { enabled=true, lite = "x" }',
  );
});

Deno.test("setTomlValue() leaves a value that is equal already as it is written", () => {
  for (const text of ["[server]\nport = 8_000", "server.port = 0x1f40 # hex", "[server]\nport=8000.0"]) {
    assertEquals(set(text, "server.port", 8000), text);
  }
  const map = "codex.model_aliases = { b = 'y', a = 'x' }";
  assertEquals(set(map, "codex.model_aliases", { a: "x", b: "y" }), map);
});

Deno.test("setTomlValue() puts a new setting behind the table's last, indented and ended like it", () => {
  assertEquals(
    set("[codex]\r\n  lite = 'auto' # x\r\n\r\n# about the log\r\n[log]\r\n", "codex.enabled", true),
    "[codex]\r\n  lite = 'auto' # x\r\n  enabled = true\r\n\r\n# about the log\r\n[log]\r\n",
  );
  assertEquals(
    set("[codex]\nlite = 'auto'", "codex.enabled", true),
    "[codex]\nlite = 'auto'\nenabled = true",
  );
  assertEquals(set(" [codex] # x\n[log]", "codex.enabled", true), " [codex] # x\n enabled = true\n[log]");
  assertEquals(
    set("[codex]\ninstructions = '''\n[log]\n''' # x\n", "codex.enabled", true),
    "[codex]\ninstructions = '''\n[log]\n''' # x\nenabled = true\n",
  );
});

Deno.test("setTomlValue() puts a setting that is commented out beside its commented form", () => {
  const text = "[codex]\n# Off: 503\n  # enabled = true\n#lite = 'auto'\n\n[log]\n";
  assertEquals(
    set(text, "codex.enabled", false),
    "[codex]\n# Off: 503\n  # enabled = true\n  enabled = false\n#lite = 'auto'\n\n[log]\n",
  );
  assertEquals(
    set(text, "codex.verbose_logging", true),
    "[codex]\nverbose_logging = true\n# Off: 503\n  # enabled = true\n#lite = 'auto'\n\n[log]\n",
  );
});

Deno.test("setTomlValue() does not take comments of another table, or text in a value, for the commented form", () => {
  assertEquals(
    set("[codex]\nlite = 'auto'\n# [log]\n# level = 'info'\n", "codex.level", "x"),
    "[codex]\nlite = 'auto'\nlevel = \"x\"\n# [log]\n# level = 'info'\n",
  );
  assertEquals(
    set("[codex]\ninstructions = '''\n# enabled = 1\n'''\n", "codex.enabled", true),
    "[codex]\ninstructions = '''\n# enabled = 1\n'''\nenabled = true\n",
  );
});

Deno.test("setTomlValue() adds a missing table at the end", () => {
  assertEquals(set("", "codex.enabled", true), "[codex]\nenabled = true\n");
  assertEquals(set("\uFEFF", "codex.enabled", true), "\uFEFF[codex]\nenabled = true\n");
  assertEquals(set("# all\n", "codex.enabled", true), "# all\n\n[codex]\nenabled = true\n");
  assertEquals(set("[log]\r\n\r\n", "codex.enabled", true), "[log]\r\n\r\n[codex]\r\nenabled = true\r\n");
  assertEquals(set("[log]", "codex.enabled", true), "[log]\n\n[codex]\nenabled = true\n");
  assertEquals(
    set("[codex.model_aliases]\na = 'b'\n", "codex.enabled", true),
    "[codex.model_aliases]\na = 'b'\n\n[codex]\nenabled = true\n",
  );
});

Deno.test("setTomlValue() keeps to dotted keys and inline tables where the table is written with them", () => {
  assertEquals(
    set("codex.lite = 'auto'\n\nlog.level = 'info'\n", "codex.enabled", true),
    "codex.lite = 'auto'\ncodex.enabled = true\n\nlog.level = 'info'\n",
  );
  assertEquals(
    set("codex = {lite = 'auto'} # x", "codex.enabled", true),
    "codex = {lite = 'auto', enabled = true} # x",
  );
  assertEquals(set("codex = {}", "codex.enabled", true), "codex = { enabled = true }");
  assertEquals(
    set("[codex]\nmodel_aliases.a = 'b'\nlite = 'auto'\n", ["codex", "model_aliases", "gpt-5.1"], "x"),
    "[codex]\nmodel_aliases.a = 'b'\nmodel_aliases.\"gpt-5.1\" = \"x\"\nlite = 'auto'\n",
  );
});

Deno.test("setTomlValue() replaces a value over several lines when no comment is lost", () => {
  assertEquals(
    set('[codex]\ninstructions = """\nOld\n""" # x\n', "codex.instructions", "New\nline"),
    '[codex]\ninstructions = "New\\nline" # x\n',
  );
  assertEquals(set("[s]\nl = [\n 1,\n]\n", "s.l", ["a"]), '[s]\nl = ["a"]\n');
});

Deno.test("setTomlValue() sets what is in no table above the first heading", () => {
  assertEquals(set("", "s", "x"), 's = "x"\n');
  assertEquals(
    set("# head\na = 1 # why\n# more\n[t]\nb = 1\n", "s", "x"),
    '# head\na = 1 # why\ns = "x"\n# more\n[t]\nb = 1\n',
  );
  assertEquals(set("\uFEFF[t]\r\nb = 1\r\n", "s", "x"), '\uFEFFs = "x"\r\n\r\n[t]\r\nb = 1\r\n');
  assertEquals(set("s = 'y' # why\n[t]\n", "s", "x"), 's = "x" # why\n[t]\n');
});

Deno.test("setTomlValue() refuses what it cannot change safely, and says what to write by hand", () => {
  assertEquals(setTomlValue("\n[[codex]]\n", "codex.enabled", true), {
    ok: false,
    reason: "[[codex]] is a list of tables",
    line: 2,
    byHand: { table: "[codex]", line: "enabled = true" },
  });
  const cases: [string, string, string][] = [
    ["[s]\nl = [ # why\n1]", "s.l", "2: the present value has comments in it, which would be lost"],
    ["[s.l]\nx = 1", "s.l", "1: the setting is a table of its own"],
    ["s.l.x = 1", "s.l", "1: the setting is a table of its own"],
    ["s = { l.x = 1 }", "s.l", "1: the setting is a table of its own"],
    ["s = 1", "s.l", '1: "s" is not a table'],
    ["s = [{}]", "s.l", '1: "s" is not a table'],
  ];
  for (const [text, key, wanted] of cases) assertEquals(set(text, key, ["a"]), `refused in line ${wanted}`);
  assertEquals(
    set("", "s.l", "\ud800"),
    "refused in line undefined: the value holds text that UTF-8 cannot hold",
  );
});

Deno.test("setTomlValue() does not touch text that is no TOML", () => {
  assertEquals(
    messageOf(() => setTomlValue("[a]\nb = 1\nb = 2", "a.c", 1, "/c.toml")),
    'Invalid configuration: /c.toml:3: "b" is already defined in line 2; each may be there once',
  );
});

Deno.test("unsetTomlValue() takes the line out, and leaves a comment behind the setting", () => {
  assertEquals(unset("[s]\r\na = 1\r\n\r\nb = 2\r\n", "s.a"), "[s]\r\n\r\nb = 2\r\n");
  assertEquals(unset("[s]\n  a = 1  # why\nb = 2", "s.a"), "[s]\n  # why\nb = 2");
  assertEquals(unset("[s]\na = 1\nb = 2", "s.b"), "[s]\na = 1\n");
  assertEquals(unset("\uFEFFs.a = 1", "s.a"), "\uFEFF");
  assertEquals(unset("s = { a = 1, b = 2, c = 3 }", "s.a"), "s = { b = 2, c = 3 }");
  assertEquals(unset("s = { a = 1, b = 2, c = 3 }", "s.b"), "s = { a = 1, c = 3 }");
  assertEquals(unset("s = { a = 1, b = 2, c = 3 }", "s.c"), "s = { a = 1, b = 2 }");
  assertEquals(unset("s = { a = 1 }", "s.a"), "s = {}");
  assertEquals(unset("[s]\n# a = 1\n", "s.a"), "[s]\n# a = 1\n");
  assertEquals(unset("[s.a]\nb = 1", "s.a"), "refused in line 1: the setting is a table of its own");
});

const COMMENTED = `# ccproxy

[server]            # where clients connect
host = "127.0.0.1"  # loopback only
#port = 8000

allowed_hosts = ["proxy.lan", "10.0.0.1"]

# ---- the provider ----
[codex]
# Off: the routes answer 503.
enabled = true

\t# ignore | propagate | block
\tunsupported_params = 'ignore'\t# quoted the other way
# verbose_logging = false

# Names that our tools insist on
[codex.model_aliases]
"gpt-5" = "gpt-5.5"   # the guide's

[log]
level = "info"

[limits]
# concurrent_requests = 256
# reserve_percent = 0

# end
`;

Deno.test("setTomlValue() twenty times in a commented file changes the values set and nothing else", () => {
  const edits: [string | string[], SettingValue][] = [
    ["server.port", 8001],
    ["server.host", "::1"],
    ["server.allowed_hosts", ["proxy.lan"]],
    ["codex.enabled", false],
    ["codex.enabled", true],
    ["codex.enabled", false],
    ["codex.unsupported_params", "block"],
    ["codex.verbose_logging", true],
    ["codex.lite", "never"],
    ["codex.lite", "always"],
    [["codex", "model_aliases", "gpt-5"], "gpt-5.6"],
    [["codex", "model_aliases", "o3"], "gpt-5.5"],
    ["log.level", "debug"],
    ["log.format", "json"],
    ["limits.reserve_percent", 5],
    ["limits.concurrent_requests", 10],
    ["limits.concurrent_requests", 12],
    ["auth.file", "~/a.json"],
    ["auth.login_timeout_seconds", 60],
    ["log.level", "info"],
  ];
  const text = edits.reduce(
    (before, [key, value]) => set(before, Array.isArray(key) ? [...key] : key, value),
    COMMENTED,
  );
  const wanted = COMMENTED
    .replace("#port = 8000\n", "#port = 8000\nport = 8001\n")
    .replace('host = "127.0.0.1"', 'host = "::1"')
    .replace('["proxy.lan", "10.0.0.1"]', '["proxy.lan"]')
    .replace("enabled = true\n", "enabled = false\n")
    .replace("'ignore'", '"block"')
    .replace(
      "# verbose_logging = false\n",
      '# verbose_logging = false\nverbose_logging = true\nlite = "always"\n',
    )
    .replace('"gpt-5.5"   # the guide\'s\n', '"gpt-5.6"   # the guide\'s\no3 = "gpt-5.5"\n')
    .replace('level = "info"\n', 'level = "info"\nformat = "json"\n')
    .replace("# concurrent_requests = 256\n", "# concurrent_requests = 256\nconcurrent_requests = 12\n")
    .replace("# reserve_percent = 0\n", "# reserve_percent = 0\nreserve_percent = 5\n") +
    '\n[auth]\nfile = "~/a.json"\nlogin_timeout_seconds = 60\n';
  assertEquals(text, wanted);
});
