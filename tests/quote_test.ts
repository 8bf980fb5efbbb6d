/** Every quoting function against the program that reads its syntax; one that is not installed is skipped. */
import { assertEquals } from "@std/assert";
import { parse as parseToml } from "@std/toml/parse";
import { CLIENTS, type Target } from "../src/cli/connect_clients.ts";
import {
  quoteFish,
  quoteJs,
  quoteJson,
  quotePowershell,
  quotePython,
  quoteSh,
  quoteToml,
  quoteYaml,
} from "../src/quote.ts";

/** What has gone wrong in one syntax or another, and pieces of all of it in every order. */
const TEXTS = [
  "",
  "plain",
  "0123",
  "1e3",
  "true",
  "null",
  "~",
  "$HOME",
  "${HOME}$(id)",
  "`id`",
  "a#b #c",
  "a'b''c",
  'a"b""c',
  "a\\b\\\\c\\",
  "\\'",
  "!history!",
  "%PATH%",
  "- a: b",
  "{a}[b]*?",
  " edges ",
  "’typographic‘",
  "ü世界🙂",
  "\\u0041\\n\\x41",
  ...randomTexts(60),
];

/** The same texts at every run. */
function randomTexts(count: number): string[] {
  const pieces = [
    "'",
    '"',
    "\\",
    "$",
    "`",
    "#",
    " ",
    "!",
    "%",
    "&",
    ";",
    "(",
    ")",
    "\\n",
    "’",
    "0",
    "x",
    "é",
    "{{",
    "<",
    "~",
  ];
  let state = 1;
  const next = (below: number) => (state = state * 48271 % 0x7fffffff) % below;
  return Array.from(
    { length: count },
    () => Array.from({ length: 1 + next(12) }, () => pieces[next(pieces.length)]).join(""),
  );
}

/** The texts that a program printed, each ended by a NUL. */
async function readBack(program: string, args: string[]): Promise<string[] | undefined> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
    if (code !== 0) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

async function isThere(program: string, args: string[]): Promise<boolean> {
  return await readBack(program, args).then((found) => found !== undefined, () => false);
}

const PROGRAMS: readonly {
  readonly name: string;
  readonly program: string;
  /** the arguments that print the quoted texts, each with a NUL behind it */
  readonly args: (texts: readonly string[]) => string[];
}[] = [
  ...["sh", "bash", "zsh"].map((shell) => ({
    name: `quoteSh() in ${shell}`,
    program: shell,
    args: (texts: readonly string[]) => ["-c", `printf '%s\\0' ${texts.map(quoteSh).join(" ")}`],
  })),
  {
    name: "quoteFish()",
    program: "fish",
    args: (texts) => ["--no-config", "-c", `printf '%s\\0' ${texts.map(quoteFish).join(" ")}`],
  },
  {
    name: "quotePowershell()",
    program: "pwsh",
    args: (texts) => [
      "-NoProfile",
      "-Command",
      texts.map((text) => `[Console]::Write(${quotePowershell(text)} + [char]0)`).join("; "),
    ],
  },
  {
    name: "quotePython()",
    program: "python3",
    args: (texts) => [
      "-c",
      `import sys\nfor text in [${
        texts.map(quotePython).join(", ")
      }]: sys.stdout.buffer.write(text.encode() + b"\\0")`,
    ],
  },
  {
    name: "quoteYaml() in PyYAML",
    program: "python3",
    args: (texts) => [
      "-c",
      "import sys, yaml\nfor text in yaml.safe_load(sys.argv[1]): sys.stdout.buffer.write(text.encode() + b'\\0')",
      texts.map((text) => `- ${quoteYaml(text)}\n`).join(""),
    ],
  },
  {
    name: "quoteToml() in tomllib",
    program: "python3",
    args: (texts) => [
      "-c",
      "import sys, tomllib\nfor text in tomllib.loads(sys.argv[1])['v']: sys.stdout.buffer.write(text.encode() + b'\\0')",
      `v = [${texts.map(quoteToml).join(", ")}]`,
    ],
  },
  {
    name: "quoteJs() in Node",
    program: "node",
    args: (texts) => [
      "-e",
      `for (const text of [${texts.map(quoteJs).join(", ")}]) process.stdout.write(text + "\\0")`,
    ],
  },
];

for (const { name, program, args } of PROGRAMS) {
  Deno.test({
    name: `${name} gives back every text`,
    ignore: !await isThere(program, args(["x"])),
    fn: async () => assertEquals(await readBack(program, args(TEXTS)), TEXTS),
  });
}

Deno.test("quoteJson() and quoteToml() give back every text to our own parsers", () => {
  assertEquals(TEXTS.map((text) => JSON.parse(quoteJson(text))), TEXTS);
  assertEquals(TEXTS.map((text) => parseToml(`v = ${quoteToml(text)}`)["v"]), TEXTS);
});

Deno.test("quotePowershell() doubles every character that PowerShell takes for a single quote", () => {
  assertEquals(quotePowershell("a'b‘c’d‚e‛f$g`h"), "'a''b‘‘c’’d‚‚e‛‛f$g`h'");
});

const KEY = `0$HOME'"\`#\\ true`;
const TARGET: Target = { url: "http://127.0.0.1:8000", key: KEY, model: "gpt'5", shell: "sh" };

/** The texts of one kind of step of a client. */
function stepTexts(name: string, kind: "shell" | "file" | "code", target: Target): string[] {
  const client = CLIENTS.find((candidate) => candidate.name === name);
  return (client?.settings(target).steps ?? []).flatMap((step) => step.kind === kind ? [step.text] : []);
}

for (
  const [shell, program, start] of [
    ["sh", "sh", []],
    ["sh", "zsh", ["-f"]],
    ["fish", "fish", ["--no-config"]],
  ] as const
) {
  Deno.test({
    name: `connect sets the variables to exactly the key and the model in ${program}`,
    ignore: !await isThere(program, [...start, "-c", "printf 'x\\0'"]),
    async fn() {
      const target = { ...TARGET, shell };
      const cases = [
        ["env", "OPENAI_API_KEY", KEY],
        ["claude-code", "ANTHROPIC_AUTH_TOKEN", KEY],
        ["claude-code", "ANTHROPIC_MODEL", "gpt'5"],
        ["codex", "CCPROXY_API_KEY", KEY],
      ] as const;
      for (const [client, variable, expected] of cases) {
        const [text = ""] = stepTexts(client, "shell", target);
        const lines = text.split("\n").filter((line) => line !== "claude");
        const script = [...lines, `printf '%s\\0' "$${variable}"`].join("\n");
        assertEquals(await readBack(program, [...start, "-c", script]), [expected]);
      }
    },
  });
}

Deno.test({
  name: "connect writes YAML and Python that hold exactly the key",
  ignore: !await isThere("python3", ["-c", "import yaml; print('x', end='\\0')"]),
  async fn() {
    const yaml = [...stepTexts("aichat", "file", TARGET), ...stepTexts("continue", "file", TARGET)];
    for (const text of yaml) {
      const reader = "import sys, yaml\ndef walk(v):\n" +
        "  for x in (v.values() if isinstance(v, dict) else v if isinstance(v, list) else []):\n" +
        "    walk(x)\n    if x == sys.argv[2]: print('found', end='\\0')\nwalk(yaml.safe_load(sys.argv[1]))";
      assertEquals(await readBack("python3", ["-c", reader, text, KEY]), ["found"]);
    }
    const python = [
      ...stepTexts("openai-python", "code", TARGET),
      ...stepTexts("langchain-python", "code", TARGET),
    ];
    for (const text of python) {
      const reader = "import ast, sys\nfor n in ast.walk(ast.parse(sys.argv[1])):\n" +
        "  if isinstance(n, ast.Constant) and n.value == sys.argv[2]: print('found', end='\\0')";
      assertEquals(await readBack("python3", ["-c", reader, text, KEY]), ["found"]);
    }
  },
});
