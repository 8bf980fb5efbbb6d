import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { completeStrictSchema, type SchemaUse } from "../../src/ask/strict_schema.ts";

const USE: SchemaUse = { kind: "function", name: "get", param: "tools[0].function.parameters" };

Deno.test("completeStrictSchema() gives back a schema that is complete, the very object (translation 12)", () => {
  const schema = {
    type: "object",
    properties: { a: { type: "string" } },
    required: ["a"],
    additionalProperties: false,
  };
  assertStrictEquals(completeStrictSchema(schema, USE), schema);
});

Deno.test("completeStrictSchema() completes objects at any depth, and loses no property (translation 12)", () => {
  const leaf = JSON.parse(
    '{"type":"object","properties":{"__proto__":{"type":"object"}},"required":["__proto__"]}',
  );
  const schema = {
    type: ["object", "null"],
    properties: { list: { type: "array", items: leaf }, choice: { anyOf: [leaf, { $ref: "#/$defs/x" }] } },
    required: ["list", "choice"],
    $defs: { x: leaf },
  };
  const text = JSON.stringify(completeStrictSchema(schema, USE));
  assertEquals(text.split('"__proto__":{"type":"object","additionalProperties":false}').length - 1, 3);
  assertEquals(text.split('"additionalProperties":false').length - 1, 7);
});

Deno.test("completeStrictSchema() refuses what would change the meaning, naming tool and place (translation 11)", () => {
  const inner = { type: "object", properties: { b: { type: "string" } }, required: [] };
  const open = { type: "object", properties: {}, required: [], additionalProperties: true };
  const messages = [inner, open].map((schema) => {
    const whole = { type: "object", properties: { a: schema }, required: ["a"] };
    const problem = assertThrows(() => completeStrictSchema(whole, USE));
    return problem instanceof Problem ? [problem.message, problem.apiCode, problem.param] : problem;
  });
  const start = 'Invalid request: Invalid schema for function "get": in context (a), ';
  assertEquals(messages, [
    [
      `${start}"required" must be an array with every key in "properties": missing "b"`,
      "invalid_function_parameters",
      "tools[0].function.parameters",
    ],
    [
      `${start}"additionalProperties" must be false`,
      "invalid_function_parameters",
      "tools[0].function.parameters",
    ],
  ]);
});
