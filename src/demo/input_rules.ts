/** What the backend refuses in `input` (backend.md#required-keys, #stored-ids, #foreign-reasoning). */
import { isRecord, type JsonObject } from "../wire/json.ts";
import {
  detail,
  firstAmong,
  firstOf,
  invalid,
  missing,
  notAmong,
  type Refusal,
  tooLong,
  unknownKey,
  wrongType,
} from "./refusal.ts";
import { refuseName, refuseTools } from "./tool_rules.ts";
import { refusePart } from "./content_rules.ts";

const MESSAGE_KEYS = [
  "type",
  "role",
  "content",
  "id",
  "status",
  "phase",
  "internal_chat_message_metadata_passthrough",
];

/** Prefix of the id of each type of item; an id with another prefix is refused. */
const ID_PREFIXES: Record<string, string> = {
  message: "msg",
  reasoning: "rs",
  function_call: "fc",
  custom_tool_call: "ctc",
  additional_tools: "at",
};

/** What the CLI adds to any item. */
const EVERY_ITEM = ["type", "id", "internal_chat_message_metadata_passthrough"];

/** Further types of items and their keys: those of an answer are not all taken back (backend.md#output-only-keys). */
const OTHER_ITEMS: Record<string, readonly string[]> = {
  tool_search_call: ["call_id", "status", "execution", "arguments"],
  tool_search_output: ["call_id", "status", "execution", "tools"],
  local_shell_call: ["call_id", "status", "action"],
  local_shell_call_output: ["call_id", "status", "output"],
  web_search_call: ["status", "action"],
  image_generation_call: ["status", "result", "revised_prompt"],
  compaction: ["encrypted_content"],
  compaction_trigger: [],
};

/** Output types and the call types that they answer. */
const OUTPUTS: Record<string, string> = {
  function_call_output: "function_call",
  custom_tool_call_output: "custom_tool_call",
};

/** Checks the whole list. `acceptsEncrypted` says whether encrypted reasoning was made by this backend. */
export function refuseInput(
  input: unknown,
  acceptsEncrypted: (text: string) => boolean,
): Refusal | undefined {
  if (!Array.isArray(input)) return detail("Input must be a list");
  if (input.some((item) => isRecord(item) && item["role"] === "system")) {
    return detail("System messages are not allowed");
  }
  if (input.length === 0) {
    return invalid(
      'One of "input" or "previous_response_id" or "prompt" or "conversation_id" must be provided.',
      "input",
      "missing_required_parameter",
    );
  }
  return firstOf(
    () => firstAmong(input, (item, i) => refuseItem(item, `input[${i}]`, acceptsEncrypted)),
    () => refuseDuplicateIds(input.filter(isRecord)),
    () => refuseUnpairedCalls(input.filter(isRecord)),
  );
}

function refuseItem(
  item: unknown,
  at: string,
  acceptsEncrypted: (text: string) => boolean,
): Refusal | undefined {
  if (!isRecord(item)) return wrongType(item, "object", at);
  const type = `${item["type"] ?? ("role" in item ? "message" : "")}`;
  return firstOf(
    () => refuseItemId(item, type, at),
    () => {
      switch (type) {
        case "message":
          return refuseMessage(item, at);
        case "reasoning":
          return refuseReasoningItem(item, at, acceptsEncrypted);
        case "function_call":
          return refuseCall(item, at, "arguments");
        case "custom_tool_call":
          return refuseCall(item, at, "input");
        case "function_call_output":
        case "custom_tool_call_output":
          return refuseCallOutput(item, at);
        case "additional_tools":
          return unknownKey(item, [...EVERY_ITEM, "role", "tools"], at) ??
            refuseTools(item["tools"], `${at}.tools`);
        case "item_reference":
          return notFound(`${item["id"]}`);
        default: {
          const known = [...Object.keys(ID_PREFIXES), ...Object.keys(OUTPUTS), ...Object.keys(OTHER_ITEMS)];
          return notAmong(type, known, `${at}.type`) ??
            unknownKey(item, [...EVERY_ITEM, ...OTHER_ITEMS[type] ?? []], at);
        }
      }
    },
  );
}

function refuseItemId(item: JsonObject, type: string, at: string): Refusal | undefined {
  const { id } = item;
  const prefix = ID_PREFIXES[type];
  if (id === undefined || id === null || prefix === undefined) return undefined;
  if (typeof id !== "string") return wrongType(id, "string", `${at}.id`);
  return tooLong(id, 64, `${at}.id`) ?? (id.startsWith(`${prefix}_`) ? undefined : invalid(
    `Invalid '${at}.id': '${id}'. Expected an ID that begins with '${prefix}'.`,
    `${at}.id`,
    "invalid_value",
  ));
}

function refuseMessage(item: JsonObject, at: string): Refusal | undefined {
  const { role, content } = item;
  return firstOf(
    () => unknownKey(item, MESSAGE_KEYS, at),
    () => notAmong(role, ["assistant", "developer", "user"], `${at}.role`),
    () => {
      if (typeof content === "string") return undefined;
      if (content === undefined) return missing(`${at}.content`);
      if (!Array.isArray(content)) return wrongType(content, "array", `${at}.content`);
      return firstAmong(content, (part, i) => refusePart(part, role === "assistant", `${at}.content[${i}]`));
    },
  );
}

function refuseReasoningItem(
  item: JsonObject,
  at: string,
  acceptsEncrypted: (text: string) => boolean,
): Refusal | undefined {
  const { content, encrypted_content: encrypted } = item;
  const known = [...EVERY_ITEM, "summary", "encrypted_content", "content"];
  const refused = unknownKey(item, known, at) ?? (Array.isArray(content) && content.length > 0
    ? invalid(
      `Invalid '${at}.content': array too long. Expected an array with maximum length 0, but got an array with length ${content.length} instead.`,
      `${at}.content`,
      "array_above_max_length",
    )
    : undefined);
  if (refused !== undefined) return refused;
  if (typeof encrypted !== "string") {
    return typeof item["id"] === "string" ? notFound(item["id"]) : missing(`${at}.encrypted_content`);
  }
  if (!Array.isArray(item["summary"])) return missing(`${at}.summary`);
  return acceptsEncrypted(encrypted) ? undefined : invalid(
    `The encrypted content ${encrypted.slice(0, 4)}...${
      encrypted.slice(-4)
    } could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
    null,
    "invalid_encrypted_content",
  );
}

function refuseCall(item: JsonObject, at: string, textKey: "arguments" | "input"): Refusal | undefined {
  const known = [...EVERY_ITEM, "call_id", "name", "status", "namespace", textKey];
  return firstOf(
    () => unknownKey(item, known, at),
    () => refuseCallId(item["call_id"], `${at}.call_id`),
    () => refuseName(item["name"], `${at}.name`),
    () =>
      item[textKey] === undefined
        ? missing(`${at}.${textKey}`)
        : wrongType(item[textKey], "string", `${at}.${textKey}`),
  );
}

function refuseCallOutput(item: JsonObject, at: string): Refusal | undefined {
  const { output } = item;
  return firstOf(
    () => unknownKey(item, [...EVERY_ITEM, "call_id", "output", "status", "name"], at),
    () => refuseCallId(item["call_id"], `${at}.call_id`),
    () => {
      if (output === undefined) return missing(`${at}.output`);
      if (typeof output === "string") return undefined;
      if (!Array.isArray(output)) return wrongType(output, "string", `${at}.output`);
      return firstAmong(output, (part, i) => refusePart(part, false, `${at}.output[${i}]`));
    },
  );
}

function refuseCallId(id: unknown, at: string): Refusal | undefined {
  if (id === undefined || id === null || id === "") return missing(at);
  return wrongType(id, "string", at) ?? tooLong(id, 64, at);
}

function refuseDuplicateIds(items: readonly JsonObject[]): Refusal | undefined {
  const seen = new Set<unknown>();
  return firstAmong(items, ({ id }) => {
    if (typeof id !== "string") return undefined;
    if (seen.has(id)) {
      return invalid(
        `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`,
        "input",
      );
    }
    seen.add(id);
    return undefined;
  });
}

/** Every call has exactly one output, and every output a call before it. */
function refuseUnpairedCalls(items: readonly JsonObject[]): Refusal | undefined {
  const calls = new Set<string>();
  const outputs = new Set<string>();
  const key = (type: unknown, id: unknown) => `${type} ${id}`;
  return firstOf(
    () =>
      firstAmong(items, (item) => {
        const id = item["call_id"];
        const answers = OUTPUTS[`${item["type"]}`];
        if (item["type"] === "function_call" || item["type"] === "custom_tool_call") {
          if (calls.has(key(item["type"], id))) {
            return invalid(`Duplicate function call found with call_id ${id}.`, "input");
          }
          calls.add(key(item["type"], id));
        } else if (answers !== undefined) {
          const word = answers === "function_call" ? "function call" : "custom tool call";
          if (!calls.has(key(answers, id))) {
            return invalid(`No tool call found for ${word} output with call_id ${id}.`, "input");
          }
          if (outputs.has(key(answers, id))) {
            return invalid(`Duplicate ${word} output found with call_id ${id}.`, "input");
          }
          outputs.add(key(answers, id));
        }
        return undefined;
      }),
    () => {
      const open = [...calls].find((call) => !outputs.has(call));
      if (open === undefined) return undefined;
      const [type, id] = open.split(" ");
      const word = type === "function_call" ? "function call" : "custom tool call";
      return invalid(`No tool output found for ${word} ${id}.`, "input");
    },
  );
}

function notFound(id: string): Refusal {
  return invalid(
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    "input",
    null,
    404,
  );
}
