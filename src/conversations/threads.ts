import type { KeptThread, ThreadForm } from "../dialects/dialect.ts";
import { Problem } from "../problem.ts";
import type { Change, StoreRecord } from "../store/store.ts";
import { storeCause } from "../store/store_problem.ts";
import { isRecord, type JsonObject, textAt } from "../wire/json.ts";
import { type Archive, keyOf, sessionExpiry } from "./archive.ts";

/**
 * Message threads (clients.md#message-threads). One record for each answer, under its id: the messages of its turn in
 * the client's own words, the answer last; what the thread was created with, in the first. The conversation before it
 * is that of the answers in `chain`, as with stored responses: nothing is stored twice, and two requests that go on
 * from the same answer are two branches. They live as long as sessions do: an SDK whose thread is gone sends the whole.
 */

/** A request to a thread, made whole. */
export interface OpenThread {
  /** the request as a client that keeps its conversation itself would have sent it */
  readonly body: JsonObject;
  /** what has to be written when its answer has ended well. @param answer in the dialect's own words */
  changes(answer: JsonObject): Change[];
}

/**
 * Opens the thread of a request; undefined for a request that wants none.
 *
 * Every answer that cannot be found, memory that is out of reach too, is a thread that is not there: SDKs then send
 * the whole conversation, which needs nothing of us.
 *
 * @param form of the dialect; undefined for one without threads
 * @throws Problem thread_not_found, thread_mismatch, bad_request
 */
export async function openThread(
  archive: Archive,
  owner: string,
  form: ThreadForm | undefined,
  request: JsonObject,
): Promise<OpenThread | undefined> {
  const wish = form?.read(request);
  if (form === undefined || wish === undefined) return undefined;
  const { thread: _, ...body } = request;
  switch (wish.kind) {
    case "create":
      return toThread(archive, owner, { form, chain: [], body, own: form.kept(body) });
    case "continue": {
      const { chain, kept } = await loadThread(archive, owner, wish.previous);
      const own = { fixed: {}, messages: form.kept(body).messages };
      return toThread(archive, owner, { form, chain, body: form.join(body, kept), own });
    }
    default:
      return wish satisfies never;
  }
}

interface ThreadParts {
  readonly form: ThreadForm;
  /** ids of the answers before, the oldest first */
  readonly chain: readonly string[];
  readonly body: JsonObject;
  /** what this request adds */
  readonly own: KeptThread;
}

function toThread(archive: Archive, owner: string, { form, chain, body, own }: ThreadParts): OpenThread {
  return {
    body,
    changes(answer) {
      const id = textAt(answer, "id");
      if (id === undefined) return [];
      const expiresAtMs = sessionExpiry(archive);
      return [
        {
          op: "put",
          key: keyOf("thread", owner, id),
          head: { chain, fixed: own.fixed },
          items: [...own.messages, form.toMessage(answer)].map((message) => ({ message })),
          expiresAtMs,
        },
        // A conversation that goes on keeps its beginning.
        ...chain.map((link): Change => ({ op: "touch", key: keyOf("thread", owner, link), expiresAtMs })),
      ];
    },
  };
}

async function loadThread(
  archive: Archive,
  owner: string,
  id: string,
): Promise<{ chain: string[]; kept: KeptThread }> {
  try {
    await archive.queue.settled();
    const last = await archive.store.get(keyOf("thread", owner, id));
    const before = chainOf(last);
    const records = [
      ...await archive.store.getMany(before.map((link) => keyOf("thread", owner, link))),
      last,
    ];
    const turns = records.flatMap((record) => record ?? []);
    if (turns.length < records.length) throw notFound(id);
    const fixed = turns[0]?.head["fixed"];
    return {
      chain: [...before, id],
      kept: {
        fixed: isRecord(fixed) ? fixed : {},
        messages: turns.flatMap(({ items }) => items.map(({ message }) => message)),
      },
    };
  } catch (error) {
    if (storeCause(error) === undefined) throw error;
    throw notFound(id, error);
  }
}

function chainOf(record: StoreRecord | undefined): string[] {
  const chain = record?.head["chain"];
  return Array.isArray(chain) ? chain.filter((link) => typeof link === "string") : [];
}

function notFound(id: string, cause?: unknown): Problem {
  return new Problem(
    "thread_not_found",
    `no thread is kept that ends with ${JSON.stringify(id.slice(0, 100))}`,
    {
      param: "thread.previous_message_id",
      cause,
    },
  );
}
