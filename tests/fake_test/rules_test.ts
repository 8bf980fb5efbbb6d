import { assertEquals } from "@std/assert";
import { type BodyRules, refuseBody } from "../../src/demo/body_rules.ts";
import { ENCRYPTED_PREFIX } from "../fake/answer_parts.ts";
import { FAKE_MODELS } from "../fake/catalogue.ts";

const RULES: BodyRules = {
  models: FAKE_MODELS,
  acceptsEncrypted: (text) => text.startsWith(ENCRYPTED_PREFIX),
};

const HEADERS = { originator: "codex_cli_rs", "user-agent": "codex_cli_rs/0.169.0 (x)", version: "0.169.0" };

const USER = { type: "message", role: "user", content: "hi" };

const CALL = { type: "function_call", call_id: "c1", name: "f", arguments: "{}" };

const OUTPUT = { type: "function_call_output", call_id: "c1", output: "1" };

const TOOL = { type: "function", name: "f", parameters: { type: "object", properties: {} }, strict: false };

/** The message of the refusal of a good body with these changes; undefined when it is taken. */
function refusalOf(
  changes: Record<string, unknown>,
  headers: Record<string, string> = {},
): string | undefined {
  const body = { model: "gpt-5.5", input: [USER], store: false, stream: true, ...changes };
  const refusal = refuseBody(JSON.parse(JSON.stringify(body)), { ...HEADERS, ...headers }, RULES);
  if (refusal === undefined) return undefined;
  const { detail, error } = refusal.body as { detail?: string; error?: { message: string } };
  return `${refusal.status} ${detail ?? error?.message}`;
}

const TAKEN: Record<string, Record<string, unknown>> = {
  "the least": {},
  "every key": {
    instructions: "",
    tools: [TOOL],
    tool_choice: { type: "function", name: "f" },
    parallel_tool_calls: true,
    reasoning: { effort: "high", summary: "auto" },
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: "k".repeat(64),
    text: {
      verbosity: "low",
      format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: false },
    },
    service_tier: "priority",
    client_metadata: { a: "b" },
  },
  "a message without type": { input: [{ role: "user", content: "hi" }] },
  "a call with its output": { input: [USER, CALL, OUTPUT] },
  "parallel calls": { input: [USER, CALL, { ...CALL, call_id: "c2" }, { ...OUTPUT, call_id: "c2" }, OUTPUT] },
  "reasoning of this backend": {
    input: [USER, { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAAABfake1" }],
  },
  "an image": {
    input: [{
      role: "user",
      content: [{ type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "low" }],
    }],
  },
  "a closed strict schema": {
    tools: [{
      ...TOOL,
      strict: true,
      parameters: { type: "object", properties: {}, additionalProperties: false },
    }],
  },
  "tools of the real client": {
    tools: [
      {
        type: "custom",
        name: "apply_patch",
        format: { type: "grammar", syntax: "lark", definition: "start: /a/" },
      },
      { type: "namespace", name: "n", tools: [TOOL] },
      { type: "tool_search", execution: "client" },
      { type: "web_search", external_web_access: true },
    ],
  },
};

for (const [name, changes] of Object.entries(TAKEN)) {
  Deno.test(`refuseBody() takes ${name}`, () => assertEquals(refusalOf(changes), undefined));
}

const NOT_FOUND = "Items are not persisted when `store` is set to false. " +
  "Try again with `store` set to true, or remove this item from your input.";

const PATTERN = "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.";

const REFUSED: [string, Record<string, unknown>, string][] = [
  ["store true", { store: true }, "400 Store must be set to false"],
  ["store left out", { store: undefined }, "400 Store must be set to false"],
  ["stream false", { stream: false }, "400 Stream must be set to true"],
  ["text input", { input: "hi" }, "400 Input must be a list"],
  ["a system message", { input: [{ role: "system", content: "x" }] }, "400 System messages are not allowed"],
  ["temperature", { temperature: 1 }, "400 Unsupported parameter: temperature"],
  ["max_output_tokens", { max_output_tokens: 5 }, "400 Unsupported parameter: max_output_tokens"],
  ["previous_response_id", { previous_response_id: "r" }, "400 Unsupported parameter: previous_response_id"],
  ["an unknown key", { extra_headers: {} }, "400 Unsupported parameter: extra_headers"],
  [
    "a retired model",
    { model: "gpt-5" },
    "400 The 'gpt-5' model is not supported when using Codex with a ChatGPT account.",
  ],
  [
    "minimal effort",
    { reasoning: { effort: "minimal" } },
    "400 Unsupported value: 'minimal' is not supported with the 'gpt-5.5' model. " +
    "Supported values are: 'low', 'medium', 'high', 'xhigh'.",
  ],
  ["another service tier", { service_tier: "flex" }, "400 Unsupported service_tier: flex"],
  [
    "a long prompt_cache_key",
    { prompt_cache_key: "k".repeat(65) },
    "400 Invalid 'prompt_cache_key': string too long. Expected a string with maximum length 64, " +
    "but got a string with length 65 instead.",
  ],
  [
    "an item reference",
    { input: [{ type: "item_reference", id: "rs_1" }] },
    `404 Item with id 'rs_1' not found. ${NOT_FOUND}`,
  ],
  [
    "reasoning by its id alone",
    { input: [USER, { type: "reasoning", id: "rs_1", summary: [] }] },
    `404 Item with id 'rs_1' not found. ${NOT_FOUND}`,
  ],
  [
    "reasoning of another login",
    { input: [USER, { type: "reasoning", summary: [], encrypted_content: "gAAAAother" }] },
    "400 The encrypted content gAAA...ther could not be verified. " +
    "Reason: Encrypted content could not be decrypted or parsed.",
  ],
  [
    "an orphan output",
    { input: [USER, OUTPUT] },
    "400 No tool call found for function call output with call_id c1.",
  ],
  ["an unanswered call", { input: [USER, CALL] }, "400 No tool output found for function call c1."],
  [
    "a doubled call",
    { input: [USER, CALL, CALL, OUTPUT] },
    "400 Duplicate function call found with call_id c1.",
  ],
  [
    "a foreign item id",
    { input: [{ ...USER, id: "abc" }] },
    "400 Invalid 'input[0].id': 'abc'. Expected an ID that begins with 'msg'.",
  ],
  [
    "a chat tool",
    { tools: [{ type: "function", function: TOOL }] },
    "400 Unknown parameter: 'tools[0].function'.",
  ],
  [
    "web_search_preview",
    { tools: [{ type: "web_search_preview" }] },
    "400 Unsupported tool type: web_search_preview",
  ],
  [
    "a tool name with a dot",
    { tools: [{ ...TOOL, name: "a.b" }] },
    `400 Invalid 'tools[0].name': string does not match pattern. ${PATTERN}`,
  ],
  [
    "a long tool name",
    { tools: [{ ...TOOL, name: "n".repeat(65) }] },
    "400 Invalid 'tools[0].name': string too long. Expected a string with maximum length 64, " +
    "but got a string with length 65 instead.",
  ],
  [
    "an open strict schema",
    { tools: [{ ...TOOL, strict: true }] },
    "400 Invalid schema for function 'f': In context=(), 'additionalProperties' is required to be supplied and to be false.",
  ],
  [
    "an open object inside a strict format",
    {
      text: {
        format: {
          type: "json_schema",
          name: "n",
          strict: true,
          schema: {
            type: "object",
            properties: { a: { type: "object" } },
            required: ["a"],
            additionalProperties: false,
          },
        },
      },
    },
    "400 Invalid schema for response_format 'n': In context=('properties', 'a'), " +
    "'additionalProperties' is required to be supplied and to be false.",
  ],
  [
    "a chosen tool that is not there",
    { tool_choice: { type: "function", name: "g" }, tools: [TOOL] },
    "400 Tool choice 'g' not found in 'tools' parameter.",
  ],
  [
    "an image by file id",
    { input: [{ role: "user", content: [{ type: "input_image", file_id: "file-1" }] }] },
    "400 Input images by 'file_id' are not supported.",
  ],
  [
    "chat content parts",
    { input: [{ role: "user", content: [{ type: "text", text: "x" }] }] },
    "400 Invalid value: 'text'. Supported values are: 'input_text', 'input_image', and 'input_file'.",
  ],
  [
    "json_object without the word",
    { text: { format: { type: "json_object" } } },
    "400 Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
  ],
];

for (const [name, changes, expected] of REFUSED) {
  Deno.test(`refuseBody() refuses ${name}`, () => assertEquals(refusalOf(changes), expected));
}

Deno.test("refuseBody() refuses an old client and takes the version from the user agent", () => {
  const tooOld = "400 The 'gpt-6-astra' model requires a newer version of Codex. " +
    "Please upgrade to the latest app or CLI and try again.";
  assertEquals(refusalOf({ model: "gpt-6-astra" }, { version: "0.152.9" }), tooOld);
  assertEquals(refusalOf({ model: "gpt-6-astra" }, { version: "0.153.0" }), undefined);
  assertEquals(
    refuseBody(
      { model: "gpt-6-astra", input: [USER], store: false, stream: true },
      { "user-agent": "codex_cli_rs/0.160.0" },
      RULES,
    ),
    undefined,
  );
});

Deno.test("refuseBody() finds luna only for a first-party identity that agrees with itself", () => {
  assertEquals(refusalOf({ model: "gpt-5.6-luna" }), undefined);
  assertEquals(
    refusalOf({ model: "gpt-5.6-luna" }, { "user-agent": "other/0.169.0" }),
    "404 Model not found gpt-5.6-luna-free-1p-codexswic-ev3",
  );
});

Deno.test("refuseBody() holds the lite lane to its rules", () => {
  const lite = { "x-openai-internal-codex-responses-lite": "true" };
  const good = {
    model: "gpt-6.1-sol",
    input: [{ type: "additional_tools", id: "at_1", role: "developer", tools: [TOOL] }, USER],
    parallel_tool_calls: false,
    reasoning: { context: "all_turns" },
  };
  const header = "X-OpenAI-Internal-Codex-Responses-Lite";
  assertEquals([
    refusalOf(good, lite),
    refusalOf({ ...good, model: "gpt-5.5", reasoning: {} }, lite),
    refusalOf({ ...good, reasoning: {} }, lite),
    refusalOf({ ...good, parallel_tool_calls: true }, lite),
    refusalOf({ ...good, tools: [{ type: "web_search" }] }, lite),
  ], [
    undefined,
    `400 This model is not supported when using ${header}.`,
    `400 ${header} requires \`reasoning.context\` to be \`all_turns\`.`,
    `400 ${header} requires \`parallel_tool_calls\` to be false.`,
    `400 ${header} only supports function tools, custom tools, and client-executed tool search.`,
  ]);
});
