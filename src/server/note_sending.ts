import { isRecord } from "../wire/json.ts";
import type { Call } from "./call.ts";

/** Characters of a prompt that the page shows. */
const LENGTH = 500;

/**
 * Notes that a request is sent to the backend now.
 *
 * @param input of its body
 * @param nowMs by the clock of the notes
 */
export function noteSending({ note, settings }: Call, input: unknown, nowMs: number): void {
  note.sentMs = nowMs - note.startedMs;
  if (settings["server.page_prompts"]) note.prompt = promptWords(input);
}

/** The last words of the user in the input of a request, cut; undefined when there are none. */
function promptWords(input: unknown): string | undefined {
  if (typeof input === "string") return input.slice(0, LENGTH);
  if (!Array.isArray(input)) return undefined;
  const last: unknown = input.findLast((item: unknown) => isRecord(item) && item["role"] === "user");
  const content = isRecord(last) ? last["content"] : undefined;
  if (typeof content === "string") return content.slice(0, LENGTH);
  if (!Array.isArray(content)) return undefined;
  const texts = content.flatMap((part: unknown) =>
    isRecord(part) && typeof part["text"] === "string" ? [part["text"].slice(0, LENGTH)] : []
  );
  return texts.length === 0 ? undefined : texts.join("\n").slice(0, LENGTH);
}
