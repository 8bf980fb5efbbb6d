import { assertEquals, assertStrictEquals } from "@std/assert";
import { withoutNullKeywords } from "../../src/ask/schema_nulls.ts";

Deno.test("withoutNullKeywords() leaves out what is null, at any depth, and no value and no property (translation 132)", () => {
  assertEquals(
    withoutNullKeywords({
      type: "object",
      properties: {
        required: {
          type: "array",
          items: { type: "object", properties: null, required: null },
          description: null,
        },
        default: { type: "object", properties: null, default: null },
      },
      required: null,
      anyOf: [{ const: null, title: null }, { enum: ["a", null] }],
      $defs: { properties: { required: null } },
    }),
    {
      type: "object",
      properties: {
        required: { type: "array", items: { type: "object" } },
        default: { type: "object", default: null },
      },
      anyOf: [{ const: null }, { enum: ["a", null] }],
      $defs: { properties: {} },
    },
  );
  const whole = { type: "object", properties: { a: { anyOf: [{ type: "null" }] } }, default: null };
  assertStrictEquals(withoutNullKeywords(whole), whole);
});
