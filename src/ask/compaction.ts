import type { InputItem } from "../wire/responses.ts";
import { type Draft, UNSAID_WANT } from "./draft.ts";

/** The draft of the request that only compacts: its answer has neither a form nor a limit of the client's. */
export function toCompaction(draft: Draft): Draft {
  const { names } = draft.want;
  return {
    ...draft,
    toolChoice: undefined,
    sent: { ...draft.sent, text: undefined },
    want: { ...UNSAID_WANT, names, compacts: true, reasoningOutput: "none" },
  };
}

/**
 * What the user said last, where the conversation ends with it: it stands behind the compaction once more, so that the
 * model answers these words and not a summary of them. Results of tools are nothing without their calls.
 */
export function lastWords(input: readonly InputItem[]): InputItem[] {
  const isUser = (item: InputItem) => item.type === "message" && item["role"] === "user";
  return input.slice(input.findLastIndex((item) => !isUser(item)) + 1);
}
