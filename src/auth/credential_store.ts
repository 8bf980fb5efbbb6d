/**
 * Where the login lives: a file, or the content of an environment variable. One interface for both, with rotated
 * tokens that cannot be saved kept in memory over the content they replace.
 */
import {
  authJsonText,
  type AuthTokens,
  secretsIn,
  type TokenAuthJson,
  withTokens,
} from "../wire/auth_json.ts";
import { type LearnSecrets, readLogin } from "./read_login.ts";
import { lockFilesOf, type LockResult, takeLock } from "./lock.ts";
import {
  type PreparedFile,
  prepareTokenFile,
  readTokenFile,
  stampOf,
  targetOf,
  type TokenFile,
  type WriteBytes,
  writeTokenFile,
} from "./token_file.ts";

/** Where the credentials are: the path of a file, or the content of `CCPROXY_AUTH_JSON` itself. */
export type CredentialPlace =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "env"; readonly text: string };

/** Takes a line for the log. Never receives a token. */
export type Log = (level: "debug" | "info" | "warn" | "error", message: string) => void;

/** What the store holds at one moment. */
export interface Snapshot {
  readonly file: TokenFile;
  /** why the tokens of this snapshot are in memory only; undefined when they are saved */
  readonly unsaved: string | undefined;
}

/** The credentials at their place. */
export interface CredentialStore {
  readonly place: CredentialPlace;
  /** The current content; from memory while the file's stamp is the same. Never throws. */
  read(): Promise<Snapshot>;
  /** The current content, read anew. Never throws. */
  reread(): Promise<Snapshot>;
  /** Waits for our turn to refresh, across processes. Never throws. */
  takeTurn(waitMs: number): Promise<LockResult>;
  /** Makes a save ready, before the tokens that it shall save are asked for. Never throws. */
  prepareSave(): Promise<PreparedSave>;
}

/** Rotated tokens, kept one way or the other. */
export interface SavedTokens {
  readonly json: TokenAuthJson;
  /** why they are in memory only; undefined when they are saved */
  readonly unsaved: string | undefined;
}

/** A save of rotated tokens. One of its functions must be called. */
export interface PreparedSave {
  /**
   * Saves rotated tokens before anybody uses them, and keeps them in memory when that fails: their predecessors are
   * dead, so forgetting them would end the login. Never throws.
   */
  save(old: TokenAuthJson, tokens: AuthTokens): Promise<SavedTokens>;
  /** There is nothing to save. Never throws. */
  discard(): Promise<void>;
}

/** Name of the environment variable that holds a whole `auth.json`. */
export const AUTH_JSON_VARIABLE = "CCPROXY_AUTH_JSON";

/** Where the credentials are, in words for people: the path, or the variable. */
export function placeName(place: CredentialPlace): string {
  return place.kind === "file" ? place.path : `environment variable ${AUTH_JSON_VARIABLE}`;
}

/** The write lock is held for milliseconds; a stuck holder must not cost us the new tokens. */
const WRITE_LOCK_WAIT_MS = 5_000;
/** How often a failed save is tried again. */
const SAVE_AGAIN_MS = 30_000;
/** The file is looked at this often at most, in milliseconds; a refused token looks at once. */
const LOOK_EVERY_MS = 250;
/** A file changed this lately may change again without a new time stamp; it is read without trust in the stamp. */
const RACY_MS = 2_000;

/** @param options.writeBytes for tests: the write that fails */
export function createCredentialStore(options: {
  readonly place: CredentialPlace;
  readonly now: () => number;
  readonly log: Log;
  readonly writeBytes?: WriteBytes | undefined;
  /** told every secret before it is used */
  readonly learn?: LearnSecrets | undefined;
}): CredentialStore {
  const learn = options.learn ?? ignore;
  return options.place.kind === "env"
    ? createEnvStore(options.place, options.now, options.log, learn)
    : createFileStore(options.place, options.now, options.log, learn, options.writeBytes);
}

function createEnvStore(
  place: Extract<CredentialPlace, { kind: "env" }>,
  now: () => number,
  log: Log,
  learn: LearnSecrets,
): CredentialStore {
  const unsaved =
    `the login comes from ${AUTH_JSON_VARIABLE}, so a rotated token does not outlive this process`;
  let file: TokenFile = { kind: "read", json: readLogin(place.text, learn), modeBits: undefined };
  let rotated = false;
  const snapshot = (): Promise<Snapshot> => Promise.resolve({ file, unsaved: rotated ? unsaved : undefined });
  return {
    place,
    read: snapshot,
    reread: snapshot,
    takeTurn: () => Promise.resolve({ kind: "held", lock: { release() {} } }),
    prepareSave: () =>
      Promise.resolve({
        save(old, tokens) {
          const json = rotatedJson(old, tokens, now());
          learn(...secretsIn(json.document));
          file = { kind: "read", json, modeBits: undefined };
          if (!rotated) log("warn", unsaved);
          rotated = true;
          return Promise.resolve({ json, unsaved });
        },
        discard: () => Promise.resolve(),
      }),
  };
}

interface Prepared {
  readonly file: PreparedFile;
  readonly locks: readonly string[];
}

function createFileStore(
  place: Extract<CredentialPlace, { kind: "file" }>,
  now: () => number,
  log: Log,
  learn: LearnSecrets,
  writeBytes: WriteBytes | undefined,
): CredentialStore {
  const { path } = place;
  let cached: { readonly stamp: string; readonly file: TokenFile; readonly racy: boolean } | undefined;
  let memory: {
    readonly replacedToken: string;
    readonly json: TokenAuthJson;
    why: string;
    triedAtMs: number;
  } | undefined;
  let saidNoLock = false;
  let lookedAtMs = 0;

  async function load(trustStamp: boolean): Promise<Snapshot> {
    // Under load, looking at the file for each request was an eighth of the work of a short one. A file that gave no
    // login is looked at every time: the person who signs in does not wait.
    const isTrusted = trustStamp && cached?.file.kind === "read" && !cached.racy;
    if (isTrusted && cached !== undefined && Math.abs(now() - lookedAtMs) < LOOK_EVERY_MS) {
      return withMemory(cached.file);
    }
    lookedAtMs = now();
    const stamp = await stampOf(path);
    if (!trustStamp || cached === undefined || cached.racy || cached.stamp !== stamp) {
      const changedMs = Number(stamp.split(":")[3]);
      cached = { stamp, file: await readTokenFile(path, learn), racy: Math.abs(now() - changedMs) < RACY_MS };
    }
    return withMemory(cached.file);
  }

  /** The tokens in memory count as long as the file still holds what they replaced: a login elsewhere wins. */
  async function withMemory(file: TokenFile): Promise<Snapshot> {
    if (memory === undefined) return { file, unsaved: undefined };
    const replaced = file.kind === "read" && file.json.kind === "tokens" &&
      file.json.tokens.accessToken === memory.replacedToken;
    if (!replaced) {
      memory = undefined;
      return { file, unsaved: undefined };
    }
    if (now() - memory.triedAtMs >= SAVE_AGAIN_MS) {
      memory.triedAtMs = now();
      const { json } = memory;
      const why = await save(json);
      if (why === undefined) {
        log("info", `the rotated tokens are now saved in ${path}`);
        memory = undefined;
        return { file: { ...file, json }, unsaved: undefined };
      }
      memory.why = why;
    }
    return { file: { ...file, json: memory.json }, unsaved: memory.why };
  }

  /** @returns why it failed, or undefined */
  async function save(json: TokenAuthJson, prepared?: Prepared): Promise<string | undefined> {
    try {
      const text = authJsonText(json.document);
      if (prepared === undefined) await writeTokenFile(path, text, writeBytes);
      else await prepared.file.commit(text, () => takeWriteLock(prepared.locks));
      return undefined;
    } catch (thrown) {
      return `${path} cannot be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    }
  }

  /** Best effort: the turn keeps our own processes apart, and a rename is whole by itself. */
  async function takeWriteLock(paths: readonly string[]): Promise<() => void> {
    const result = await takeLock(paths, { waitMs: WRITE_LOCK_WAIT_MS });
    return result.kind === "held" ? result.lock.release : ignore;
  }

  async function prepareSave(): Promise<PreparedSave> {
    // What fails now is tried again with the tokens at hand; that says why.
    const locks = await lockPaths("write");
    const file = await prepareTokenFile(path, writeBytes).catch(ignore);
    const prepared = file === undefined ? undefined : { file, locks };
    return {
      async save(old, tokens) {
        const json = rotatedJson(old, tokens, now());
        learn(...secretsIn(json.document));
        const why = await save(json, prepared);
        if (why === undefined) {
          memory = undefined;
          cached = undefined;
          return { json, unsaved: undefined };
        }
        log("error", `the rotated tokens live in memory and end with this process: ${why}`);
        const replacedToken = memory?.replacedToken ?? old.tokens.accessToken;
        memory = { replacedToken, json, why, triedAtMs: now() };
        return { json, unsaved: why };
      },
      discard: () => prepared?.file.discard() ?? Promise.resolve(),
    };
  }

  /** Beside the name and, for a link, also beside its target: programs may know the file by either. */
  async function lockPaths(which: "turn" | "write"): Promise<string[]> {
    const target = await targetOf(path).catch(() => path);
    return [lockFilesOf(path)[which], lockFilesOf(target)[which]];
  }

  return {
    place,
    read: () => load(true),
    reread: () => load(false),
    async takeTurn(waitMs) {
      const result = await takeLock(await lockPaths("turn"), { waitMs });
      if (result.kind === "impossible" && !saidNoLock) {
        saidNoLock = true;
        log(
          "warn",
          `no lock can be taken beside ${path}, so other programs may refresh at the same time: ${result.why}`,
        );
      }
      return result;
    },
    prepareSave,
  };
}

function rotatedJson(old: TokenAuthJson, tokens: AuthTokens, nowMs: number): TokenAuthJson {
  return {
    kind: "tokens",
    form: "nested",
    tokens,
    lastRefreshMs: nowMs,
    statedExpiryMs: undefined,
    document: withTokens(old.document, tokens, nowMs),
  };
}

function ignore(): undefined {}
