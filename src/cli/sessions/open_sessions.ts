import { databaseFile } from "../../config/paths.ts";
import { Problem } from "../../problem.ts";
import { openStore } from "../../store/open_store.ts";
import type { RecordHead, Store } from "../../store/store.ts";
import { isRecord } from "../../wire/json.ts";
import type { Context } from "../context.ts";
import { answerOf, askServer, silenceOf } from "../running_server.ts";
import type { World } from "../world.ts";

/** A running proxy answers at once, unless a turn of the session is running. */
const SERVER_TIMEOUT_MS = 10_000;

/** What is said where nothing is on disk. */
export interface Without {
  readonly text: string;
  readonly hint: string;
}

/**
 * Works on the store of the settings; the sessions of all keys are seen, since whoever runs the command can read the
 * file anyway.
 *
 * @throws Problem config when there is nothing on disk to work on, memory_unavailable
 */
export async function withStore<T>(
  world: World,
  context: Context,
  work: (store: Store) => Promise<T>,
  without: Without = {
    text: "sessions only exist inside the running proxy",
    hint: "Ask the proxy itself: GET /codex/sessions",
  },
): Promise<T> {
  const { settings, place } = context;
  if (!settings["storage.enabled"] && settings["storage.url"] === "") {
    throw new Problem("config", `"storage.enabled" is false: ${without.text}`, {
      param: "storage.enabled",
      hint: without.hint,
    });
  }
  const store = openStore(
    {
      enabled: true,
      path: () => databaseFile(place, settings["storage.path"]),
      url: settings["storage.url"],
    },
    () => world.now(),
  );
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The session with this id; of several owners the one used last. @throws Problem session_not_found */
export async function findSession(store: Store, id: string): Promise<RecordHead> {
  const heads = await store.list("session", { limit: Number.MAX_SAFE_INTEGER });
  const found = heads.find(({ key }) => key.id === id);
  if (found === undefined) {
    throw new Problem("session_not_found", `there is no session ${JSON.stringify(id)}`, {
      hint: 'Run "ccproxy sessions list" to see the sessions',
    });
  }
  return found;
}

/**
 * Lets the running proxy delete sessions: it waits for the session's running turn, which would bring it back. Where it
 * gives no answer it is asked no more, and a warning says why.
 *
 * @returns a function of the session's id; false when no proxy of this user runs, or it does not have the session
 */
export function createServerDelete(world: World, { settings }: Context): (id: string) => Promise<boolean> {
  let given = true;
  return async (id) => {
    if (!given) return false;
    const path = `/codex/sessions/${encodeURIComponent(id)}`;
    const told = await askServer(world, settings, path, { method: "DELETE", timeoutMs: SERVER_TIMEOUT_MS });
    const silence = silenceOf(told);
    if (silence !== undefined) {
      world.err(`Warning: ${silence}; a turn that runs there may bring a deleted session back\n`);
    }
    given = told.kind === "answer" && silence === undefined;
    const answer = answerOf(told);
    return isRecord(answer) && answer["deleted"] === true;
  };
}
