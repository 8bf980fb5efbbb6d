import { errorText } from "../error_text.ts";
import { Problem } from "../problem.ts";
import { type EditResult, setTomlValue, unsetTomlValue } from "./edit.ts";
import { type FileSetting, readFileSettings } from "./file_settings.ts";
import { readConfigText } from "./load.ts";
import { replaceText } from "./replace_text.ts";
import { isSettingKey, LEGACY_SETTINGS, rowOf, type SettingKey, type SettingValue } from "./settings.ts";
import { checkValue } from "./validate.ts";

/** One change: a value, or undefined to take the setting out of the file. */
export interface ConfigEdit {
  readonly key: SettingKey;
  readonly value: SettingValue | undefined;
}

/** What one {@linkcode ConfigEdit} did. */
export interface ConfigChange {
  readonly key: SettingKey;
  /** what the file held; undefined: nothing */
  readonly before: SettingValue | undefined;
  /** what it holds now; undefined: nothing */
  readonly after: SettingValue | undefined;
}

/** The file and what was changed in it. */
export interface WrittenConfig {
  /** the file that was written: where a symbolic link leads */
  readonly path: string;
  /** true when there was no file before */
  readonly created: boolean;
  /** false when everything was as wanted already, and the file was not touched */
  readonly written: boolean;
  readonly changes: readonly ConfigChange[];
}

/** A file that is replaced by another program at the same time makes the edit start anew this often. */
const ATTEMPTS = 20;

/**
 * Changes settings in the configuration file, all or none of them.
 *
 * Comments, order and line ends stay. The file is replaced in one step by one that was written and synced next to it,
 * with the mode it had; a new one gets 0600, in a directory with 0700. A symbolic link stays one.
 *
 * @param check rejects where the new text of the file must not be written; it is given the old one too
 * @throws Problem "config" when a value does not fit, when the present file is not valid, or when the text leaves no
 * safe place for the change (the message then has the line to write by hand); "file" when the file cannot be written
 */
export async function writeConfig(
  path: string,
  edits: readonly ConfigEdit[],
  check: (before: string | undefined, after: string) => Promise<void> = () => Promise.resolve(),
): Promise<WrittenConfig> {
  for (const { key, value } of edits) if (value !== undefined) checkValue(key, value, "new value");
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const result = await attemptWrite(await targetOf(path), edits, check);
    if (result !== undefined) return result;
  }
  throw new Problem("file", `"${path}" cannot be changed: another program keeps changing it`);
}

/** undefined: the file changed meanwhile, so nothing was written. */
async function attemptWrite(
  path: string,
  edits: readonly ConfigEdit[],
  check: (before: string | undefined, after: string) => Promise<void>,
): Promise<WrittenConfig | undefined> {
  const oldText = await readConfigText(path);
  const before = readFileSettings(oldText ?? "", path);
  const newText = applyEdits(oldText ?? "", edits, path);
  const after = readFileSettings(newText, path);
  const changes = changesOf(edits, before, after);
  if (newText === (oldText ?? "")) return { path, created: false, written: false, changes };
  await check(oldText, newText);
  const replaced = await replaceTarget(path, oldText, newText);
  return replaced ? { path, created: oldText === undefined, written: true, changes } : undefined;
}

/**
 * Puts a whole new text in the place of a file, as {@linkcode writeConfig} does.
 *
 * @param oldText what the file is thought to hold; undefined: there is none
 * @param temporary names the file that is written first, for a target
 * @returns false when it holds something else by now, and nothing was written
 * @throws Problem "file" when it cannot be written
 */
export async function replaceConfig(
  path: string,
  oldText: string | undefined,
  newText: string,
  temporary?: (target: string) => string,
): Promise<boolean> {
  return await replaceTarget(await targetOf(path), oldText, newText, temporary);
}

async function replaceTarget(
  path: string,
  oldText: string | undefined,
  newText: string,
  temporary?: (target: string) => string,
): Promise<boolean> {
  await assertWritable(path);
  return await onDisk(path, () => replaceText(path, oldText, newText, temporary?.(path)));
}

function applyEdits(oldText: string, edits: readonly ConfigEdit[], file: string): string {
  let text = oldText;
  for (const { key, value } of edits) {
    // The old form would count again once the present one is gone, and next to it only misleads.
    for (const [legacy, row] of Object.entries(LEGACY_SETTINGS)) {
      if (row.key === key) text = taken(unsetTomlValue(text, legacy, file), legacy, file);
    }
    const result = value === undefined
      ? unsetTomlValue(text, key, file)
      : setTomlValue(text, key, value, file);
    text = taken(result, key, file);
  }
  return text;
}

function taken(result: EditResult, key: string, file: string): string {
  if (result.ok) return result.text;
  const where = result.line === undefined ? file : `${file}:${result.line}`;
  const { byHand } = result;
  // A hint may end in a log, so a secret's line is told without its value.
  const line = isSettingKey(key) && rowOf(key).secret === true
    ? byHand?.line.replace(/=.*/, "= ...")
    : byHand?.line;
  throw new Problem("config", `${where}: "${key}" cannot be changed safely: ${result.reason}`, {
    param: key,
    hint: byHand === undefined
      ? "Edit the file by hand"
      : `Write this by hand in the table ${byHand.table}: ${line}`,
  });
}

function changesOf(
  edits: readonly ConfigEdit[],
  before: ReadonlyMap<SettingKey, FileSetting>,
  after: ReadonlyMap<SettingKey, FileSetting>,
): ConfigChange[] {
  const keys = new Set(edits.map((edit) => edit.key));
  return [...keys].map((key) => ({ key, before: before.get(key)?.value, after: after.get(key)?.value }));
}

/** The file itself, where `path` is a symbolic link to it. */
async function targetOf(path: string): Promise<string> {
  try {
    if (!(await Deno.lstat(path)).isSymlink) return path;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return path;
    throw new Problem("file", `"${path}" cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
  try {
    return await Deno.realPath(path);
  } catch (thrown) {
    throw new Problem("file", `"${path}" is a symbolic link that leads to no file: ${reasonOf(thrown)}`, {
      cause: thrown,
    });
  }
}

/** Replacing a file asks only its directory, so a file that its owner made read-only has to be looked at. */
async function assertWritable(path: string): Promise<void> {
  try {
    const { mode, isFile } = await Deno.stat(path);
    if (!isFile) throw new Problem("file", `"${path}" must be a file: found something else`);
    if (Deno.build.os !== "windows" && mode !== null && (mode & 0o222) === 0) {
      throw new Problem("file", `"${path}" must be writable: found it read-only`, {
        hint: `Make the file writable: chmod u+w "${path}"`,
      });
    }
    (await Deno.open(path, { write: true })).close();
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return;
    if (thrown instanceof Problem) throw thrown;
    throw new Problem("file", `"${path}" cannot be written: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

async function onDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    throw new Problem("file", `"${path}" cannot be written: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof Deno.errors.NotCapable) return "this program has no permission for that place";
  return errorText(thrown);
}
