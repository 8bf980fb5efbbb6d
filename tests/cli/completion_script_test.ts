/** The completion scripts in the shells themselves; a shell that is not installed is skipped. */
import { assertEquals } from "@std/assert";
import { TABLE } from "../../src/cli/commands.ts";
import { completionScript, type Shell } from "../../src/cli/completion_script.ts";
import { SAMPLE } from "./sample_table.ts";

/** Runs a script text in a shell; its standard output. */
async function shell(program: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { NO_COLOR: "1" },
    stdin: "null",
  })
    .output();
  const text = new TextDecoder();
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

async function installed(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

/** The completion script of a shell in a file of its own. */
async function withScript<T>(kind: Shell, work: (path: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/ccproxy.${kind}`;
    await Deno.writeTextFile(path, completionScript(SAMPLE, kind));
    await Deno.writeTextFile(`${directory}/data.txt`, "");
    return await work(path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const FETCH_FLAGS =
  "--disable-cache --enable-cache --file --help --json --mode --name --no-wait --port --set --yes"
    .split(" ");

/** Words typed (the last one is being completed) -> candidates. */
const CASES: [string[], string[]][] = [
  [["f"], ["fetch"]],
  [["zoo", ""], ["help", "look-around", "set"]],
  [["zoo", "s"], ["set"]],
  [["fetch", ""], ["here", "there"]],
  [["fetch", "--"], FETCH_FLAGS],
  [["fetch", "here", "--mo"], ["--mode"]],
  [["fetch", "--mode", ""], ["fast", "slow"]],
  [["fetch", "--mode", "s"], ["slow"]],
  [["--v"], ["--version"]],
  [["zoo", "h"], ["help"]],
];

/** The words as bash splits them: "=" is a word of its own. */
Deno.test({
  name: "completionScript() completes words, flags and choices in bash",
  ignore: !await installed("bash"),
  fn: () =>
    withScript("bash", async (path) => {
      const cases: [string[], string[]][] = [...CASES, [["fetch", "--mode", "=", "s"], ["slow"]], [[
        "fetch",
        "--mode",
        "=",
      ], ["fast", "slow"]], [["fetch", "--file", path.replace(/[^/]*$/, "d")], [
        path.replace(/[^/]*$/, "data.txt"),
      ]]];
      for (const [words, expected] of cases) {
        const quoted = ["ccproxy", ...words].map((word) => `'${word}'`).join(" ");
        const driver = `source ${path}; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; ` +
          `_ccproxy; printf '%s\\n' "\${COMPREPLY[@]}"`;
        const found = (await shell("bash", ["--norc", "-c", driver])).split("\n").filter((word) =>
          word !== ""
        );
        assertEquals([words, found.sort()], [words, expected]);
      }
    }),
});

Deno.test({
  name: "completionScript() completes words, flags and choices in fish",
  ignore: !await installed("fish"),
  fn: () =>
    withScript("fish", async (path) => {
      for (const [words, expected] of CASES) {
        const driver = `source ${path}; complete -C 'ccproxy ${words.join(" ")}'`;
        const lines = (await shell("fish", ["--no-config", "-c", driver])).split("\n");
        const found = lines.map((line) => line.split("\t")[0] ?? "").filter((word) => word !== "");
        assertEquals([words, found.sort()], [words, expected]);
      }
    }),
});

Deno.test({
  name: "completionScript() completes words, flags and choices in zsh",
  ignore: !await installed("zsh"),
  fn: () =>
    withScript("zsh", async (path) => {
      // Inside a real completion (a widget in a pseudo terminal), compadd is asked which of the words match.
      const driver = `
        zmodload zsh/zpty
        comptest() {
          zpty -w z "$1"$'\\t'
          local line out=""
          while zpty -r z line; do
            out+=$line
            [[ $out == *'<END>'* ]] && break
          done
          out=\${out##*<BEGIN>}; print -r -- "\${out%%<END>*}"
        }
        zpty z zsh -f -i
        zpty -w z 'PS1=; autoload -Uz compinit; compinit -u -D; source ${path}'
        zpty -w z 'compadd() { if [[ " $* " == *" -O "* || " $* " == *" -A "* || " $* " == *" -D "* ]]; then builtin compadd "$@"; return; fi; local -a __hits; builtin compadd -O __hits "$@"; hits+=($__hits); builtin compadd "$@" }'
        zpty -w z 'show() { hits=(); _main_complete; print -r -- "<BEGIN>\${(j: :)hits}<END>"; compstate[insert]=; compstate[list]= }'
        zpty -w z 'zle -C show complete-word show; bindkey "^I" show; print READY'
        while zpty -r z line; do [[ $line == *READY* && $line != *print* ]] && break; done
        comptest "$1"
        zpty -d z`;
      for (const [words, expected] of CASES) {
        const out = await shell("zsh", ["-f", "-c", driver, "zsh", ["ccproxy", ...words].join(" ")]);
        const found = out.trim().split(/\s+/).filter((word) => word !== "");
        assertEquals([words, found.sort()], [words, expected]);
      }
    }),
});

Deno.test("completionScript() lists every word and flag for PowerShell", () => {
  const script = completionScript(SAMPLE, "powershell");
  const places = [...script.matchAll(/^ {4}'([^']*)' = @\((.*)\)$/gm)].map(([, place, list = ""]) => [
    place,
    [...list.matchAll(/@\('([^']*)'/g)].map(([, word]) => word),
  ]);
  assertEquals(places.slice(0, 8), [
    ["", ["fetch", "zoo", "version", "help"]],
    ["fetch", ["here", "there"]],
    ["zoo", ["set", "look-around", "help"]],
    ["zoo set", []],
    ["zoo look-around", []],
    ["", ["--help", "--version"]],
    [
      "fetch",
      [
        "--json",
        "--yes",
        "--no-wait",
        "--enable-cache",
        "--disable-cache",
        "--name",
        "--file",
        "--port",
        "--mode",
        "--set",
        "--help",
      ],
    ],
    ["zoo", ["--help"]],
  ]);
});

/** A folder with a `ccproxy` that prints ids of sessions and models, and one id that would like to be run. */
async function withProgram(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const script = `#!/bin/sh
case "$*" in
  "sessions list --quiet") printf '%s\\n' my-session 'my $(touch ${folder}/pwned)\`touch ${folder}/pwned\`' other ;;
  "keys list --quiet") printf '%s\\n' alice ci ;;
  "models --cached --quiet") printf '%s\\n' gpt-5.5 gpt-6-sol ;;
esac
`;
    await Deno.writeTextFile(`${folder}/ccproxy`, script, { mode: 0o755 });
    await work(folder);
    assertEquals(await Deno.stat(`${folder}/pwned`).then(() => "run", () => "not run"), "not run");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Words typed -> candidates, with the real table; the id that would like to be run is left out of what is compared. */
const ASKED_CASES: [string[], string[]][] = [
  [["sessions", "show", "my-"], ["my-session"]],
  [["sessions", "delete", "o"], ["other"]],
  [["keys", "rotate", "al"], ["alice"]],
  [["keys", "delete", "c"], ["ci"]],
  [["connect", "--model", "gpt-6"], ["gpt-6-sol"]],
  [["codex", "set", "--set", "server.po"], ["server.port="]],
  [["codex", "set", "--unset", "server.po"], ["server.port"]],
  [["auth", "h"], ["help"]],
];

for (const kind of ["bash", "fish"] as const) {
  Deno.test({
    name:
      `completionScript() asks for sessions and models, knows the settings, and runs nothing of it in ${kind}`,
    ignore: !await installed(kind),
    fn: () =>
      withProgram(async (folder) => {
        const path = `${folder}/completions`;
        await Deno.writeTextFile(path, completionScript(TABLE, kind));
        const cases: [string[], string[] | undefined][] = [...ASKED_CASES, [
          ["sessions", "show", "my"],
          undefined,
        ]];
        for (const [words, expected] of cases) {
          const quoted = ["ccproxy", ...words].map((word) => `'${word}'`).join(" ");
          const driver = kind === "bash"
            ? `PATH=${folder}:$PATH; source ${path}; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; ` +
              `_ccproxy; printf '%s\\n' "\${COMPREPLY[@]}"`
            : `set PATH ${folder} $PATH; source ${path}; complete -C 'ccproxy ${words.join(" ")}'`;
          const args = kind === "bash" ? ["--norc", "-c", driver] : ["--no-config", "-c", driver];
          const found = (await shell(kind, args)).split("\n").map((line) => line.split("\t")[0]).filter((
            word,
          ) => word !== "");
          if (expected !== undefined) assertEquals([words, found.sort()], [words, expected]);
          else assertEquals(found.length, 2);
        }
      }),
  });
}
