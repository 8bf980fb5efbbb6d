import { cleanText } from "../../clean_text.ts";
import { readConfigText } from "../../config/load.ts";
import { settingsFile } from "../../config/paths.ts";
import { replaceConfig } from "../../config/write_config.ts";
import { type ExitCode, Problem } from "../../problem.ts";
import { wordSh } from "../../quote.ts";
import { confirm } from "../ask.ts";
import { assertHarmless } from "../check_settings.ts";
import { CONFIG_FLAG, defineCommand } from "../command.ts";
import { placeOf } from "../place.ts";
import type { World } from "../world.ts";

/** `ccproxy config edit`. */
export const configEditCommand = defineCommand({
  path: ["config", "edit"],
  summary: "Open the settings file in your editor and check it before it is taken",
  description:
    "The editor is the one in VISUAL or EDITOR. It gets a copy: the settings file is replaced when the editor ends and " +
    "the copy loads, so that a running server never sees a half-written or wrong one.",
  flags: { config: CONFIG_FLAG },
  args: {},
  examples: [
    { line: "ccproxy config edit", doc: "Edit it" },
    { line: 'EDITOR="code --wait" ccproxy config edit', doc: "With another editor" },
  ],
  exitCodes: {
    0: "Taken, or unchanged",
    1: "The editor failed, or the file cannot be written",
    2: "Not valid",
  },
  async run({ flags }, world): Promise<ExitCode> {
    const place = placeOf(world);
    const path = settingsFile(place, flags.config);
    const before = await readConfigText(path);
    const copy = `${await existingDirectory(path)}/ccproxy-${crypto.randomUUID()}.toml`;
    try {
      await Deno.writeTextFile(copy, before ?? "", { mode: 0o600, createNew: true }).catch((thrown) => {
        throw new Problem("file", `no copy of the settings file can be made: ${String(thrown.message)}`, {
          cause: thrown,
        });
      });
      const after = await editUntilGood(world, copy, (text) => assertHarmless(path, place, before, text));
      if (after === undefined || after === (before ?? "")) {
        world.err("Nothing was changed\n");
        return 0;
      }
      if (!await replaceConfig(path, before, after)) {
        throw new Problem("file", `"${path}" was changed by another program meanwhile`, {
          hint: 'Run "ccproxy config edit" again',
        });
      }
      world.err(`${before === undefined ? "Created" : "Changed"} ${cleanText(path)}\n`);
      return 0;
    } finally {
      await Deno.remove(copy).catch(() => {}); // the editor may have moved it
    }
  },
});

/**
 * Lets the person edit until the text loads, or they give up.
 *
 * @returns the text; undefined when they gave up
 * @throws Problem what is wrong with the text, where nobody can be asked
 */
async function editUntilGood(
  world: World,
  copy: string,
  check: (text: string) => Promise<void>,
): Promise<string | undefined> {
  while (true) {
    await runEditor(world, copy);
    try {
      const text = await readConfigText(copy) ?? "";
      await check(text);
      return text;
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown;
      const again = await confirm(world, `${cleanText(thrown.message)}\nEdit again?`);
      if (again === undefined) throw thrown;
      if (!again) return undefined;
    }
  }
}

/** @throws Problem when the editor cannot be run, or says that it failed */
async function runEditor(world: World, file: string): Promise<void> {
  const named = [world.env("VISUAL"), world.env("EDITOR")].find((text) => (text ?? "").trim() !== "");
  const line = named?.trim() ?? (world.os === "windows" ? "notepad" : "vi");
  const [program = "vi", ...args] = line.split(/\s+/);
  const ran = await world.runProgram(program, [...args, file], true);
  if (ran === undefined) {
    throw new Problem(
      "file",
      `the editor ${JSON.stringify(program)} is not there, or this program may not run it`,
      {
        hint: 'Name one like nano, vi or "code --wait" in EDITOR, or edit the file by hand: ' +
          '"ccproxy config path" says where it is, "ccproxy config show" checks it',
      },
    );
  }
  if (ran.code !== 0) {
    throw new Problem("file", `the editor ended with ${ran.code}, so nothing was taken: ${wordSh(line)}`);
  }
}

/** The nearest folder above a path that is there: the copy lies where the file will, or near it. */
async function existingDirectory(path: string): Promise<string> {
  let folder = path;
  do folder = folder.slice(0, Math.max(folder.lastIndexOf("/"), folder.lastIndexOf("\\"))); while (
    folder !== "" && !await Deno.stat(folder).then(({ isDirectory }) => isDirectory, () => false)
  );
  return folder;
}
