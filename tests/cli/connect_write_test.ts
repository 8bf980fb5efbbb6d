import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { WRITABLE, type WritableClient } from "../../src/cli/connect/client_file.ts";
import { scanYaml } from "../../src/cli/connect/yaml_scan.ts";
import { type Home, makeHome } from "./home.ts";

/** The file of each client below the home, and what a person may have in it: comments, odd blanks, other settings. */
const FILES: Readonly<Record<WritableClient, { readonly path: string; readonly texts: readonly string[] }>> =
  {
    env: { path: ".profile", texts: ["", "alias a=b", "# mine\r\nexport A=1\r\n"] },
    aichat: {
      path: ".config/aichat/config.yaml",
      texts: [
        "",
        "# head\nmodel: openai:gpt-4 # mine\nclients:\n  # first\n  - type: openai-compatible\n    name: other\n" +
        '    api_key: "x # y"\n  - type: claude\n# tail\nkeybindings: emacs\n',
        "clients: []\nmodel: x",
        "clients:\n- type: openai\nprelude: |\n  a: b\n   - c\n\nlast: [a,\n b]\n",
      ],
    },
    codex: {
      path: ".codex/config.toml",
      texts: [
        "\n",
        '# my codex\nmodel = "gpt-5"\n\n[model_providers.other]\nname = "x" # c\nwire_api = "responses"\n' +
        "supports_websockets = true\n",
        "[a]\nb = 1",
        'model_provider = "openai"\r\n[projects."/x"]\r\ntrust_level = "trusted"\r\n',
        "\uFEFFmodel = 'gpt-5'\n",
      ],
    },
    "claude-code": {
      path: ".claude/settings.json",
      texts: [
        "{}",
        '{\n    "permissions": {"allow": ["Bash"]},\n    "env": {\n        "A": "1",\n        "ANTHROPIC_MODEL": "opus"\n    }\n}',
      ],
    },
    opencode: {
      path: ".config/opencode/opencode.json",
      texts: [
        '{\n  // mine\n  "theme": "x", /* y */\n  "provider": {\n    "anthropic": {}, // z\n  },\n}\n',
        '{"model":"a"}',
      ],
    },
    continue: {
      path: ".continue/config.yaml",
      texts: [
        "name: Local\nversion: 0.0.1\nschema: v1\nmodels:\n  - name: a\n    apiKey: ${{ secrets.X }}\ncontext:\n  - provider: code\n",
      ],
    },
  };

const ADDRESS = "--url http://127.0.0.1:9000 --model gpt-5.5";

async function put(home: Home, client: WritableClient, text: string): Promise<string> {
  const path = `${home.path}/${FILES[client].path}`;
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeTextFile(path, text);
  return path;
}

for (const client of WRITABLE) {
  Deno.test(`connect ${client} --write adds to any file, does it once, and --undo gives every byte back`, async () => {
    for (const text of FILES[client].texts) {
      await using home = await makeHome();
      const path = await put(home, client, text);
      await Deno.chmod(path, 0o640);
      const wrote = await home.run(`connect ${client} --write --yes ${ADDRESS}`);
      assertEquals(wrote.code, 0, wrote.stderr);
      const written = await Deno.readTextFile(path);
      assert(written !== text);
      assertStringIncludes(written, "http://127.0.0.1:9000/codex");
      for (const line of text.split(/\r?\n/).filter((line) => /#|\/\/|\/\*/.test(line))) {
        const comment = /(?:#|\/\/|\/\*).*$/.exec(line)?.[0] ?? "";
        assertStringIncludes(written, comment);
      }
      assertEquals((await Deno.stat(path)).mode ?? 0, 0o100640);
      const again = await home.run(`connect ${client} --write --yes ${ADDRESS}`);
      assertStringIncludes(again.stderr, `Nothing to change in ~/${FILES[client].path}`);
      assertEquals(await Deno.readTextFile(path), written);
      const undone = await home.run(`connect ${client} --undo --yes`);
      assertEquals(undone.code, 0, undone.stderr);
      assertEquals(await Deno.readTextFile(path), text);
      assertEquals((await Deno.stat(path)).mode ?? 0, 0o100640);
      assertStringIncludes(
        (await home.run(`connect ${client} --undo --yes`)).stderr,
        `Nothing of ccproxy is written for ${client}`,
      );
      const left = await Array.fromAsync(Deno.readDir(`${home.path}/.local/state/ccproxy/connect`));
      assertEquals(left, []);
    }
  });

  Deno.test(`connect ${client} --write makes a file for this user alone, and --undo removes it`, async () => {
    await using home = await makeHome();
    const path = `${home.path}/${FILES[client].path}`;
    const wrote = await home.run(`connect ${client} --write --yes ${ADDRESS}`);
    assertEquals(wrote.code, 0, wrote.stderr);
    assertEquals((await Deno.stat(path)).mode ?? 0, 0o100600);
    // Another address takes the place of the first, and the file there was none of is still none in the end.
    await home.run(`connect ${client} --write --yes --url http://127.0.0.1:9001 --model gpt-5.5`);
    const text = await Deno.readTextFile(path);
    assertStringIncludes(text, ":9001");
    assert(!text.includes(":9000"), text);
    assertEquals((await home.run(`connect ${client} --undo --yes`)).code, 0);
    assertEquals(await Deno.stat(path).then(() => true, () => false), false);
  });
}

Deno.test("connect --undo takes only its own out of a file that was changed meanwhile", async () => {
  const cases: readonly [
    WritableClient,
    before: string | undefined,
    change: (text: string) => string,
    after: string,
  ][] = [
    [
      "codex",
      "a = 1\n",
      (text) => `${text}\n[projects."/x"]\ntrust_level = "trusted"\n`,
      'a = 1\n\n[projects."/x"]\ntrust_level = "trusted"\n',
    ],
    [
      "codex",
      undefined,
      (text) => `${text}\n[projects."/x"]\ntrust_level = "trusted"\n`,
      '\n[projects."/x"]\ntrust_level = "trusted"\n',
    ],
    [
      "codex",
      "a = 1\n",
      (text) => text.replace('"ccproxy"\n', '"ccproxy"\nmodel = "gpt-6"\n'),
      'a = 1\nmodel = "gpt-6"\n',
    ],
    ["codex", 'model_provider = "mine"\n', (text) => `# new\n${text}`, '# new\nmodel_provider = "mine"\n'],
    [
      "claude-code",
      undefined,
      (text) => JSON.stringify({ ...JSON.parse(text), theme: "dark" }),
      '{"theme":"dark"}',
    ],
    [
      "claude-code",
      '{"env":{"ANTHROPIC_MODEL":"opus"}}',
      (text) => JSON.stringify({ ...JSON.parse(text), theme: "dark" }, null, 2),
      '{\n  "env": {\n    "ANTHROPIC_MODEL": "opus"\n  },\n  "theme": "dark"\n}',
    ],
    [
      "opencode",
      '{\n  "theme": "a"\n}\n',
      (text) => text.replace('"a"', '"b", // c'),
      '{\n  "theme": "b", // c\n}\n',
    ],
    [
      "aichat",
      "clients:\n- type: openai\n",
      (text) => `${text}temperature: 1\n`,
      "clients:\n- type: openai\ntemperature: 1\n",
    ],
    [
      "continue",
      "name: a\nmodels:\n  - name: x\n",
      (text) => `${text}  - name: y\n`,
      "name: a\nmodels:\n  - name: x\n  - name: y\n",
    ],
    ["env", "A=1\n", (text) => `B=2\n${text}C=3\n`, "B=2\nA=1\nC=3\n"],
  ];
  for (const [client, before, change, after] of cases) {
    await using home = await makeHome();
    const path = await put(home, client, before ?? "");
    if (before === undefined) await Deno.remove(path);
    await home.run(`connect ${client} --write --yes ${ADDRESS}`);
    await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
    const undone = await home.run(`connect ${client} --undo --yes`);
    assertEquals(undone.code, 0, undone.stderr);
    assertEquals(await Deno.readTextFile(path), after);
  }
});

Deno.test("connect --undo refuses, with the place, where its own cannot be told from the person's", async () => {
  const cases: readonly [WritableClient, before: string, change: (text: string) => string, where: string][] =
    [
      [
        "codex",
        "a = 1\n",
        (text) => text.replace(":9000", ":9009"),
        'config.toml:4:1: what ccproxy wrote was changed since (it began with "[model_providers.ccproxy]")',
      ],
      [
        "codex",
        "a = 1\n",
        (text) => `${text}request_max_retries = 2\n`,
        "config.toml:9:1: a line was added to what ccproxy wrote",
      ],
      [
        "claude-code",
        "{}",
        (text) => text.replace(":9000", ":9009"),
        'settings.json:3:5: "env.ANTHROPIC_BASE_URL" was changed since ccproxy wrote it',
      ],
      [
        "aichat",
        "a: 1\n",
        (text) => text.replace("supports_vision: true", "supports_vision: false"),
        "config.yaml:3:1: what ccproxy wrote was changed since",
      ],
    ];
  for (const [client, before, change, where] of cases) {
    await using home = await makeHome();
    const path = await put(home, client, before);
    await home.run(`connect ${client} --write --yes ${ADDRESS}`);
    const changed = change(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, changed);
    const undone = await home.run(`connect ${client} --undo --yes`);
    assertEquals(undone.code, 1);
    assertStringIncludes(undone.stderr.replaceAll("\n", " "), where);
    assertEquals(await Deno.readTextFile(path), changed);
  }
});

Deno.test("connect --write refuses a broken file with line and column, and touches nothing", async () => {
  const cases: readonly [WritableClient, text: string, where: string][] = [
    ["claude-code", '{\n  "a": 1,\n}\n', 'settings.json:2:9: a comma stands in front of "}"'],
    ["claude-code", "{\n  // x\n}\n", "settings.json:2:3: comments are not allowed in this file"],
    ["claude-code", '{"env": 1}', "settings.json:1:9: env must be an object"],
    ["claude-code", '{"a": 1, "a": 2}', 'settings.json:1:10: "a" is there twice'],
    ["opencode", '{\n  "a": tru\n}', 'opencode.json:2:8: a value was expected: found "t"'],
    ["opencode", '{\n  "a": 1 /* x\n}', "opencode.json:2:10: a comment is not closed"],
    ["aichat", "a: 1\n\tb: 2\n", "config.yaml:2:1: a line must not be indented by a tab"],
    ["aichat", "a: 1\nb: 'x\n", "config.yaml:2:4: a quoted text is not closed"],
    ["aichat", "a:\n  b: 1\n c: 2\n", "config.yaml:3:2: this line is indented like none above it"],
    ["aichat", "a: 1\n- b\n", "config.yaml:2:1: a list item stands here without a list"],
    ["aichat", "a: 1\n---\nb: 1\n", "config.yaml:2:1: the file holds more than one document"],
    ["aichat", "clients: [{type: openai}]\n", 'config.yaml:1:10: "clients" is no list of lines'],
    [
      "continue",
      "models:\n  - name: ccproxy gpt-5.5\n    provider: x\n",
      'config.yaml:2:1: "models" has an item with name: "ccproxy gpt-5.5" already',
    ],
    ["codex", "a = 1\na = 2\n", "config.toml:2: "],
    ["codex", "model_providers = 1\n", "config.toml:1: "],
  ];
  for (const [client, text, where] of cases) {
    await using home = await makeHome();
    const path = await put(home, client, text);
    const ran = await home.run(`connect ${client} --write --yes ${ADDRESS}`);
    assert(ran.code > 0, where);
    assertStringIncludes(ran.stderr.replaceAll("\n", " "), where);
    assertEquals(await Deno.readTextFile(path), text);
    const names = (await Array.fromAsync(Deno.readDir(path.replace(/\/[^/]*$/, "")))).map(({ name }) => name);
    assertEquals(names.filter((name) => name.includes("tmp")), []);
  }
});

Deno.test("scanYaml() finds the names of the top level whatever stands below them", () => {
  const cases: readonly [text: string, found: string][] = [
    ["a: 1\nb:\n- x\n- y: 1\n  z: 2\n-\n  q: 1\nc: d", "a=1 b@0 c=d"],
    ["a:\n  b:\n  - x\n  c: 1\n", "a"],
    ["a: b\n  more text\n  and more\nc: 1", "a=b c=1"],
    ["'q k': [a, {b: \"]\"}] # c\nurl: http://x:80/y#z\n", 'q k=[a, {b: "]"}] url=http://x:80/y#z'],
    ["---\n# c\na: >-\n  x: y\n\n  z\nb: -1\n", "a=> b=-1"],
    ["models:\n  -   name: x\n      y: 1\n  - [1,2]\n  - 'z'\n", "models@2"],
    ['a:\n  "multi\n  line"\nb: ${{ secrets.X }}', "a b=${{ secrets.X }}"],
  ];
  for (const [text, found] of cases) {
    const shown = scanYaml(text, "f").map(({ key, dash, valueStart, valueEnd }) => {
      const value = text.slice(valueStart, valueEnd).replace(/-\n[^]*/, "");
      return key + (dash === undefined ? "" : `@${dash}`) + (value === "" ? "" : `=${value}`);
    });
    assertEquals(shown.join(" "), found);
  }
});

Deno.test("connect --write follows a symbolic link and leaves it one", async () => {
  await using home = await makeHome();
  await Deno.mkdir(`${home.path}/dotfiles`);
  await Deno.mkdir(`${home.path}/.codex`);
  await Deno.writeTextFile(`${home.path}/dotfiles/codex.toml`, "a = 1\n");
  await Deno.symlink("../dotfiles/codex.toml", `${home.path}/.codex/config.toml`);
  await home.run(`connect codex --write --yes ${ADDRESS}`);
  assertStringIncludes(await Deno.readTextFile(`${home.path}/dotfiles/codex.toml`), "model_provider");
  assert((await Deno.lstat(`${home.path}/.codex/config.toml`)).isSymlink);
  await home.run("connect codex --undo --yes");
  assertEquals(await Deno.readTextFile(`${home.path}/dotfiles/codex.toml`), "a = 1\n");
});

Deno.test("connect --write shows what changes and asks on a terminal; nobody to ask needs --yes", async () => {
  await using home = await makeHome();
  const path = await put(home, "codex", "a = 1\n");
  const no = await home.run(`connect codex --write ${ADDRESS}`, { tty: true, stdin: ["n"] });
  assertEquals([no.code, await Deno.readTextFile(path)], [1, "a = 1\n"]);
  assertStringIncludes(no.stdout, '+ model_provider = "ccproxy"\n+ \n+ [model_providers.ccproxy]\n');
  assertStringIncludes(no.stderr, "Change the file? [y/N]");
  const nobody = await home.run(`connect codex --write ${ADDRESS}`);
  assertEquals([nobody.code, await Deno.readTextFile(path)], [2, "a = 1\n"]);
  const yes = await home.run(`connect codex --write ${ADDRESS}`, { tty: true, stdin: ["y"] });
  assertEquals(yes.code, 0);
  assertEquals(await Deno.readTextFile(`${home.path}/.local/state/ccproxy/connect/codex.backup`), "a = 1\n");
});

Deno.test("connect --write names what to do for a client without a file, and where no port is set", async () => {
  await using home = await makeHome();
  const cursor = await home.run(`connect cursor --write --yes ${ADDRESS}`);
  assertEquals(cursor.code, 2);
  assertStringIncludes(cursor.stderr, '"ccproxy connect cursor" says what to enter');
  assertStringIncludes(
    (await home.run(`connect openai-node --write ${ADDRESS}`)).stderr,
    '"ccproxy connect env --write"',
  );
  assertStringIncludes(
    (await home.run("connect codex --write --yes")).stderr,
    '"server.port" must be a number',
  );
  assertEquals((await home.run("connect codex --yes")).code, 2);
  assertEquals((await home.run("connect codex --write --undo")).code, 2);
});

Deno.test("doctor finds what clients are pointed at where nobody listens", async () => {
  await using home = await makeHome();
  // A port that was free a moment ago.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await home.run(`connect opencode --write --yes --url http://127.0.0.1:${port} --model gpt-5.5`);
  const { checks } = JSON.parse((await home.run("doctor --json")).stdout);
  const found = checks.filter(({ check }: { check: string }) => check === "clients");
  assertEquals(
    found.map((
      { status, detail }: { status: string; detail: string },
    ) => [status, detail.replace(home.path, "~")]),
    [[
      "warn",
      `opencode is pointed at http://127.0.0.1:${port} by ~/.config/opencode/opencode.json:9, where nobody listens`,
    ]],
  );
});
