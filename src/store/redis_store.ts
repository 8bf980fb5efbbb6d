import { isRecord, type JsonObject, parseJson } from "../wire/json.ts";
import type { Problem } from "../problem.ts";
import { type Command, createRespClient, isError, readRedisUrl, type Reply, type RespPlace } from "./resp.ts";
import {
  type Change,
  KEPT_KINDS,
  type RecordHead,
  type RecordKey,
  type Store,
  type StoreLock,
  type StoreRecord,
} from "./store.ts";
import { encodeValue, storeProblem } from "./store_problem.ts";

/**
 * Records in Redis or Valkey, for several proxies that share them (`storage.url`). Keys:
 * - `ccproxy:record:KIND:OWNER:ID`, a hash: head, time of the last change, expiry;
 * - `ccproxy:items:KIND:OWNER:ID`, a list of the items;
 * - `ccproxy:index:KIND`, a sorted set of `OWNER:ID` by time of the last change, for lists;
 * - `ccproxy:lock:NAME`.
 *
 * Redis removes what has expired by itself, and its own `maxmemory` limits the size.
 */
export function openRedisStore(url: string, nowMs: () => number): Store {
  const place: RespPlace = readRedisUrl(url);
  const client = createRespClient(place);

  async function ask(commands: readonly Command[]): Promise<Reply[]> {
    const replies = await client.send(commands);
    const error = replies.find(isError);
    if (error !== undefined) throw refused(error.error);
    return replies;
  }

  async function getMany(keys: readonly RecordKey[]): Promise<(StoreRecord | undefined)[]> {
    const replies = await ask(
      keys.flatMap((key): Command[] => [headCommand(key), ["LRANGE", itemsName(key), 0, -1]]),
    );
    return keys.map((key, index) => {
      const items = texts(replies[2 * index + 1]).map(parseRecord);
      const head = toHead(key, replies[2 * index], items.length, nowMs());
      return head === undefined ? undefined : { ...head, items };
    });
  }

  async function write(changes: readonly Change[]): Promise<void> {
    const commands = changes.flatMap((change) => toCommands(change, nowMs()));
    if (commands.length === 0) return;
    const replies = await client.send([["MULTI"], ...commands, ["EXEC"]]);
    const done = replies.at(-1);
    // A command that cannot be queued (no memory left, a read-only replica) makes EXEC refuse all of them.
    const error = replies.find(isError) ?? (Array.isArray(done) ? done.find(isError) : undefined);
    if (error !== undefined) throw refused(error.error);
  }

  return {
    engine: "redis",
    shared: true,
    get: async (key) => (await getMany([key]))[0],
    async getHead(key) {
      const [head, count] = await ask([headCommand(key), ["LLEN", itemsName(key)]]);
      return toHead(key, head, Number(count), nowMs());
    },
    getMany,
    write,
    async list(kind, { owner, limit, skip = 0 }) {
      // Members whose record has expired, or is another owner's, are passed over.
      const found: RecordHead[] = [];
      for (let start = skip; found.length < limit; start += LIST_STEP) {
        const [members] = await ask([["ZREVRANGE", indexName(kind), start, start + LIST_STEP - 1]]);
        const keys = texts(members).flatMap((member) => fromMember(kind, member) ?? []);
        const wanted = keys.filter((key) => owner === undefined || key.owner === owner);
        const replies = await ask(
          wanted.flatMap((key): Command[] => [headCommand(key), ["LLEN", itemsName(key)]]),
        );
        for (const [index, key] of wanted.entries()) {
          const head = toHead(key, replies[2 * index], Number(replies[2 * index + 1]), nowMs());
          if (head !== undefined) found.push(head);
        }
        if (texts(members).length < LIST_STEP) break;
      }
      return found.slice(0, limit);
    },
    async sweep() {
      let expired = 0;
      for (const kind of INDEXED) {
        const [members] = await ask([["ZRANGE", indexName(kind), 0, SWEEP_AT_ONCE - 1]]);
        const list = texts(members);
        const keys = list.map((member) => fromMember(kind, member));
        const there = await ask(
          keys.flatMap((key): Command[] => key === undefined ? [] : [["EXISTS", recordName(key)]]),
        );
        const gone = list.filter((_, index) => there[index] === 0);
        if (gone.length > 0) await ask([["ZREM", indexName(kind), ...gone]]);
        expired += gone.length;
      }
      return { expired, evicted: 0 };
    },
    async tryLock(name, ttlMs, behind = name) {
      const token = crypto.randomUUID();
      const key = `ccproxy:lock:${name}`;
      const [taken] = await ask([["EVAL", LOCK, 2, key, `ccproxy:lock:${behind}`, token, ttlMs]]);
      if (taken !== 1) return undefined;
      const lock: StoreLock = {
        renew: async (renewedMs) => (await ask([["EVAL", RENEW, 1, key, token, renewedMs]]))[0] === 1,
        release: async () => void await ask([["EVAL", RELEASE, 1, key, token]]),
      };
      return lock;
    },
    close() {
      client.close();
      return Promise.resolve();
    },
  };
}

/** Kinds that are listed; an index for the others would only cost. */
const INDEXED: readonly string[] = ["session", "response", "conversation", "reasoning", ...KEPT_KINDS];
const LIST_STEP = 200;
const SWEEP_AT_ONCE = 1000;

const LOCK = `if redis.call("exists", KEYS[1], KEYS[2]) > 0 then return 0 end
redis.call("set", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1`;
/** Only the holder may renew or release: the lock may have run out and be somebody else's. */
const RENEW =
  `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) end return 0`;
const RELEASE =
  `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0`;

function toCommands(change: Change, nowMs: number): Command[] {
  const { key } = change;
  const [record, items] = [recordName(key), itemsName(key)];
  const indexed = INDEXED.includes(key.kind);
  switch (change.op) {
    case "delete":
      return [["DEL", record, items], ...(indexed ? [["ZREM", indexName(key.kind), memberOf(key)]] : [])];
    case "touch":
      // HSET would bring a record to life that is not there.
      return [["EVAL", TOUCH, 2, record, items, change.expiresAtMs]];
    case "put":
    case "append": {
      const values = change.items.map(encodeValue);
      return [
        ...(change.op === "put" ? [["DEL", items]] : []),
        ["HSET", record, "head", encodeValue(change.head), "updated", nowMs, "expires", change.expiresAtMs],
        ["PEXPIREAT", record, change.expiresAtMs],
        ...(values.length === 0 ? [] : [["RPUSH", items, ...values]]),
        ["PEXPIREAT", items, change.expiresAtMs],
        ...(indexed ? [["ZADD", indexName(key.kind), nowMs, memberOf(key)]] : []),
      ];
    }
  }
}

const TOUCH = `if redis.call("exists", KEYS[1]) == 1 then
  redis.call("hset", KEYS[1], "expires", ARGV[1])
  redis.call("pexpireat", KEYS[1], ARGV[1])
  redis.call("pexpireat", KEYS[2], ARGV[1])
end
return 0`;

function headCommand(key: RecordKey): Command {
  return ["HMGET", recordName(key), "head", "updated", "expires"];
}

function recordName({ kind, owner, id }: RecordKey): string {
  return `ccproxy:record:${kind}:${owner}:${id}`;
}

function itemsName({ kind, owner, id }: RecordKey): string {
  return `ccproxy:items:${kind}:${owner}:${id}`;
}

function indexName(kind: string): string {
  return `ccproxy:index:${kind}`;
}

/** Owners are hashes or nothing: the first colon ends them. */
function memberOf({ owner, id }: RecordKey): string {
  return `${owner}:${id}`;
}

function fromMember(kind: string, member: string): RecordKey | undefined {
  const colon = member.indexOf(":");
  return colon === -1 ? undefined : { kind, owner: member.slice(0, colon), id: member.slice(colon + 1) };
}

function toHead(
  key: RecordKey,
  reply: Reply | undefined,
  itemCount: number,
  nowMs: number,
): RecordHead | undefined {
  const [head, updated, expires] = Array.isArray(reply) ? reply : [];
  const expiresAtMs = Number(expires);
  if (typeof head !== "string" || expiresAtMs <= nowMs) return undefined;
  return { key, head: parseRecord(head), itemCount, updatedAtMs: Number(updated), expiresAtMs };
}

function texts(reply: Reply | undefined): string[] {
  return Array.isArray(reply) ? reply.filter((value) => typeof value === "string") : [];
}

function parseRecord(text: string): JsonObject {
  const value = parseJson(text);
  return isRecord(value) ? value : {};
}

function refused(error: string): Problem {
  return storeProblem("the server of storage.url refused", error);
}
