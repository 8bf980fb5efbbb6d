import { assert, assertEquals } from "@std/assert";
import { TABLE } from "../../src/cli/commands.ts";
import { helpText } from "../../src/cli/help.ts";
import { findCommand, parseLine } from "../../src/cli/parse.ts";
import { commandReference } from "../../src/cli/reference.ts";
import { run } from "../../src/cli/run.ts";
import { textWidth } from "../../src/cli/text_width.ts";
import { createFakeWorld } from "./fake_world.ts";
import { SAMPLE } from "./sample_table.ts";

const PLAIN = { colour: false };

/** Every path that has a help of its own. */
const PATHS = [...TABLE.groups.map(({ path }) => path), ...TABLE.commands.map(({ path }) => path)];

for (const path of PATHS) {
  Deno.test(`helpText() of "${["ccproxy", ...path].join(" ")}"`, async (t) => {
    await t.assertSnapshot(helpText(TABLE, path, { ...PLAIN, columns: 80 }));
  });
}

Deno.test("helpText() of a command with every kind of flag, wide and narrow", async (t) => {
  await t.assertSnapshot(
    [100, 60, 32].map((columns) => helpText(SAMPLE, ["fetch"], { ...PLAIN, columns })).join(
      `${"=".repeat(32)}\n`,
    ),
  );
});

Deno.test("helpText() fits the terminal: lines to be typed go on behind a backslash", () => {
  for (const columns of [30, 40, 60, 80, 200]) {
    for (const path of PATHS) {
      for (const line of helpText(TABLE, path, { ...PLAIN, columns }).split("\n")) {
        const usage = columns < 60 && line.startsWith("  ccproxy ");
        // A command, a placeholder or a quoted text that is wider by itself.
        const oneWord = !line.trim().includes(" ") || /^ {2}--\S+ \S+$/.test(line) ||
          (columns < 60 && /^ {2}(?:\$| {4})/.test(line));
        assert(usage || oneWord || textWidth(line) <= columns, `${path.join(" ")} at ${columns}: ${line}`);
      }
    }
  }
});

Deno.test("helpText() is coloured only when asked for", () => {
  const coloured = helpText(SAMPLE, ["fetch"], { colour: true, columns: 80 });
  assertEquals(
    coloured.replaceAll("\x1b[1m", "").replaceAll("\x1b[22m", ""),
    helpText(SAMPLE, ["fetch"], { ...PLAIN, columns: 80 }),
  );
  assert(coloured.includes("\x1b[1mUSAGE\x1b[22m"));
});

Deno.test("every command has examples that its own parser takes, a summary in house form and exit codes", () => {
  for (const command of TABLE.commands) {
    const name = command.path.join(" ");
    assert(command.examples.length >= 2, name);
    assert(/^[A-Z].*[^.]$/.test(command.summary), `${name}: ${command.summary}`);
    assert(command.exitCodes[0] !== undefined, name);
    for (const flag of Object.values(command.flags)) {
      assert(/^[A-Z].*[^.]$/.test(flag.doc), `${name}: ${flag.doc}`);
    }
    for (const { line } of command.examples) {
      // What the shell takes away before ccproxy sees the words.
      const words = /ccproxy ([^|>&)"]*(?:"[^"]*")?)/.exec(line)?.[1]?.trim().split(/\s+/) ?? [];
      const parsed = parseLine(words, TABLE);
      assertEquals([line, parsed.kind], [line, "command"]);
      if (parsed.kind === "command") assertEquals(parsed.command.path, command.path, line);
    }
  }
});

Deno.test("every group has a summary and every word leads somewhere", () => {
  for (const { path } of TABLE.groups) {
    assertEquals(findCommand(TABLE, path), undefined);
  }
  const prefixes = new Set(TABLE.commands.filter(({ path }) => path.length > 1).map(({ path }) => path[0]));
  for (const prefix of prefixes) {
    assert(TABLE.groups.some(({ path }) => path.length === 1 && path[0] === prefix), `${prefix} is no group`);
  }
});

Deno.test("run() gives the same help for --help, -h and help, on standard output and with exit code 0", async () => {
  const helps = [];
  for (const args of [["auth", "status", "--help"], ["auth", "status", "-h"], ["help", "auth", "status"]]) {
    const fake = createFakeWorld();
    assertEquals([await run(args, fake.world), fake.stderr()], [0, ""]);
    helps.push(fake.stdout());
  }
  assertEquals(new Set(helps).size, 1);
});

Deno.test("commandReference() is a section for each command in Markdown", async (t) => {
  await t.assertSnapshot(commandReference(SAMPLE));
  const reference = commandReference(TABLE);
  for (const { path } of TABLE.commands) assert(reference.includes(`\n### ccproxy ${path.join(" ")}\n`));
});
