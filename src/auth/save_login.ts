import { errorText } from "../error_text.ts";
import { directoryOf } from "../directory_of.ts";
import { Problem } from "../problem.ts";
import { authJsonText, type AuthTokens, withTokens } from "../wire/auth_json.ts";
import type { JsonObject } from "../wire/json.ts";
import { type CredentialPlace, variableOf } from "./credential_place.ts";
import { lockFilesOf, takeLock } from "./lock.ts";
import { CLIENT_ID } from "./openai.ts";
import { opaqueText } from "./pkce.ts";
import { type PreparedFile, type PrepareOptions, prepareTokenFile } from "./prepare_write.ts";
import { wordSh } from "../quote.ts";
import { placeFix } from "./place_fix.ts";
import { saveFaultOf } from "./save_fault.ts";
import { readTokenFile, setAside, targetOf } from "./token_file.ts";

/** A login or logout waits this long for a refresh that is under way. */
const LOCK_WAIT_MS = 10_000;

/** A place at which a login is certain to be saved. */
export interface LoginPlace {
  readonly path: string;
  /** one of its functions must be called */
  readonly file: PreparedFile;
}

/**
 * Proves that a login can be saved, before anybody is asked to sign in and again before the code is spent: it works
 * once.
 *
 * @throws Problem `login_failed` when the credentials come from the environment; `file` when the directory cannot be
 * made, or the file cannot be written, or not be read (it would be replaced unseen)
 */
export async function prepareToSave(
  place: CredentialPlace,
  options: PrepareOptions = {},
): Promise<LoginPlace> {
  if (place.kind !== "file") {
    const variable = variableOf(place);
    throw new Problem("login_failed", `${variable} is set, and a login cannot be saved there`, {
      hint: `Unset ${variable} and run the command again`,
    });
  }
  const { path } = place;
  try {
    await Deno.mkdir(directoryOf(await targetOf(path)), { recursive: true, mode: 0o700 });
  } catch (thrown) {
    const target = await targetOf(path).catch(() => path);
    const [where, hint] = target === path
      ? [path, fixHint(placeFix(path, thrown, "write"))]
      : [`${path}, a link to ${target},`, `Run "rm ${wordSh(path)}" to sign in without the link`];
    throw new Problem("file", `the directory of ${where} cannot be made: ${errorText(thrown)}`, {
      hint,
      cause: thrown,
    });
  }
  const file = await readTokenFile(path);
  if (file.kind === "unreadable") {
    throw new Problem("file", `${path} cannot be read: ${file.why}`, { hint: fixHint(file.fix) });
  }
  const prepared = await prepareTokenFile(path, options).catch((thrown) => {
    const { why, fix } = saveFaultOf(place, thrown);
    throw new Problem("file", `a login cannot be saved: ${why}`, {
      hint: fixHint(fix),
      cause: thrown,
    });
  });
  if (prepared.inPlace && file.kind === "read" && file.json.kind === "corrupt") {
    await prepared.discard();
    throw new Problem(
      "file",
      `${path} is not a credentials file (${file.json.why}), and it cannot be moved aside where it is`,
      { hint: "Look at the file, and empty it to {} by hand if nothing in it is needed" },
    );
  }
  return { path, file: prepared };
}

/** {@linkcode prepareToSave} that takes no room: the person may need longer for the sign-in than the room would last. */
export async function proveToSave(place: CredentialPlace, options: PrepareOptions = {}): Promise<void> {
  const { file } = await prepareToSave(place, { ...options, room: "look" });
  await file.discard();
}

/** What {@linkcode saveLogin} did besides saving. */
export interface SavedLogin {
  /** where a corrupt file was moved to */
  readonly setAside: string | undefined;
}

/**
 * Saves a new login over whatever is there, under the locks that a refresh takes: API keys and unknown keys stay, a
 * corrupt file is moved aside and never overwritten.
 *
 * @param random bytes for `login_owner_id`
 * @throws Problem `file`; the old content is then untouched
 */
export async function saveLogin(
  { path, file: prepared }: LoginPlace,
  tokens: AuthTokens,
  options: { readonly issuer: string; readonly random: Uint8Array; readonly nowMs: number },
): Promise<SavedLogin> {
  return await underLocks(path, async () => {
    const file = await readTokenFile(path);
    let document: JsonObject = {};
    let aside: string | undefined;
    try {
      if (file.kind === "unreadable") throw new Error(file.why);
      if (file.kind === "read") {
        if (file.json.kind === "corrupt") aside = await setAside(path, options.nowMs);
        else document = file.json.document;
      }
      const provenance = { issuer: options.issuer, clientId: CLIENT_ID };
      const ownerId = opaqueText(options.random);
      const written = withTokens(document, tokens, options.nowMs, { provenance, ownerId });
      await prepared.commit(authJsonText(written));
    } catch (thrown) {
      await prepared.discard();
      const kept = aside === undefined ? "" : `; the corrupt file is now ${aside}`;
      throw new Problem("file", `the login cannot be saved in ${path}: ${errorText(thrown)}${kept}`, {
        cause: thrown,
      });
    }
    return { setAside: aside };
  });
}

/**
 * Runs while no other program refreshes or saves. Where no lock can be had, or its holder does not let go, it runs
 * without: a person has asked for it, and every write is whole by itself.
 */
export async function underLocks<T>(path: string, run: () => Promise<T>): Promise<T> {
  const target = await targetOf(path).catch(() => path);
  const [mine, theirs] = [lockFilesOf(path), lockFilesOf(target)];
  const result = await takeLock([mine.turn, theirs.turn, mine.write, theirs.write], { waitMs: LOCK_WAIT_MS });
  try {
    return await run();
  } finally {
    if (result.kind === "held") result.lock.release();
  }
}

/** A fix as a hint: a command is to be run, a sentence stands for itself. */
export function fixHint(fix: string): string {
  return /^[a-z]/.test(fix) ? `Run "${fix}"` : fix;
}
