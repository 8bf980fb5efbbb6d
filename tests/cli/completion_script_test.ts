/** The completion scripts in the shells themselves; a shell that is not installed is skipped. */
import { assertEquals } from "@std/assert";
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
  [["zoo", ""], ["look-around", "set"]],
  [["zoo", "s"], ["set"]],
  [["fetch", ""], ["here", "there"]],
  [["fetch", "--"], FETCH_FLAGS],
  [["fetch", "here", "--mo"], ["--mode"]],
  [["fetch", "--mode", ""], ["fast", "slow"]],
  [["fetch", "--mode", "s"], ["slow"]],
  [["--v"], ["--version"]],
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
    ["", ["fetch", "zoo", "help"]],
    ["fetch", ["here", "there"]],
    ["zoo", ["set", "look-around"]],
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
