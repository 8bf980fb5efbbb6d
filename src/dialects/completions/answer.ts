import { isRecord, listAt, textAt } from "../../wire/json.ts";
import type { CompletionChoice, TextCompletion } from "../../wire/completions.ts";
import type { ResponsesObject } from "../../wire/responses.ts";
import type { Want } from "../../ask/draft.ts";
import { cutReason } from "../../answer/cut_reason.ts";
import { toldInstead } from "../../answer/told_instead.ts";
import { readUsage } from "../../answer/usage.ts";
import { toCompletionUsage } from "./usage.ts";

/** What all chunks and the answer of one completion have in common. */
export interface CompletionIdentity {
  /** `cmpl-…` */
  readonly id: string;
  /** Unix time in seconds */
  readonly created: number;
  /** as the client named it */
  readonly model: string;
}

/** The prompt where `echo` asks for it in front of the answer, else "". */
export function echoOf(want: Want): string {
  return textAt(want.echo, "prompt") ?? "";
}

/** An answer, or a chunk, with this choice; without one it is the chunk of the usage. */
export function toTextCompletion(
  identity: CompletionIdentity,
  choice: { text: string; finish_reason: CompletionChoice["finish_reason"] } | undefined,
): TextCompletion {
  return {
    id: identity.id,
    object: "text_completion",
    created: identity.created,
    model: identity.model,
    choices: choice === undefined ? [] : [{
      text: choice.text,
      index: 0,
      logprobs: null,
      finish_reason: choice.finish_reason,
    }],
  };
}

/** Items that are told as text, or that nobody misses once there is something to read. */
const CARRIED: ReadonlySet<string> = new Set(["message", "reasoning"]);

/** The text of a completion that would otherwise be empty; undefined where nothing is missed. */
export function toldInCompletion(response: ResponsesObject): string | undefined {
  return toldInstead(response.output.map(({ type }) => type), "Completions", CARRIED);
}

/**
 * The completion of an answer that was not streamed: all text of the model, and what it refused with. Reasoning has no
 * place in this API.
 */
export function toCompletion(
  response: ResponsesObject,
  identity: CompletionIdentity,
  want: Want,
): TextCompletion {
  const text = response.output.filter((item) => item.type === "message")
    .flatMap((item) => listAt(item, "content") ?? [])
    .map((part) => (isRecord(part) ? textAt(part, "text") ?? textAt(part, "refusal") ?? "" : ""))
    .join("");
  const told = text === "" ? toldInCompletion(response) ?? "" : text;
  const finish_reason = cutReason(response["incomplete_details"]) ?? "stop";
  return {
    ...toTextCompletion(identity, { text: echoOf(want) + told, finish_reason }),
    usage: toCompletionUsage(readUsage(response)),
  };
}
