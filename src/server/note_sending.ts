import type { Way } from "../upstream/sending.ts";
import { isRecord } from "../wire/json.ts";
import type { Call } from "./call.ts";
import { clientName } from "./usage/client_name.ts";

/** Characters of a prompt that the page shows. */
const LENGTH = 500;

/**
 * What is called whenever a request is sent to the backend, with the way it takes: the last way is noted, and the time
 * of the first.
 *
 * @param input of its body
 * @param monotonicMs the clock of the notes
 */
export function noteSending(
  { note, settings, dialect, request }: Call,
  input: unknown,
  monotonicMs: () => number,
): (way: Way) => void {
  note.dialect = dialect.name;
  note.client = clientName(request.headers);
  if (settings["server.page_prompts"]) note.prompt = promptWords(input);
  return (way) => {
    note.way = way;
    note.sentMs ??= monotonicMs() - note.startedMs;
  };
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
