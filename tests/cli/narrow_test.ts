/** Every command on a terminal of 60 columns. */
import { assertEquals } from "@std/assert";
import { TABLE } from "../../src/cli/commands.ts";
import { textWidth } from "../../src/cli/text_width.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { type Home, makeHome } from "./home.ts";

const COLUMNS = 60;

/** Lines that are wider, but for one word that cannot be broken (a path, a URL) with its indent and its name. */
function tooWide(text: string): string[] {
  return text.split("\n").filter((line) => textWidth(line) > COLUMNS && /\S\s+\S+\s+\S/.test(line));
}

/** Command lines that show something, and what the home is like. */
const LINES = [
  "auth status",
  "auth openai-info",
  "auth refresh",
  "config show",
  "config show --changed",
  "config path",
  "config codex --disable",
  "config codex --enable",
  "codex info",
  "codex set --set server.allowed_hosts=aaaaaaaaaaa.example.com,bbbbbbbbbbbbbb.example.com",
  "models",
  "usage",
  "usage --cache",
  "sessions list",
  "sessions show nothing",
  "doctor",
  "service status",
  "service install --dry-run",
  "service uninstall",
  "connect",
  "connect cursor",
  "connect open-webui",
  "connect codex",
  "nonsense",
  "config",
  "serve --hosst",
  "completions tcsh",
];

async function assertNarrow(home: Home, name: string): Promise<void> {
  const wide: string[] = [];
  for (const line of LINES) {
    const ran = await home.run(line, { tty: true, columns: COLUMNS, stdin: ["n"] });
    // What connect prints is to be copied: its notes are looked at, not its data.
    const text = line.startsWith("connect ") ? ran.stderr : ran.stdout + ran.stderr;
    wide.push(...tooWide(text.replaceAll(/\r[^\n]*\r/g, "")).map((found) => `${name}: ${line}: ${found}`));
  }
  assertEquals(wide, []);
}

Deno.test("no line is wider than a terminal of 60 columns, signed in", async () => {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend();
  await using home = await makeHome({ issuer, backend });
  await home.writeAuth(JSON.stringify({ tokens: issuer.issue({}) }));
  await assertNarrow(home, "signed in");
});

Deno.test("no line is wider than a terminal of 60 columns, without a login and a network", async () => {
  await using home = await makeHome();
  await assertNarrow(home, "nothing");
  await Deno.mkdir(home.authPath, { recursive: true });
  await assertNarrow(home, "a directory in the place of the file");
});

Deno.test("no help is wider than a terminal of 60 columns, but for lines to be copied", async () => {
  await using home = await makeHome();
  const wide: string[] = [];
  for (const { path } of TABLE.commands) {
    const ran = await home.run(["help", ...path], { tty: true, columns: COLUMNS });
    wide.push(...tooWide(ran.stdout).filter((line) => !/^ {2}(\$ |# |ccproxy )/.test(line)));
  }
  assertEquals(wide, []);
});
