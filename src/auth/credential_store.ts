/**
 * Where the login lives: a file, or the content of an environment variable. One interface for all, with rotated
 * tokens that cannot be saved kept in memory over the content they replace.
 */
import { ignore } from "../ignore.ts";
import type { Log } from "../log.ts";
import { authJsonText, type AuthTokens, secretsIn, type TokenAuthJson } from "../wire/auth_json.ts";
import type { CredentialPlace } from "./credential_place.ts";
import { createEnvironmentStore } from "./environment_store.ts";
import { lockFilesOf, type LockResult, takeLock } from "./lock.ts";
import { type PreparedFile, type PrepareOptions, prepareTokenFile } from "./prepare_write.ts";
import type { LearnSecrets } from "./read_login.ts";
import { LOST, rotatedJson } from "./rotated_tokens.ts";
import { type SaveFault, saveFaultOf } from "./save_fault.ts";
import type { WriteBytes } from "./temporary_file.ts";
import { readTokenFile, stampOf, targetOf, type TokenFile } from "./token_file.ts";

/** What the store holds at one moment. */
export interface Snapshot {
  readonly file: TokenFile | UnprovenToken;
  /** why the tokens of this snapshot are in memory only; undefined when they are saved */
  readonly unsaved: string | undefined;
}

/** An access token of the environment that cannot be used, or not yet: the issuer says no, or says nothing. */
export interface UnprovenToken {
  readonly kind: "refused" | "unavailable";
  /** one sentence without a full stop */
  readonly why: string;
  /** what to do, one sentence without a full stop */
  readonly fix: string;
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
  /**
   * Proves that new tokens can be saved, and makes the save ready, before the tokens are asked for: what they are
   * bought with works once. Never throws.
   */
  prepareSave(): Promise<PreparedSave>;
  /** Proves that new tokens could be saved, and leaves everything as it was. @returns what stands against it */
  proveSave(): Promise<SaveFault | undefined>;
  /** What the last proof found; undefined when it found nothing, and before the first one. */
  fault(): SaveFault | undefined;
  /** The last attempt to save what is in memory only, before the process ends. Never throws. */
  saveAtEnd(): Promise<void>;
}

/** Rotated tokens, kept one way or the other. */
export interface SavedTokens {
  readonly json: TokenAuthJson;
  /** why they are in memory only; undefined when they are saved */
  readonly unsaved: string | undefined;
}

/** A save of rotated tokens. One of its functions must be called. */
export interface PreparedSave {
  /** why the tokens cannot be saved; undefined when that is certain to work */
  readonly fault: SaveFault | undefined;
  /**
   * Saves rotated tokens before anybody uses them, and keeps them in memory when that fails: their predecessors are
   * dead, so forgetting them would end the login. Never throws.
   */
  save(old: TokenAuthJson, tokens: AuthTokens): Promise<SavedTokens>;
  /** There is nothing to save. Never throws. */
  discard(): Promise<void>;
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
  readonly place: Exclude<CredentialPlace, { kind: "token" }>;
  readonly now: () => number;
  readonly log: Log;
  readonly writeBytes?: WriteBytes | undefined;
  /** told every secret before it is used */
  readonly learn?: LearnSecrets | undefined;
}): CredentialStore {
  const learn = options.learn ?? ignore;
  return options.place.kind === "env"
    ? createEnvironmentStore(options.place, options.now, options.log, learn)
    : createFileStore(options.place, options.now, options.log, learn, options.writeBytes);
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
  let fault: SaveFault | undefined;
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
    if (!holds(file, memory.replacedToken)) {
      memory = undefined;
      return { file, unsaved: undefined };
    }
    const { json } = memory;
    if (now() - memory.triedAtMs >= SAVE_AGAIN_MS) {
      memory.triedAtMs = now();
      await saveMemory(0);
      if (memory === undefined) return await load(false);
    }
    return { file: { ...file, json }, unsaved: memory.why };
  }

  function holds(file: TokenFile, accessToken: string): file is Extract<TokenFile, { kind: "read" }> {
    return file.kind === "read" && file.json.kind === "tokens" &&
      file.json.tokens.accessToken === accessToken;
  }

  /** Saves what is in memory only, unless another program has written or is about to: nobody's login is overwritten. */
  async function saveMemory(waitMs: number): Promise<void> {
    const turn = await takeLock(await lockPathsOf(path, "turn"), { waitMs });
    try {
      if (memory === undefined || turn.kind === "busy") return;
      const { replacedToken, json } = memory;
      if (!holds(await readTokenFile(path), replacedToken)) return void (memory = undefined);
      const why = await save(json, await prepare({ room: "open" }));
      if (why === undefined) {
        log("info", `the rotated tokens are now saved in ${path}`);
        memory = undefined;
        cached = undefined;
      } else memory.why = why;
    } finally {
      if (turn.kind === "held") turn.lock.release();
    }
  }

  /** Never throws; what stands against it is kept for {@linkcode CredentialStore.fault}. */
  async function prepare(options: PrepareOptions): Promise<Prepared | undefined> {
    try {
      const locks = await lockPathsOf(path, "write");
      const file = await prepareTokenFile(path, { ...options, write: writeBytes });
      fault = undefined;
      return { file, locks };
    } catch (thrown) {
      fault = saveFaultOf(place, thrown);
      return undefined;
    }
  }

  /** @returns why it failed, or undefined */
  async function save(json: TokenAuthJson, prepared: Prepared | undefined): Promise<string | undefined> {
    if (prepared === undefined) return fault?.why ?? `${path} cannot be written`;
    try {
      await prepared.file.commit(authJsonText(json.document), () => takeWriteLock(prepared.locks));
      return undefined;
    } catch (thrown) {
      fault = saveFaultOf(place, thrown);
      return fault.why;
    }
  }

  /** Best effort: the turn keeps our own processes apart, and a rename is whole by itself. */
  async function takeWriteLock(paths: readonly string[]): Promise<() => void> {
    const result = await takeLock(paths, { waitMs: WRITE_LOCK_WAIT_MS });
    return result.kind === "held" ? result.lock.release : ignore;
  }

  async function prepareSave(): Promise<PreparedSave> {
    const prepared = await prepare({});
    return {
      fault,
      async save(old, tokens) {
        const json = rotatedJson(old, tokens, now());
        learn(...secretsIn(json.document));
        const why = await save(json, prepared ?? await prepare({ room: "open" }));
        if (why === undefined) {
          memory = undefined;
          cached = undefined;
          return { json, unsaved: undefined };
        }
        log("error", `the rotated tokens live in memory until they can be saved: ${why}`);
        const replacedToken = memory?.replacedToken ?? old.tokens.accessToken;
        memory = { replacedToken, json, why, triedAtMs: now() };
        return { json, unsaved: why };
      },
      discard: () => prepared?.file.discard() ?? Promise.resolve(),
    };
  }

  return {
    place,
    read: () => load(true),
    reread: () => load(false),
    async takeTurn(waitMs) {
      const result = await takeLock(await lockPathsOf(path, "turn"), { waitMs });
      if (result.kind === "impossible" && !saidNoLock) {
        saidNoLock = true;
        log(
          "warn",
          `no lock can be taken next to ${path}, so other programs may refresh at the same time: ${result.why}`,
        );
      }
      return result;
    },
    prepareSave,
    async proveSave() {
      await (await prepare({ room: "look" }))?.file.discard();
      return fault;
    },
    fault: () => fault,
    async saveAtEnd() {
      if (memory === undefined) return;
      await saveMemory(WRITE_LOCK_WAIT_MS);
      if (memory !== undefined) log("error", `the refreshed login is lost: ${memory.why}; ${LOST}`);
    },
  };
}

/** Next to the name and, for a link, also next to its target: programs may know the file by either. */
async function lockPathsOf(path: string, which: "turn" | "write"): Promise<string[]> {
  const target = await targetOf(path).catch(() => path);
  return [lockFilesOf(path)[which], lockFilesOf(target)[which]];
}
