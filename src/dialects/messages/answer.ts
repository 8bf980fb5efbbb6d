import { isRecord, type JsonObject, listAt, textAt } from "../../wire/json.ts";
import type { ContentBlock, MessageObject } from "../../wire/anthropic.ts";
import type { ResponsesObject } from "../../wire/responses.ts";
import type { Compacted } from "../dialect.ts";
import type { Want } from "../../ask/draft.ts";
import { readCallText, readClientCall } from "../../answer/client_call.ts";
import { readUsage } from "../../answer/usage.ts";
import {
  pictureBlock,
  searchBlocks,
  thinkingBlock,
  toCitation,
  toldInMessage,
  toolUseBlock,
} from "./blocks.ts";
import { compactionBlock } from "./compaction.ts";
import { toMessageEnd } from "./stop_reason.ts";
import { toMessageUsage } from "./usage.ts";

/** What the stream and the whole of one message have in common. */
export interface MessageIdentity {
  /** `msg_…` */
  readonly id: string;
  /** as the client named it */
  readonly model: string;
  /** a compaction that comes first: the answer goes on behind it */
  readonly compacted?: Compacted | undefined;
  /** `context_management`, where the client asked for edits; else nothing */
  readonly contextManagement: { readonly context_management?: JsonObject };
}

/**
 * The message of an answer that was not streamed: one block for each item of the answer. Holds what folding the
 * events of the same answer gives.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */
export function toMessage(response: ResponsesObject, identity: MessageIdentity, want: Want): MessageObject {
  const made = response.output.flatMap((item) => toBlocks(item, want));
  const isShown = identity.compacted !== undefined || made.some(({ type }) => !THOUGHTS.has(type));
  const told = isShown ? undefined : toldInMessage(response);
  const content: ContentBlock[] = told === undefined ? made : [...made, { type: "text", text: told }];
  const count = (type: string) => content.filter((block) => block.type === type).length;
  const refusal = response.output.some((item) =>
    partsOf(item).some((part) => (textAt(part, "refusal") ?? "") !== "")
  );
  return {
    id: identity.id,
    type: "message",
    role: "assistant",
    model: identity.model,
    content: [...compactedBlock(identity), ...content],
    ...toMessageEnd(response, {
      calls: count("tool_use") > 0,
      refusal,
      compaction: count("compaction") > 0,
    }),
    usage: toMessageUsage(readUsage(response), count("server_tool_use"), identity.compacted),
    ...identity.contextManagement,
  };
}

/** Blocks that a client need not show. */
const THOUGHTS: ReadonlySet<string> = new Set(["thinking", "redacted_thinking"]);

/** The block of the compaction that an answer goes on behind, if there is one. */
export function compactedBlock({ compacted }: MessageIdentity): ContentBlock[] {
  const block = compacted === undefined ? undefined : compactionBlock(compacted.item);
  return block === undefined ? [] : [block];
}

function toBlocks(item: JsonObject, want: Want): ContentBlock[] {
  if (item["type"] === "reasoning") {
    const block = want.reasoningOutput === "none" ? undefined : thinkingBlock(item);
    return block === undefined ? [] : [block];
  }
  if (item["type"] === "message") return textBlock(item);
  const call = readClientCall(item);
  if (call === undefined) {
    const block = compactionBlock(item) ?? pictureBlock(item);
    return block === undefined ? searchBlocks(item) : [block];
  }
  const block = toolUseBlock(call, readCallText(item) ?? "", want.names);
  return block === undefined ? [] : [block];
}

/** All text of a message in one block: its parts belong together, and what a model refuses with is text here. */
function textBlock(item: JsonObject): ContentBlock[] {
  const parts = partsOf(item);
  const text = parts.map((part) => textAt(part, "text") ?? textAt(part, "refusal") ?? "").join("");
  if (text === "") return [];
  const citations = parts.flatMap((part) => listAt(part, "annotations") ?? [])
    .flatMap((annotation) => toCitation(annotation) ?? []);
  return [{ type: "text", text, ...(citations.length === 0 ? {} : { citations }) }];
}

function partsOf(item: JsonObject): JsonObject[] {
  return item["type"] === "message" ? (listAt(item, "content") ?? []).filter(isRecord) : [];
}
