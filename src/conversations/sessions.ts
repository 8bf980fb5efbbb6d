import { numberAt, roughLength, textAt } from "../wire/json.ts";
import type { Change, RecordHead } from "../store/store.ts";
import type { InputItem } from "../wire/responses.ts";
import { Problem } from "../problem.ts";
import { hashSteps, type Step, toSteps } from "./canonical.ts";
import { type Archive, keyOf, sessionExpiry } from "./archive.ts";
import { healItems } from "./heal_items.ts";
import { type History, NO_LINKS, type TurnFacts } from "./history.ts";
import { placeTurn } from "./place_turn.ts";
import { fromRow, storedInput, type StoredItem, toBackendInput, toRow } from "./stored_items.ts";

/**
 * Sessions (behaviour.md#sessions). Records:
 * - `session`: the conversation, one row for each item; one that nobody named also has the hash it ends with (`tip`)
 *   and its size (`bytes`), by which unnamed.ts bounds them;
 * - `trace`: that a session of this id was there and when it expires; outlives it, so that its end can be told;
 * - `trail`: for a session that nobody named, a hash of the conversation so far, by which the next request of a
 *   client that resends its history finds it.
 */

/** How long it is known that a session has expired. */
const TRACE_MS = 30 * 24 * 3_600_000;

/** A session that is open for a turn. */
export interface OpenSession extends History {
  readonly id: string;
}

/**
 * Opens the session that the client named, and waits for its running turn.
 *
 * @throws Problem session_not_found when it has expired, session_busy, or of the store
 */
export async function openNamedSession(archive: Archive, id: string, turn: TurnFacts): Promise<OpenSession> {
  const release = await lockSession(archive, turn.owner, id, turn.signal);
  try {
    await archive.queue.settled();
    const record = await archive.store.get(keyOf("session", turn.owner, id));
    if (record === undefined) await checkNotExpired(archive, id, turn);
    const remembered = (record?.items ?? []).flatMap((row) => fromRow(row) ?? []);
    const placed = placeTurn(remembered, turn.sent);
    const fresh = placed.kind === "continued" ? turn.sent.slice(placed.newFrom) : turn.sent;
    const before = placed.kind === "continued" ? toBackendInput(remembered, turn.origin, turn.names) : [];
    return {
      id,
      input: [...before, ...await turn.attach(fresh)],
      earlier: before.length,
      cacheKey: record === undefined ? undefined : textAt(record.head, "cache_key"),
      links: NO_LINKS,
      release,
      changes: ({ output, cacheKey, healings }) => {
        const healed = healItems(remembered, healings, turn.origin, turn.names);
        const isReplaced = placed.kind === "replaced" || healed !== remembered;
        const again = placed.kind === "continued" && isReplaced ? healed : [];
        const added = [...again, ...storedInput(fresh, turn.names), ...output];
        return [
          saveSession(archive, turn, { id, record, added, isReplaced, cacheKey, tip: undefined }),
          saveTrace(archive, turn.owner, id),
        ];
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Opens a session for a request that names none: the one whose conversation the client has sent whole, or a new one.
 * Never waits: while that session has a running turn, this is a new one.
 */
export async function openOwnSession(archive: Archive, turn: TurnFacts): Promise<OpenSession> {
  const steps = toSteps(turn.sent);
  const last = steps.findLastIndex((step) => step.isModel);
  const found = last === -1 ? undefined : await findByTrail(archive, turn.owner, steps.slice(0, last + 1));
  const id = found?.record.key.id ?? `sess_${archive.newId()}`;
  const release = found?.release ?? archive.locks.takeNew(lockName(turn.owner, id));
  const known = found === undefined ? 0 : steps[last]?.end ?? 0;
  const input = await attachOrRelease(turn, release);
  return {
    id,
    input,
    earlier: 0,
    cacheKey: found === undefined ? undefined : textAt(found.record.head, "cache_key"),
    links: NO_LINKS,
    release,
    changes: ({ output, cacheKey }) => {
      const added = [...storedInput(turn.sent.slice(known), turn.names), ...output];
      const tip = hashSteps(toSteps([...turn.sent, ...output.map(({ item }) => item)]));
      const saved = { id, record: found?.record, added, isReplaced: false, cacheKey, tip };
      const before = found === undefined ? undefined : textAt(found.record.head, "tip");
      return [
        saveSession(archive, turn, saved),
        {
          op: "put",
          key: keyOf("trail", turn.owner, tip),
          head: { session: id },
          items: [],
          expiresAtMs: sessionExpiry(archive),
        },
        ...(before === undefined || before === tip
          ? []
          : [{ op: "delete" as const, key: keyOf("trail", turn.owner, before) }]),
      ];
    },
  };
}

async function attachOrRelease(turn: TurnFacts, release: () => void): Promise<readonly InputItem[]> {
  try {
    return await turn.attach(turn.sent);
  } catch (error) {
    release();
    throw error;
  }
}

/** Waits for the running turn of a session and keeps others out. @throws Problem session_busy */
export function lockSession(
  archive: Archive,
  owner: string,
  id: string,
  signal: AbortSignal,
): Promise<() => void> {
  const waitMs = archive.settings()["limits.session_wait_seconds"] * 1000;
  return archive.locks.take(lockName(owner, id), { waitMs, signal });
}

function lockName(owner: string, id: string): string {
  return `session ${owner} ${id}`;
}

/** What deletes a session without a trace. */
export function deleteSession(owner: string, id: string, head: RecordHead | undefined): Change[] {
  const tip = head === undefined ? undefined : textAt(head.head, "tip");
  return [
    { op: "delete", key: keyOf("session", owner, id), erase: true },
    { op: "delete", key: keyOf("trace", owner, id) },
    ...(tip === undefined ? [] : [{ op: "delete" as const, key: keyOf("trail", owner, tip) }]),
  ];
}

/** The problem of a session id that means nothing, or no longer anything. */
export async function missingSession(archive: Archive, owner: string, id: string): Promise<Problem> {
  const trace = await archive.store.getHead(keyOf("trace", owner, id));
  const expiredAtMs = trace === undefined ? undefined : numberAt(trace.head, "expires_ms");
  if (expiredAtMs === undefined || expiredAtMs > archive.nowMs()) {
    return new Problem("session_not_found", `there is no session ${JSON.stringify(id)}`);
  }
  const hours = archive.settings()["storage.session_ttl_hours"];
  return new Problem(
    "session_not_found",
    `session ${JSON.stringify(id)} expired at ${
      new Date(expiredAtMs).toISOString()
    }, idle for more than ${hours} h`,
    { hint: "To start anew, leave the session id out, use another one, or DELETE this one" },
  );
}

/**
 * An expired id is refused, because what the client takes for known is gone. A request that brings the conversation
 * itself needs nothing of it: it begins the session again.
 */
async function checkNotExpired(archive: Archive, id: string, turn: TurnFacts): Promise<void> {
  const trace = await archive.store.getHead(keyOf("trace", turn.owner, id));
  if (trace === undefined || toSteps(turn.sent).some((step) => step.isModel)) return;
  throw await missingSession(archive, turn.owner, id);
}

interface FoundSession {
  readonly record: RecordHead;
  readonly release: () => void;
}

/** The session whose conversation is exactly these steps, if it has no running turn. */
async function findByTrail(
  archive: Archive,
  owner: string,
  steps: readonly Step[],
): Promise<FoundSession | undefined> {
  await archive.queue.settled();
  const tip = hashSteps(steps);
  const trail = await archive.store.getHead(keyOf("trail", owner, tip));
  const id = trail === undefined ? undefined : textAt(trail.head, "session");
  const release = id === undefined ? undefined : await archive.locks.takeFree(lockName(owner, id));
  if (id === undefined || release === undefined) return undefined;
  try {
    const record = await archive.store.getHead(keyOf("session", owner, id));
    if (record !== undefined && record.head["tip"] === tip) return { record, release };
    release();
    return undefined;
  } catch (error) {
    release();
    throw error;
  }
}

interface SavedTurn {
  readonly id: string;
  readonly record: RecordHead | undefined;
  readonly added: readonly StoredItem[];
  /** the conversation is what the client brought, and not what was kept before */
  readonly isReplaced: boolean;
  readonly cacheKey: string;
  readonly tip: string | undefined;
}

function saveSession(archive: Archive, turn: TurnFacts, saved: SavedTurn): Change {
  const before = saved.record?.head ?? {};
  const rows = saved.added.map(toRow);
  return {
    op: saved.isReplaced ? "put" : "append",
    key: keyOf("session", turn.owner, saved.id),
    head: {
      created_ms: numberAt(before, "created_ms") ?? archive.nowMs(),
      turns: (numberAt(before, "turns") ?? 0) + 1,
      cache_key: saved.cacheKey,
      model: turn.origin.model,
      title: textAt(before, "title") ?? titleOf(saved.added),
      ...(saved.tip === undefined ? {} : {
        tip: saved.tip,
        bytes: (numberAt(before, "bytes") ?? 0) + roughLength(rows),
      }),
    },
    items: rows,
    expiresAtMs: sessionExpiry(archive),
  };
}

function saveTrace(archive: Archive, owner: string, id: string): Change {
  const expiresAtMs = sessionExpiry(archive);
  return {
    op: "put",
    key: keyOf("trace", owner, id),
    head: { expires_ms: expiresAtMs },
    items: [],
    expiresAtMs: expiresAtMs + TRACE_MS,
  };
}

/** The opening words of the user, to tell sessions apart in a list. */
function titleOf(items: readonly StoredItem[]): string {
  const first = items.find(({ item }) => item.type === "message" && item["role"] === "user");
  return first === undefined ? "" : firstWords(first.item);
}

function firstWords(item: InputItem): string {
  const { content } = item;
  const part = Array.isArray(content) ? content[0] : undefined;
  const text = typeof content === "string" ? content : typeof part?.text === "string" ? part.text : "";
  // Cut first: the text may have millions of words, which kept everybody waiting for seconds.
  const line = text.trimStart().slice(0, 1000).replaceAll(/\s+/g, " ").trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
