/** `ccproxy connect CLIENT --write` and `--undo`: the client's own file is changed, once the person has seen how. */
import { cleanText } from "../../clean_text.ts";
import { readConfigText } from "../../config/load.ts";
import type { Place } from "../../config/paths.ts";
import { replaceConfig } from "../../config/write_config.ts";
import { directoryOf } from "../../directory_of.ts";
import { ignore } from "../../ignore.ts";
import { type ExitCode, Problem } from "../../problem.ts";
import type { TerminalShell } from "../../quote.ts";
import { sha256Hex } from "../../sha256.ts";
import { confirm } from "../ask.ts";
import type { Target } from "../connect_clients.ts";
import { temporaryInfo } from "../kept_paths.ts";
import { lineDiff } from "../line_diff.ts";
import { createPaint, writeJson } from "../output.ts";
import { placeOf } from "../place.ts";
import { realPlace } from "../real_place.ts";
import type { World } from "../world.ts";
import { wantedFile, type WritableClient } from "./client_file.ts";
import { clientPaths } from "./client_place.ts";
import { putIntoFile, takeOutOfFile } from "./file_edit.ts";
import { backupPath, forgetReceipt, keepReceipt, readReceipt, type Receipt } from "./receipt.ts";

/** How the person wants it. */
export interface ChangeFlags {
  /** without a question */
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What became of the file. */
type Outcome = "written" | "unchanged" | "undone" | "declined";

/**
 * The file of a client: the first of its places that is there, else the first.
 *
 * @returns the path as the client names it
 */
export async function clientFile(
  place: Place,
  client: WritableClient,
  shell: TerminalShell,
): Promise<string> {
  const paths = clientPaths(client, place, shell);
  for (const path of paths) {
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  return paths[0] ?? "";
}

/**
 * Writes the settings of a client into its file, with a backup.
 *
 * @throws Problem file where the file is broken, was changed in the way, or cannot be written; nothing is then changed
 */
export async function writeClient(
  world: World,
  client: WritableClient,
  target: Target,
  flags: ChangeFlags,
): Promise<ExitCode> {
  const place = placeOf(world);
  const wanted = wantedFile(client, target);
  const shown = await clientFile(place, client, target.shell);
  const path = realPlace(shown);
  const text = await readConfigText(path);
  const receipt = await readReceipt(place, client);
  if (receipt !== undefined && receipt.path !== path) {
    throw new Problem(
      "file",
      `the settings of ${client} are written in "${receipt.path}", which is not "${path}"`,
      {
        hint: `Take them out there first: "ccproxy connect ${client} --undo"`,
      },
    );
  }
  const base = receipt === undefined ? text : original(text, receipt);
  const edited = putIntoFile(wanted, base, shown);
  if (edited.text === text) return tell(world, flags, "unchanged", client, path);
  if (!await isAgreed(world, flags, shown, text ?? "", edited.text)) {
    return tell(world, flags, "declined", client, path);
  }
  await keepReceipt(place, client, {
    path,
    format: wanted.format,
    writtenHash: sha256Hex(edited.text),
    before: base,
    changes: edited.changes,
  });
  try {
    await replace(path, text, edited.text);
  } catch (thrown) {
    if (receipt === undefined) await forgetReceipt(place, client);
    else await keepReceipt(place, client, receipt);
    throw thrown;
  }
  return tell(
    world,
    flags,
    "written",
    client,
    path,
    base === undefined ? undefined : backupPath(place, client),
  );
}

/**
 * Makes a client's file what it was before {@linkcode writeClient}; what somebody else added meanwhile stays.
 *
 * @throws Problem file where ours cannot be told from theirs any more; nothing is then changed
 */
export async function undoClient(
  world: World,
  client: WritableClient,
  flags: ChangeFlags,
): Promise<ExitCode> {
  const place = placeOf(world);
  const receipt = await readReceipt(place, client);
  if (receipt === undefined) return tell(world, flags, "unchanged", client, undefined);
  const { path } = receipt;
  const text = await readConfigText(path);
  const after = original(text, receipt, true);
  if (after === text) {
    await forgetReceipt(place, client);
    return tell(world, flags, "unchanged", client, path);
  }
  if (!await isAgreed(world, flags, path, text ?? "", after ?? "")) {
    return tell(world, flags, "declined", client, path);
  }
  if (after === undefined) await removeFile(path, text);
  else await replace(path, text, after);
  await forgetReceipt(place, client);
  return tell(world, flags, "undone", client, path);
}

/**
 * The text of a file without what is ours.
 *
 * @param strict whether ours must be found as it was written; else a text in which it is not stays as it is
 * @returns undefined where there was no file and nothing else is in it
 */
function original(text: string | undefined, receipt: Receipt, strict = false): string | undefined {
  const { path, format, writtenHash, before, changes } = receipt;
  if (text === undefined || text === before) return text;
  if (sha256Hex(text) === writtenHash) return before;
  let taken: string;
  try {
    taken = takeOutOfFile(text, changes, format, path);
  } catch (thrown) {
    if (strict || !(thrown instanceof Problem)) throw thrown;
    return text;
  }
  const isEmpty = /^\uFEFF?\s*(?:\{\s*\})?\s*$/.test(taken);
  return before === undefined && isEmpty ? undefined : taken;
}

async function replace(path: string, before: string | undefined, after: string): Promise<void> {
  if (await replaceConfig(path, before, after, temporaryInfo)) return;
  throw new Problem("file", `"${path}" was changed by another program meanwhile`, { hint: "Run this again" });
}

/** Removes a file that ccproxy made, and its directory where it made that too and nothing else is in it. */
async function removeFile(path: string, text: string | undefined): Promise<void> {
  if (await readConfigText(path) !== text) {
    throw new Problem("file", `"${path}" was changed by another program meanwhile`, {
      hint: "Run this again",
    });
  }
  await Deno.remove(path);
  // Permitted only where nothing else was in it; fails where something is by now.
  await Deno.remove(directoryOf(path)).catch(ignore);
}

/** Shows what changes, and asks. @throws Problem usage where nobody can be asked */
async function isAgreed(
  world: World,
  flags: ChangeFlags,
  path: string,
  before: string,
  after: string,
): Promise<boolean> {
  if (!flags.json) {
    const paint = createPaint(world);
    world.out(`${paint("bold", cleanText(path))}\n`);
    for (const line of lineDiff(before.replaceAll("\r\n", "\n"), after.replaceAll("\r\n", "\n"))) {
      world.out(`${paint(line.startsWith("+") ? "green" : "red", line)}\n`);
    }
  }
  if (flags.yes) return true;
  const answer = await confirm(world, "Change the file?");
  if (answer !== undefined) return answer;
  throw new Problem("usage", "nobody can be asked here, so nothing was changed", {
    param: "--yes",
    hint: 'Add "--yes" to change the file without a question',
  });
}

function tell(
  world: World,
  flags: ChangeFlags,
  outcome: Outcome,
  client: WritableClient,
  path: string | undefined,
  backup?: string,
): ExitCode {
  const code = outcome === "declined" ? 1 : 0;
  if (flags.json) {
    writeJson(world, { client, path: path ?? null, result: outcome, backup: backup ?? null });
    return code;
  }
  const file = cleanText(path ?? "");
  switch (outcome) {
    case "written":
      world.err(`Changed ${file}\n`);
      if (backup !== undefined) world.err(`What it held before is in ${cleanText(backup)}\n`);
      world.err(`"ccproxy connect ${client} --undo" takes it out again\n`);
      break;
    case "undone":
      world.err(`${file} is as it was before\n`);
      break;
    case "unchanged":
      world.err(
        path === undefined
          ? `Nothing of ccproxy is written for ${client}\n`
          : `Nothing to change in ${file}\n`,
      );
      break;
    case "declined":
      world.err("Nothing was changed\n");
      break;
    default:
      outcome satisfies never;
  }
  return code;
}
