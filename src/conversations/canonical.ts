import { sha256Hex } from "../sha256.ts";
import { isRecord, textAt } from "../wire/json.ts";
import type { InputItem } from "../wire/responses.ts";

/**
 * Conversations made comparable: what a client sends back of an answer is never letter for letter what it was. Ids,
 * status, citations and reasoning are gone, several messages are one, our own `<thinking>` block stands in front.
 */

/** One step of a conversation: what the client said, or everything the model said in one go. */
export interface Step {
  /** equal for equal steps */
  readonly key: string;
  /** made by a model: an assistant message, or calls */
  readonly isModel: boolean;
  readonly isDeveloper: boolean;
  /** the items it is made of */
  readonly start: number;
  readonly end: number;
}

/** The steps of a conversation. Items between them that no client sends back (reasoning, searches) have none. */
export function toSteps(items: readonly InputItem[]): Step[] {
  const steps: Step[] = [];
  let run: { start: number; texts: string[]; calls: string[] } | undefined;
  const close = (end: number) => {
    const text = run === undefined ? "" : cleanText(run.texts.join(""));
    if (run !== undefined && (text !== "" || run.calls.length > 0)) {
      const key = `model\n${text}\n${run.calls.join("\n")}`;
      steps.push({ key, isModel: true, isDeveloper: false, start: run.start, end });
    }
    run = undefined;
  };
  for (const [index, item] of items.entries()) {
    if (isSaid(item)) {
      close(index);
      const isDeveloper = item["role"] === "developer";
      steps.push({ key: saidKey(item), isModel: false, isDeveloper, start: index, end: index + 1 });
      continue;
    }
    run ??= { start: index, texts: [], calls: [] };
    if (item.type === "message") run.texts.push(textOf(item));
    const call = callKey(item);
    if (call !== undefined) run.calls.push(call);
  }
  close(items.length);
  return steps;
}

/** One short text for a conversation up to here. */
export function hashSteps(steps: readonly Step[]): string {
  return sha256Hex(steps.map(({ key }) => `${key.length}\n${key}\n`).join(""));
}

/** The text of a message: its parts in order, refusals too. */
export function textOf(item: InputItem): string {
  const { content } = item;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.filter(isRecord).map((part) => textAt(part, "text") ?? textAt(part, "refusal") ?? "").join(
    "",
  );
}

/** The text of an answer without the `<thinking>` block that chat answers have in front (dialects/chat/thinking.ts). */
export function withoutThinking(text: string): string {
  return text.replace(/^\s*<thinking>[\s\S]*?<\/thinking>\s*/, "");
}

function cleanText(text: string): string {
  return withoutThinking(text).trim();
}

/** True for what is not the model's: messages of others, outputs of tools, items of kinds only clients send. */
function isSaid(item: InputItem): boolean {
  if (item.type === "message") return item["role"] !== "assistant";
  return item.type.endsWith("_output") || item.type === "additional_tools";
}

function saidKey(item: InputItem): string {
  if (item.type !== "message") {
    return `${item.type}\n${item["call_id"] ?? ""}\n${JSON.stringify(item["output"])}`;
  }
  const { content } = item;
  const parts = Array.isArray(content) ? content.filter(isRecord) : [];
  const others = parts.filter((part) => part["type"] !== "input_text").map((part) => JSON.stringify(part));
  return [item["role"], textOf(item).trim(), ...others].join("\n");
}

/** Calls are known by their id; arguments come back with other white space. */
function callKey(item: InputItem): string | undefined {
  if (item.type !== "function_call" && item.type !== "custom_tool_call") return undefined;
  return textAt(item, "call_id") ?? `${item["name"]} ${item["arguments"] ?? item["input"]}`;
}
