import { isRecord, type JsonObject } from "../wire/json.ts";
import type { InputItem } from "../wire/responses.ts";
import { ITEMS, PARTS } from "./item_keys.ts";

/** What decides about the items of a request. */
export interface SentOptions {
  /** false for a request without namespaces: then the key on a call is refused (translation.md#t108) */
  readonly keepNamespaces: boolean;
  /** hears of each type of item or part that is left out because no row knows it */
  readonly onLeftOut: (type: string) => void;
}

const ITEM_ROWS = new Map(Object.entries(ITEMS).map(([type, row]) => [type, toRow(row.keys, row.parts)]));
const PART_ROWS = new Map(Object.entries(PARTS).map(([type, keys]) => [type, toRow(keys)]));

/**
 * Items as they are sent: each one built from the keys of its row in {@linkcode ITEMS}, without those that are null.
 *
 * References are left out, and reasoning without its encrypted content: the backend stores nothing and answers 404
 * "Item with id 'rs_…' not found" (translation.md#t22, #t23). An item or part of a type without a row is left out and
 * told: reading has refused it from a client, so it is from an earlier answer.
 *
 * @returns a new list; items that need no change are the same objects
 */
export function toSentItems(input: readonly InputItem[], options: SentOptions): InputItem[] {
  return input.flatMap((item): InputItem[] => {
    if (item.type === "item_reference") return [];
    if (item.type === "reasoning" && typeof item["encrypted_content"] !== "string") return [];
    const row = ITEM_ROWS.get(item.type);
    if (row === undefined) {
      options.onLeftOut(item.type);
      return [];
    }
    const picked = withKeys(item, row.keys, options.keepNamespaces ? undefined : "namespace");
    const sent = picked === item ? item : { ...picked, type: item.type };
    const parts = row.parts === undefined ? undefined : sent[row.parts];
    if (row.parts === undefined || !Array.isArray(parts) || parts.length === 0) return [sent];
    const sentParts = parts.flatMap((part) => toSentPart(part, options.onLeftOut));
    if (sentParts.length === parts.length && sentParts.every((part, index) => part === parts[index])) {
      return [sent];
    }
    return item.type === "message" && sentParts.length === 0 ? [] : [{ ...sent, [row.parts]: sentParts }];
  });
}

function toSentPart(part: unknown, onLeftOut: (type: string) => void): JsonObject[] {
  const type = isRecord(part) ? part["type"] : undefined;
  const row = typeof type === "string" ? PART_ROWS.get(type) : undefined;
  if (!isRecord(part) || row === undefined) {
    onLeftOut(String(type));
    return [];
  }
  return [withKeys(part, row.keys)];
}

/** The object with these of its members, but for one and those that are null; itself when it has no others. */
function withKeys(from: JsonObject, keys: ReadonlySet<string>, without?: string): JsonObject {
  const isTaken = (key: string) => keys.has(key) && key !== without && from[key] !== null;
  let isWhole = true;
  for (const key in from) isWhole &&= isTaken(key);
  if (isWhole) return from;
  const sent: JsonObject = {};
  for (const key in from) if (isTaken(key)) sent[key] = from[key];
  return sent;
}

function toRow(keys: readonly string[], parts?: string): { keys: ReadonlySet<string>; parts?: string } {
  return { keys: new Set(["type", ...keys]), ...(parts === undefined ? {} : { parts }) };
}
