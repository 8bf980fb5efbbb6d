import { isRecord, type JsonObject, recordAt, textAt } from "../../wire/json.ts";
import type { InputItem } from "../../wire/responses.ts";
import { pictureItem } from "../../answer/picture.ts";
import { Problem } from "../../problem.ts";
import { messageItem, textPart } from "../../ask/content.ts";
import { badField, optionalText, requiredText } from "../../ask/fields.ts";
import type { NameMap } from "../../ask/names.ts";
import { readParts } from "./parts.ts";
import { isCompaction, readCompaction, readServerBlock } from "./server_blocks.ts";
import { fromSignature } from "./signature.ts";
import { isToolChange } from "./tool_changes.ts";

/**
 * Messages of Anthropic's API as input items of the Responses API, in the same order and with all their text.
 *
 * A message holds blocks of several kinds where the Responses API has items: text, images and documents stay together
 * as far as nothing stands between them; calls, their results and reasoning become items of their own.
 *
 * @throws Problem bad_request or unsupported_parameter naming the block
 */
export function toInputItems(messages: readonly unknown[], names: NameMap): InputItem[] {
  // What was compacted is told by the block: the messages before the last one of them are not read again.
  const first = Math.max(0, messages.findLastIndex(hasCompaction));
  const lastUser = messages.findLastIndex((message) => isRecord(message) && message["role"] === "user");
  return messages.slice(first).flatMap((message, offset) => {
    const index = first + offset;
    const param = `messages[${index}]`;
    if (!isRecord(message)) throw badField(param, message, "an object");
    const role = requiredText(message, "role", `${param}.role`);
    const { content } = message;
    switch (role) {
      case "user":
        return readUser(toBlocks(content, `${param}.content`), `${param}.content`, names);
      case "assistant":
        return readAssistant(toBlocks(content, `${param}.content`), `${param}.content`, names);
      case "system":
      case "developer":
        return readSystemMessage(message, param, index < lastUser);
      default:
        throw badField(`${param}.role`, role, '"user", "assistant" or "system"');
    }
  });
}

function hasCompaction(message: unknown): boolean {
  const content = isRecord(message) ? message["content"] : undefined;
  return Array.isArray(content) && content.some(isCompaction);
}

/** Instructions at their place. One may hold only an effort, or changes of the tools, which are read elsewhere. */
function readSystemMessage(message: JsonObject, param: string, isPast: boolean): InputItem[] {
  const { content } = message;
  const isSilent = (content === undefined || content === null) && isRecord(message["output_config"]);
  if (isSilent || (isPast && message["clear_at"] === "next_user_message")) return [];
  const parts = toBlocks(content, `${param}.content`).flatMap((block, at) =>
    isToolChange(block) ? [] : readParts(block, `${param}.content[${at}]`)
  );
  return messageItem("developer", parts);
}

/**
 * The system prompt as one text; undefined when there is none. Marks for the cache mean nothing here: it works by
 * itself.
 *
 * @throws Problem bad_request
 */
export function readSystem(system: unknown): string | undefined {
  if (system === undefined || system === null) return undefined;
  const texts = toBlocks(system, "system").map((block, index) =>
    withoutBilling(requiredText(block, "text", `system[${index}].text`))
  );
  const text = texts.filter((part) => part !== "").join("\n\n");
  return text === "" ? undefined : text;
}

/**
 * Claude Code (2.1.36 and later) puts a line of billing data in front of its system prompt, with a number that is new
 * for each request: it says nothing to a model and would keep the backend's prompt cache from ever matching.
 *
 * @see https://github.com/anthropics/claude-code/issues/24168
 */
function withoutBilling(text: string): string {
  return text.replace(/^x-anthropic-billing-header:[^\n]*\n*/, "");
}

/** Content as a list of blocks: a text is one block. */
function toBlocks(content: unknown, param: string): JsonObject[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw badField(param, content, "a string or an array of blocks");
  return content.map((block, index) => {
    if (!isRecord(block)) throw badField(`${param}[${index}]`, block, "an object");
    return block;
  });
}

function readUser(blocks: readonly JsonObject[], param: string, names: NameMap): InputItem[] {
  let items: InputItem[] = [];
  let parts: JsonObject[] = [];
  const close = () => {
    items.push(...messageItem("user", parts));
    parts = [];
  };
  for (const [index, block] of blocks.entries()) {
    const at = `${param}[${index}]`;
    if (block["type"] === "tool_result") {
      close();
      items.push(readToolResult(block, at));
    } else if (isCompaction(block)) {
      parts = [];
      items = readCompaction(block);
    } else if (!isToolChange(block)) {
      const done = readServerBlock(block, at, names);
      if (done === undefined) {
        parts.push(...readParts(block, at));
        continue;
      }
      close();
      items.push(...done);
    }
  }
  close();
  if (blocks.length > 0 && blocks.every(isToolChange)) return [];
  // A turn of the user is a turn even when it says nothing.
  return items.length > 0 ? items : [{ type: "message", role: "user", content: [textPart("", "user")] }];
}

/** The backend has no mark for a failed call, so the output says it. */
const FAILED = "The tool reported an error:\n";

function readToolResult(block: JsonObject, param: string): InputItem {
  const { content } = block;
  const parts = content === undefined || content === null
    ? []
    : toBlocks(content, `${param}.content`).flatMap((part, at) => readParts(part, `${param}.content[${at}]`));
  const all = block["is_error"] === true ? [textPart(FAILED, "user"), ...parts] : parts;
  const texts = all.map((part) => textAt(part, "text"));
  const onlyText = texts.every((text) => text !== undefined);
  return {
    type: "function_call_output",
    call_id: requiredText(block, "tool_use_id", `${param}.tool_use_id`),
    output: onlyText && (parts.length < 2 || content === undefined) ? texts.join("") : all,
  };
}

/** Marks for Anthropic's own server, which it never shows to a model. */
const MARKS: ReadonlySet<string> = new Set(["fallback", "mcp_tool_listing"]);

/** What the assistant said, and what tools did for it. @throws Problem for a block that cannot be told */
function readAssistant(blocks: readonly JsonObject[], param: string, names: NameMap): InputItem[] {
  let items: InputItem[] = [];
  let texts: string[] = [];
  const close = () => {
    items.push(...messageItem("assistant", texts.map((text) => textPart(text, "assistant"))));
    texts = [];
  };
  for (const [index, block] of blocks.entries()) {
    const at = `${param}[${index}]`;
    const type = requiredText(block, "type", `${at}.type`);
    switch (type) {
      case "text": {
        const text = requiredText(block, "text", `${at}.text`);
        if (text !== "") texts.push(text);
        break;
      }
      case "thinking":
      case "redacted_thinking": {
        const reasoning = readThinking(block);
        if (reasoning === undefined) break;
        close();
        items.push(reasoning);
        break;
      }
      case "tool_use":
        close();
        items.push({
          type: "function_call",
          call_id: requiredText(block, "id", `${at}.id`),
          name: names.tool(requiredText(block, "name", `${at}.name`)),
          arguments: JSON.stringify(block["input"] ?? {}),
        });
        break;
      case "image":
        close();
        items.push(readPicture(block, at));
        break;
      case "compaction":
        if (!isCompaction(block)) break;
        texts = [];
        items = readCompaction(block);
        break;
      default: {
        if (MARKS.has(type) || isToolChange(block)) break;
        const done = readServerBlock(block, at, names);
        if (done === undefined) throw untold(type, at);
        close();
        items.push(...done);
      }
    }
  }
  close();
  return items;
}

/** A picture that the model made: answers tell it as such a block. @throws Problem for one that is not sent whole */
function readPicture(block: JsonObject, param: string): InputItem {
  const source = recordAt(block, "source");
  const data = source?.["type"] === "base64" ? textAt(source, "data") : undefined;
  if (data === undefined || data === "") throw untold("image", param);
  return pictureItem(data);
}

function untold(type: string, param: string): Problem {
  const isPart = type === "image" || type === "document";
  return new Problem(
    "unsupported_parameter",
    isPart
      ? `"${param}" is not text: the backend takes no other parts here`
      : `"${param}.type" is ${JSON.stringify(type.slice(0, 64))}: what it says cannot be told to the model`,
    { param, hint: "Leave the block out, or send what it says as text" },
  );
}

/** Reasoning that this program once gave out; undefined for that of other models, which the backend cannot read. */
function readThinking(block: JsonObject): InputItem | undefined {
  const encrypted = fromSignature(block["signature"] ?? block["data"]);
  if (encrypted === undefined) return undefined;
  const text = optionalText(block, "thinking") ?? "";
  return {
    type: "reasoning",
    summary: text === "" ? [] : [{ type: "summary_text", text }],
    encrypted_content: encrypted,
  };
}
