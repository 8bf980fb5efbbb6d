import { assertEquals } from "@std/assert";
import { maskJsonText, maskText } from "../../src/wire/mask_text.ts";
import { createRedaction, redactJson, redactText } from "../../src/wire/redact.ts";
import { createRandom } from "../fuzz/random.ts";

Deno.test("maskText() keeps length, signs, kinds of characters and the tags around reasoning", () => {
  assertEquals(
    maskText("Hello 42, ¿Qué? ÄÖ 漢字 😀 𝒜\n- `x_1` <thinking>no</thinking><b>"),
    "Xxxxx 11, ¿Xxé? ÉÉ 中中 😀 𝑥\n- `x_1` <thinking>xx</thinking><x>",
  );
});

Deno.test("maskText() of pieces is the pieces of maskText()", () => {
  const text = "Grüße, Anna Müller! 漢字 12.5 <b>";
  for (let at = 0; at <= text.length; at++) {
    assertEquals(maskText(text.slice(0, at)) + maskText(text.slice(at)), maskText(text));
  }
});

Deno.test("maskJsonText() leaves JSON with its names, and masks values, paths as names and what is no JSON", () => {
  assertEquals(
    [
      '{"city":"Zürich \\u00fc\\n\\"A\\"","n":-12.5e3,"ok":true,"x":[null,"y"],"/home/anna/a":1}',
      '{"city":"Zür',
      '{"ci',
      '{"a":"b\\',
      "true story of Anna",
    ].map((text) => maskJsonText(text, (name) => name.toUpperCase())),
    [
      '{"CITY":"Xéxxxx \\u00e9\\n\\"X\\"","N":-11.1e1,"OK":true,"X":[null,"x"],"/xxxx/xxxx/x":1}',
      '{"CITY":"Xéx',
      '{"xx',
      '{"A":"x\\',
      "true xxxxx xx Xxxx",
    ],
  );
});

Deno.test("maskJsonText() keeps the length and lets no letter of a value through, whatever the text", () => {
  const random = createRandom(7);
  const signs = ['"', "\\", "{", "}", ":", ",", "q", "Q", "u", "1", " ", "[", "]", "\n"];
  for (let round = 0; round < 2000; round++) {
    const text = Array.from({ length: random.below(24) }, () => signs[random.below(signs.length)]).join("");
    const masked = maskJsonText(text, (name) => name);
    assertEquals(masked.length, text.length, JSON.stringify(text));
    // A letter stays only in a name before a colon, or as the letter of an escape.
    const rest = masked.replaceAll(/"(?:[^"\\]|\\.)*"\s*:/gs, "").replaceAll(/\\./gs, "");
    assertEquals(/[qQ]/.test(rest), false, `${JSON.stringify(text)} became ${JSON.stringify(masked)}`);
  }
});

Deno.test("redactJson() masks every text that is no word of the protocol, and says the same for the same id", () => {
  assertEquals(
    redactJson({
      model: "gpt-5.5",
      instructions: "You are ours.\n\nBe nice to Anna",
      user: "anna",
      metadata: { type: "invoice", n: 42 },
      brand_new_field: "Anna",
      prompt_cache_key: "9f0e1f0a-1111-4222-8333-444455556666",
      previous_response_id: "resp_0a1b2c3d4e",
      messages: [
        { role: "user", name: "anna", content: "Hi" },
        { role: "tool", tool_call_id: "call_Zz9", content: "ok" },
      ],
      input: [
        {
          type: "function_call",
          id: "fc_77",
          call_id: "call_Zz9",
          name: "get",
          arguments: '{"city":"Bern"}',
        },
        { type: "reasoning", id: "rs_1x", encrypted_content: "gAAAAAsecret", summary: [] },
        { type: "input_image", image_url: "data:image/png;base64,iVBORw0K" },
        { type: "input_image", image_url: "https://anna.example/a.png" },
        { type: "tool_use", id: "toolu_9", name: "save", input: { name: "Anna", size: 12, ok: true } },
      ],
      tools: [{
        type: "function",
        name: "get",
        description: "For Anna",
        parameters: {
          type: "object",
          properties: { type: { type: "string", enum: ["Anna"] }, input: { type: "number" } },
          required: ["type"],
        },
      }],
    }, createRedaction([["You are ours.", "PROMPT"]])),
    {
      model: "gpt-5.5",
      instructions: "PROMPT\n\nXx xxxx xx Xxxx",
      user: "xxxx",
      metadata: { xxxx: "xxxxxxx", x: 11 },
      brand_new_field: "Xxxx",
      prompt_cache_key: "00000000-0000-4000-8000-000000000001",
      previous_response_id: "resp_1",
      messages: [
        { role: "user", name: "xxxa", content: "Xx" },
        { role: "tool", tool_call_id: "call_1", content: "xx" },
      ],
      input: [
        { type: "function_call", id: "fc_1", call_id: "call_1", name: "xxx", arguments: '{"xxxb":"Xxxx"}' },
        { type: "reasoning", id: "rs_1", encrypted_content: "encrypted_1", summary: [] },
        { type: "input_image", image_url: "data:image/png;base64,AAAA" },
        { type: "input_image", image_url: "https://example.com/1" },
        { type: "tool_use", id: "toolu_1", name: "xxxc", input: { xxxd: "Xxxx", xxxe: 11, xx: true } },
      ],
      tools: [{
        type: "function",
        name: "xxx",
        description: "Xxx Xxxx",
        parameters: {
          type: "object",
          properties: { xxxx: { type: "string", enum: ["Xxxx"] }, xxxxx: { type: "number" } },
          required: ["xxxx"],
        },
      }],
    },
  );
});

Deno.test("redactJson() keeps what the backend says of a failure, without addresses, ids and secrets", () => {
  const message =
    "Item 'rs_0123456789abcdef' of user-AbC123def456 (anna@example.org) not found for gpt-4o-mini-2024: " +
    "'Anna was here', see sk-0123456789abcdef";
  assertEquals(
    redactJson({ error: { message, code: "not_found", param: "input[0].id" } }, createRedaction()),
    {
      error: {
        message:
          "Item 'rs_1' of user-1 (person@example.com) not found for gpt-4o-mini-2024: 'Xxxx xxx xxxx', see SECRET",
        code: "not_found",
        param: "input[0].id",
      },
    },
  );
});

Deno.test("redactText() masks the pieces of a stream so that together they are the masked whole", () => {
  const redaction = createRedaction();
  const frame = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
  const piece = (index: number, delta: string) =>
    frame({ type: "response.function_call_arguments.delta", output_index: index, delta });
  const sse = ": keepalive\r\n\r\nevent: response.created\n" +
    frame({ type: "response.created", response: {} }) +
    piece(0, '{"ci') + piece(1, '{"na') + piece(0, 'ty":"Zü') + piece(1, 'me":"An') + piece(0, 'rich"}') +
    piece(1, 'na"}') +
    frame({
      type: "response.function_call_arguments.done",
      output_index: 0,
      arguments: '{"city":"Zürich"}',
    }) +
    "data: Anna broke this\n\ndata: [DONE]\n\n";
  assertEquals(
    redactText(sse, redaction),
    ": keepalive\r\n\r\nevent: response.created\n" + frame({ type: "response.created", response: {} }) +
      piece(0, '{"xx') + piece(1, '{"xx') + piece(0, 'xx":"Xé') + piece(1, 'xa":"Xx') + piece(0, 'xxxx"}') +
      piece(1, 'xx"}') +
      frame({
        type: "response.function_call_arguments.done",
        output_index: 0,
        arguments: '{"xxxx":"Xéxxxx"}',
      }) +
      "data: Xxxx xxxxx xxxx\n\ndata: [DONE]\n\n",
  );
});

Deno.test("redactText() masks a page of HTML, and an error as JSON", () => {
  assertEquals(redactText("<p>Anna</p>\n", createRedaction()), "<x>Xxxx</x>\n");
  assertEquals(
    redactText('{"detail":"Unsupported parameter: temperature"}', createRedaction()),
    '{\n  "detail": "Unsupported parameter: temperature"\n}\n',
  );
});

Deno.test("redactJson() replaces names of tools and of their arguments alike everywhere, and none by the same", () => {
  const redaction = createRedaction();
  const schema = (names: readonly string[], reference: string) => ({
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, { $ref: reference }])),
    required: names,
    $defs: { Invoice: { type: "string" } },
  });
  const clean = redactJson({
    tools: [
      { type: "function", name: "read_file", parameters: schema(["path", "mode"], "#/$defs/Invoice") },
      { type: "function", name: "edit_line", parameters: schema(["path"], "#") },
      { type: "web_search_20250305", name: "web_search" },
    ],
    tool_choice: { type: "function", name: "edit_line" },
    input: [{ type: "function_call", name: "read_file", arguments: '{"path":"/a","mode":1}' }],
  }, redaction);
  assertEquals(clean, {
    tools: [
      {
        type: "function",
        name: "xxxx_xxxx",
        parameters: {
          type: "object",
          properties: { xxxx: { $ref: "#/$defs/Xxxxxxx" }, xxxa: { $ref: "#/$defs/Xxxxxxx" } },
          required: ["xxxx", "xxxa"],
          $defs: { Xxxxxxx: { type: "string" } },
        },
      },
      {
        type: "function",
        name: "xxxx_xxxa",
        parameters: {
          type: "object",
          properties: { xxxx: { $ref: "#" } },
          required: ["xxxx"],
          $defs: { Xxxxxxx: { type: "string" } },
        },
      },
      { type: "web_search_20250305", name: "web_search" },
    ],
    tool_choice: { type: "function", name: "xxxx_xxxa" },
    input: [{ type: "function_call", name: "xxxx_xxxx", arguments: '{"xxxx":"/x","xxxa":1}' }],
  });
  assertEquals(
    redactJson({ error: { message: "Invalid schema for function 'read_file': 'Anna B'" } }, redaction),
    { error: { message: "Invalid schema for function 'xxxx_xxxx': 'Xxxx X'" } },
  );
});
