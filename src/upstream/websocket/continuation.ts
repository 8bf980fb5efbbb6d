import { sha256Hex } from "../../sha256.ts";
import { isRecord, type JsonObject, textAt } from "../../wire/json.ts";
import type { InputItem } from "../../wire/responses.ts";

/**
 * What a socket of the backend remembers: its last response and what led to it (websocket.md#chain). Items are kept as
 * fingerprints, so that a long conversation costs some bytes for each of them.
 */
export interface Chain {
  readonly responseId: string;
  /** of the input, then of the output */
  readonly items: readonly string[];
  /** of everything else in the request */
  readonly rest: string;
}

/** How a request goes on where the socket stands. */
export interface Continuation {
  readonly previousResponseId: string;
  /** the index of the first item of `input` that is sent */
  readonly newFrom: number;
}

/** The body of a request: the keys of the POST. */
export type CreateBody = JsonObject & { readonly input: readonly InputItem[] };

/** Keys that may differ between two turns of one chain: they say nothing to the model. */
const FREE_KEYS: ReadonlySet<string> = new Set(["input", "client_metadata"]);

/** A request as it is compared. */
export interface AskedKeys {
  /** of each item of `input`; undefined for one that cannot be compared */
  readonly items: readonly (string | undefined)[];
  readonly rest: string;
}

/** Makes a request comparable. Costs some milliseconds for each megabyte. */
export function keysOf(body: CreateBody): AskedKeys {
  const rest = Object.entries(body).filter(([key, value]) => !FREE_KEYS.has(key) && value !== undefined);
  return { items: body.input.map(itemKey), rest: sha256Hex(canonicalJson(Object.fromEntries(rest))) };
}

/**
 * The chain after a response that was completed; undefined when input or output holds something that no request can
 * name again, so that nobody could tell whether it is known.
 *
 * @param output a key of each item, by {@linkcode itemKey}
 */
export function chainAfter(
  asked: AskedKeys,
  responseId: string,
  output: readonly (string | undefined)[],
): Chain | undefined {
  const items: string[] = [];
  for (const key of [...asked.items, ...output]) {
    if (key === undefined) return undefined;
    items.push(key);
  }
  return { responseId, items, rest: asked.rest };
}

/**
 * How a request goes on, when everything but `input` is equal, and the input begins with all that the socket knows and
 * has more; undefined otherwise, and the whole has to be sent. Reasoning counts as well: a client that leaves it out
 * gets an answer without it, as over POST.
 */
export function continuationOf(known: Chain | undefined, asked: AskedKeys): Continuation | undefined {
  if (known === undefined || asked.rest !== known.rest || asked.items.length <= known.items.length) {
    return undefined;
  }
  if (known.items.some((key, index) => key !== asked.items[index])) return undefined;
  return { previousResponseId: known.responseId, newFrom: known.items.length };
}

/** Equal for an item and for what a client makes of it when it sends it back; undefined for what it cannot send back. */
export function itemKey(item: JsonObject): string | undefined {
  const normal = normalItem(item);
  if (normal === undefined) return undefined;
  // Clients write nothing where the backend wrote null.
  const present = Object.entries(normal).filter(([, value]) => value !== null && value !== undefined);
  return sha256Hex(canonicalJson(Object.fromEntries(present)));
}

/** What the model sees of an item: without ids, states and notes about the output. */
function normalItem(item: JsonObject): JsonObject | undefined {
  const { id: _, status: __, ...rest } = item;
  switch (item["type"]) {
    case "message":
      return { ...rest, content: normalContent(item) };
    case "reasoning": {
      const encrypted = textAt(item, "encrypted_content");
      return encrypted === undefined ? undefined : { type: "reasoning", encrypted_content: encrypted };
    }
    case "function_call":
    case "custom_tool_call":
    case "function_call_output":
    case "custom_tool_call_output":
      return rest;
    default:
      // Of hosted tools it is not known what the backend takes for the same: their ids and states stay.
      return item;
  }
}

function normalContent(item: JsonObject): unknown {
  const { content } = item;
  // A text alone is short for one part of the kind that fits the role.
  if (typeof content === "string") {
    return [{ type: item["role"] === "assistant" ? "output_text" : "input_text", text: content }];
  }
  if (!Array.isArray(content)) return content;
  return content.map((part) => {
    if (!isRecord(part) || part["type"] !== "output_text") return part;
    const { annotations: _, logprobs: __, ...rest } = part;
    return rest;
  });
}

/** JSON with sorted keys. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, part) =>
      isRecord(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1)) : part,
  );
}
