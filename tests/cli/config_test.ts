import { assertEquals, assertStringIncludes } from "@std/assert";
import { makeHome } from "./home.ts";

Deno.test("config path prints the path alone, whether the file exists or not", async () => {
  await using home = await makeHome();
  assertEquals(await home.run("config path"), {
    code: 0,
    stdout: "~/.config/ccproxy/config.toml\n",
    stderr: "",
  });
  assertEquals((await home.run("config path", { tty: true })).stderr, "The file does not exist yet\n");
  assertEquals(JSON.parse((await home.run("config path --config /x/y.toml --json")).stdout), {
    path: "/x/y.toml",
    exists: false,
    explicit: true,
  });
});

Deno.test("config codex --enable and --disable write the file and print old and new value", async () => {
  await using home = await makeHome();
  assertEquals(await home.run("config codex --disable"), {
    code: 0,
    stdout: "codex.enabled: true (default) -> false\n",
    stderr: "Created ~/.config/ccproxy/config.toml\n",
  });
  assertEquals(await home.run("config codex --enable"), {
    code: 0,
    stdout: "codex.enabled: false -> true\n",
    stderr: "Changed ~/.config/ccproxy/config.toml\n",
  });
  assertEquals(await home.run("config codex --enable"), {
    code: 0,
    stdout: "codex.enabled: true (unchanged)\n",
    stderr: "Nothing to change in ~/.config/ccproxy/config.toml\n",
  });
  assertEquals(await home.run("config codex"), {
    code: 2,
    stdout: "",
    stderr: 'Wrong usage: one of "--enable" and "--disable" must be given\n' +
      'hint: Run "ccproxy config codex --enable", or "ccproxy config show" to see the settings\n',
  });
});

Deno.test("config show tells the origin of each setting and masks secrets", async () => {
  await using home = await makeHome();
  await home.writeConfig(
    '[server]\napi_key = "a-long-secret-key-that-nobody-may-see"\n\n[log]\nlevel = "warn"\n',
  );
  const options = { env: { CCPROXY_LIMITS__RESERVE_PERCENT: "5" } };
  const { CCPROXY_AUTH__ISSUER: issuer, CCPROXY_CODEX__BASE_URL: baseUrl } = home.env;
  const ran = await home.run("config show --changed", options);
  assertEquals({ code: ran.code, lines: ran.stdout.split("\n").map((line) => line.split(/ {2,}/)) }, {
    code: 0,
    lines: [
      ["SETTING", "VALUE", "ORIGIN"],
      ["server.port", "0", "CCPROXY_SERVER__PORT"],
      ["server.api_key", "a-lo...-see", "config.toml:2"],
      ["codex.base_url", `${baseUrl}`, "CCPROXY_CODEX__BASE_URL"],
      ["auth.issuer", `${issuer}`, "CCPROXY_AUTH__ISSUER"],
      ["limits.reserve_percent", "5", "CCPROXY_LIMITS__RESERVE_PERCENT"],
      ["log.level", "warn", "config.toml:5"],
      [""],
    ],
  });
  const json = JSON.parse((await home.run("config show --json", options)).stdout);
  assertEquals(json.settings["server.api_key"], {
    value: "a-lo...-see",
    origin: { kind: "file", path: "~/.config/ccproxy/config.toml", line: 2 },
  });
  assertEquals(json.settings["codex.enabled"], { value: true, origin: { kind: "default" } });
});

Deno.test("config show names file, line and the nearest setting of a mistake, and ends with 2", async () => {
  await using home = await makeHome();
  await home.writeConfig("[codex]\n\nenabeld = true\n");
  const ran = await home.run("config show");
  assertEquals([ran.code, ran.stdout], [2, ""]);
  assertStringIncludes(ran.stderr, 'Invalid configuration: ~/.config/ccproxy/config.toml:3: "codex.enabeld"');
  assertStringIncludes(ran.stderr, '"codex.enabled"');
});

Deno.test("codex set takes every command line of the guide", async () => {
  await using home = await makeHome();
  const first = await home.run("codex set --enable-dynamic-model-info --max-output-tokens-fallback 8192");
  assertEquals(
    first.stdout,
    [
      "codex.enable_dynamic_model_info: true (default) -> true",
      "codex.max_output_tokens_fallback: 8192 (default) -> 8192",
      "",
    ].join("\n"),
  );
  assertEquals((await home.run("codex set --system-prompt-injection-mode append")).code, 0);
  assertEquals((await home.run("codex set --block-unsupported-params")).code, 0);
  assertEquals(
    (await home.run("codex set --disable-dynamic-model-info --verbose-logging --header-override-disabled"))
      .code,
    0,
  );
  assertEquals(
    await home.readConfig(),
    [
      "[codex]",
      "enable_dynamic_model_info = false",
      "max_output_tokens_fallback = 8192",
      'system_prompt_injection_mode = "append"',
      'unsupported_params = "block"',
      "verbose_logging = true",
      "header_override_enabled = false",
      "",
    ].join("\n"),
  );
  const back = await home.run([
    ..."codex set --enable-dynamic-model-info --no-verbose-logging --header-override-enabled".split(" "),
    "--propagate-unsupported-params",
  ]);
  assertEquals(
    back.stdout,
    [
      "codex.enable_dynamic_model_info: false -> true",
      "codex.verbose_logging: true -> false",
      "codex.header_override_enabled: false -> true",
      "codex.unsupported_params: block -> propagate",
      "",
    ].join("\n"),
  );
});

Deno.test("codex set sets and unsets any other setting", async () => {
  await using home = await makeHome();
  const ran = await home.run([
    ..."codex set --set server.port=9000 --set codex.model_aliases=fast=gpt-5.5,best=gpt-6-sol --lite never"
      .split(" "),
    ...["--instructions", "Be brief.", "--default-model", "gpt-5.5"],
    ...["--set", "server.api_key=a-long-secret-key-that-nobody-may-see"],
  ]);
  assertEquals(ran, {
    code: 0,
    stdout: [
      'codex.default_model: "" (default) -> gpt-5.5',
      'codex.instructions: "" (default) -> "Be brief."',
      "codex.lite: auto (default) -> never",
      "server.port: 8000 (default) -> 9000",
      "codex.model_aliases: (none) (default) -> fast=gpt-5.5, best=gpt-6-sol",
      'server.api_key: "" (default) -> a-lo...-see',
      "",
    ].join("\n"),
    stderr: [
      "Created ~/.config/ccproxy/config.toml",
      "Warning: the environment variable CCPROXY_SERVER__PORT is set and wins over the file",
      "A running server must be restarted for server.port",
      "",
    ].join("\n"),
  });
  const unset = await home.run("codex set --unset server.port --unset lite --default-model= --json");
  const json = JSON.parse(unset.stdout);
  assertEquals(json.changes, [
    { key: "codex.default_model", before: "gpt-5.5", after: "" },
    { key: "server.port", before: 9000, after: null },
    { key: "codex.lite", before: "never", after: null },
  ]);
});

Deno.test("codex set refuses what would not load, and then writes nothing", async () => {
  await using home = await makeHome();
  const cases: [string, number, string][] = [
    ["codex set", 2, "Wrong usage: nothing to set was given"],
    ["codex set --json", 2, "nothing to set was given"],
    [
      "codex set --max-output-tokens-fallback 0",
      2,
      '"--max-output-tokens-fallback" must be a whole number of at least 1: found "0"',
    ],
    ["codex set --system-prompt-injection-mode prepend", 2, "must be one of override, append, disabled"],
    ["codex set --block-unsupported-params --propagate-unsupported-params", 2, "exclude each other"],
    ["codex set --verbose-logging --no-verbose-logging", 2, "exclude each other"],
    ["codex set --set server.port=99999", 2, '--set: "server.port" must be an integer from 0 to 65535'],
    ["codex set --set sever.port=1", 2, 'the nearest known one is "server.port"'],
    ["codex set --set server.port", 2, '"--set" must be KEY=VALUE'],
    ["codex set --set lite=never --lite auto", 2, '"codex.lite" is given twice'],
    ["codex set --base-url http://example.com", 2, "codex.base_url"],
    ["codex set --unset propagate_unsupported_params", 2, 'is now "codex.unsupported_params"'],
  ];
  for (const [line, code, message] of cases) {
    const ran = await home.run(line);
    assertEquals([line, ran.code, ran.stdout], [line, code, ""]);
    assertStringIncludes(ran.stderr, message);
  }
  assertEquals(await home.readConfig(), undefined);
});

Deno.test("codex set refuses what serve would refuse to start with, and then writes nothing", async () => {
  await using home = await makeHome();
  const keyed = '[server]\nhost = "0.0.0.0"\napi_key = "k"\n';
  await home.writeConfig(keyed);
  const unset = await home.run("codex set --unset server.api_key");
  assertEquals([unset.code, unset.stdout], [2, ""]);
  assertStringIncludes(unset.stderr, 'which other machines can reach, and "server.api_key" is empty');
  for (
    const words of [
      "codex set --set server.api_key=",
      "codex set --set server.host=10.1.2.3 --unset server.api_key",
      "codex set --instructions file:~/missing.md",
      "codex set --set server.cors_origins=https://app.example:99999",
    ]
  ) {
    assertEquals((await home.run(words)).code, 2, words);
    assertEquals(await home.readConfig(), keyed, words);
  }
  const both = await home.run("codex set --unset server.api_key --unset server.host");
  assertEquals([both.code, await home.readConfig()], [0, "[server]\n"]);
  assertEquals((await home.run("codex set --set server.host=0.0.0.0")).code, 2);
  const env = { CCPROXY_SERVER__API_KEY: "k" };
  assertEquals((await home.run("codex set --set server.host=0.0.0.0", { env })).code, 0);
});

Deno.test("codex set and config codex do not blame a change for what was wrong before it", async () => {
  await using home = await makeHome();
  await home.writeConfig('[server]\nhost = "0.0.0.0"\n');
  assertEquals((await home.run("codex set --verbose-logging")).code, 0);
  assertEquals((await home.run("config codex --disable")).code, 0);
  assertEquals((await home.run("codex set --instructions file:~/missing.md")).code, 2);
});

Deno.test("codex set leaves everything else of a commented file as it is, over twenty changes", async () => {
  await using home = await makeHome();
  const text = [
    "# My settings",
    "# =============",
    "",
    "[server]   # where it listens",
    'host = "127.0.0.1"',
    "# port = 9000",
    "",
    "\t[codex] # the backend",
    "\tenabled = true # keep",
    "\t# max_output_tokens_fallback = 1",
    "\tmax_output_tokens_fallback = 100   # trailing",
    "",
    "# the end of codex",
    "[codex.model_aliases]",
    '"gpt-4o" = "gpt-5.5" # mine',
    "",
    "[log]",
    "level = 'info'",
    "# bye",
    "",
  ].join("\r\n");
  await home.writeConfig(text);
  for (let count = 1; count <= 20; count++) {
    const ran = await home.run(`codex set --max-output-tokens-fallback ${count * 1000}`);
    assertEquals([count, ran.code, ran.stderr], [count, 0, "Changed ~/.config/ccproxy/config.toml\n"]);
  }
  assertEquals(
    await home.readConfig(),
    text.replace("max_output_tokens_fallback = 100 ", "max_output_tokens_fallback = 20000 "),
  );
});

Deno.test("codex set refuses a file it cannot edit safely, with the line to write by hand", async () => {
  await using home = await makeHome();
  const text = "codex = { enabled = true, lite = 'auto' }\n[server]\nport = 1\n[[x]]\n";
  await home.writeConfig(text);
  const ran = await home.run("codex set --verbose-logging");
  assertEquals([ran.code, ran.stdout, await home.readConfig()], [2, "", text]);
});

Deno.test("codex set refuses a read-only file and keeps the mode of a writable one", async () => {
  await using home = await makeHome();
  await home.writeConfig("[codex]\n");
  await Deno.chmod(home.configPath, 0o640);
  assertEquals((await home.run("codex set --verbose-logging")).code, 0);
  assertEquals(((await Deno.stat(home.configPath)).mode ?? 0) & 0o777, 0o640);
  await Deno.chmod(home.configPath, 0o440);
  const ran = await home.run("codex set --no-verbose-logging");
  assertEquals([ran.code, ran.stdout], [1, ""]);
  assertStringIncludes(ran.stderr, "found it read-only");
});
