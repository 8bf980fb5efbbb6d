/**
 * `deno task recording`: runs the commands of the README's recording against the fake backend and writes what they
 * print as .github/recording.svg. The words are the program's own; only the address, the home folder and the pauses
 * are made nicer. Needs a shell with curl and grep.
 */
import { textAnswer } from "../../tests/fake/answers.ts";
import { startFakeBackend } from "../../tests/fake/backend.ts";
import { makeHome, type Program, runProgram, startProgram } from "../../tests/program.ts";
import { authJson, makeTokens } from "../../tests/fake/tokens.ts";
import { type TerminalLine, terminalSvg } from "./terminal_svg.ts";

const COLUMNS = 100;
const FILE = new URL("../../.github/recording.svg", import.meta.url);
const TITLE = "ccproxy in a terminal: auth status, serve, a streamed answer with curl, usage";
/** As people see it; the recorded program listens on a free port. */
const SHOWN_URL = "http://127.0.0.1:8000";
const WORDS = ["Hello", "!", " What", " can", " I", " do", " for", " you", "?"];

/** A command as it is shown, and what it printed. */
interface Shot {
  readonly command: string;
  readonly output: string;
  /** between the lines of the output */
  readonly paceMs: number;
}

/** Runs everything. The program is shown with the address and the home of a person. */
async function record(): Promise<Shot[]> {
  const home = await makeHome();
  await using backend = await startFakeBackend();
  backend.setDefault({ events: textAnswer(WORDS) });
  // A login that has just been made, so that its expiry is a round number of days.
  const credentials = authJson(makeTokens({ expiresInSeconds: 864_000 + 30 }));
  const serve = ["serve", "--log-level", "warn"];
  const options = { home, backend, credentials };
  let program: Program | undefined;
  try {
    const status = await runProgram(["auth", "status"], options);
    program = await startProgram({ ...options, args: [...serve, "--port", "0"] });
    const curl = [
      `curl -sN ${SHOWN_URL}/codex/v1/chat/completions -H "content-type: application/json" \\`,
      `    -d '{"model": "gpt-5", "stream": true, "messages": [{"role": "user", "content": "Hello"}]}' \\`,
      `    | grep -oE '"content":"[^"]+"'`,
    ].join("\n");
    const answer = await shell(curl.replace(SHOWN_URL, program.url));
    const usage = await runProgram(["usage"], options);
    const url = program.url;
    const shown = (text: string) => text.replaceAll(url, SHOWN_URL).replaceAll(home, "~").trimEnd();
    return [
      { command: "ccproxy auth status", output: shown(status.stdout), paceMs: 20 },
      { command: `ccproxy ${serve.join(" ")} &`, output: shown(program.stderr()), paceMs: 20 },
      { command: curl, output: shown(answer), paceMs: 160 },
      { command: "ccproxy usage", output: shown(usage.stdout), paceMs: 20 },
    ];
  } finally {
    await program?.stop();
    await Deno.remove(home, { recursive: true });
  }
}

async function shell(line: string): Promise<string> {
  const { success, stdout } = await new Deno.Command("sh", {
    args: ["-c", line],
    env: { NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" },
  }).output();
  if (!success) throw new Error(`The shell failed with: ${line}`);
  return new TextDecoder().decode(stdout);
}

/** When each line appears: a pause to read before each command, another while it works. */
function toLines(shots: readonly Shot[]): TerminalLine[] {
  let atMs = 400;
  return shots.flatMap(({ command, output, paceMs }, index) => {
    const lines: TerminalLine[] = index === 0 ? [] : [{ text: "", kind: "output", atMs }];
    for (const [row, text] of command.split("\n").entries()) {
      lines.push({ text, kind: row === 0 ? "command" : "continued", atMs });
    }
    atMs += 700;
    for (const text of output.split("\n")) {
      lines.push({ text, kind: "output", atMs });
      atMs += paceMs;
    }
    atMs += 1400;
    return lines;
  });
}

if (import.meta.main) {
  await Deno.writeTextFile(FILE, terminalSvg(toLines(await record()), TITLE, COLUMNS));
}
