import { isRecord, type JsonObject } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";
import { badField, optionalList, optionalRecord, requiredText } from "../../ask/fields.ts";
import type { KeptThread, ThreadForm, ThreadWish } from "../dialect.ts";

/** What a thread is created with and keeps: a request that goes on leaves it out (clients.md#message-threads). */
const FIXED = ["system", "tools"] as const;

/**
 * Message threads: `{"type": "create"}` leaves the conversation here under the id of its answer, `{"type": "continue",
 * "previous_message_id": …}` goes on from an answer and brings only what is new. The tool runners and `thread()` of the
 * Anthropic SDKs work this way wherever their base URL points.
 */
export const THREADS: ThreadForm = {
  read: readWish,
  kept: (body) => ({
    fixed: Object.fromEntries(FIXED.flatMap((key) => isSaid(body[key]) ? [[key, body[key]]] : [])),
    messages: optionalList(body, "messages") ?? [],
  }),
  join(body, kept) {
    checkFixed(body, kept);
    const messages = optionalList(body, "messages");
    if (messages === undefined) throw badField("messages", undefined, "an array of messages");
    return { ...body, ...kept.fixed, messages: [...kept.messages, ...messages] };
  },
  toMessage: (answer) => ({ role: "assistant", content: answer["content"] }),
};

function readWish(body: JsonObject): ThreadWish | undefined {
  const thread = optionalRecord(body, "thread");
  if (thread === undefined) return undefined;
  const type = requiredText(thread, "type", "thread.type");
  switch (type) {
    case "create":
      return { kind: "create" };
    case "continue": {
      const previous = requiredText(thread, "previous_message_id", "thread.previous_message_id");
      return { kind: "continue", previous };
    }
    default:
      throw badField("thread.type", type, '"create" or "continue"');
  }
}

/** What a thread was created with cannot change on its way; said again in the same words it does no harm. */
function checkFixed(body: JsonObject, { fixed }: KeptThread): void {
  for (const key of FIXED) {
    const said = body[key];
    if (!isSaid(said) || canonical(said) === canonical(fixed[key])) continue;
    throw new Problem("thread_mismatch", `"${key}" differs from the one the thread was created with`, {
      param: key,
    });
  }
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The same text for values that differ only in the order of their keys. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(
    value,
    (_, part) =>
      isRecord(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0))
        : part,
  );
}
