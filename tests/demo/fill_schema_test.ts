import { assertEquals } from "@std/assert";
import { fillSchema } from "../../src/demo/fill_schema.ts";
import { createHints } from "../../src/demo/prompt_hints.ts";

const CASES: Readonly<Record<string, readonly [prompt: string, schema: unknown, value: unknown]>> = {
  "takes the first of an enumeration": ["x", { enum: ["celsius", "kelvin"] }, "celsius"],
  "takes the one of an enumeration that the prompt names": [
    "in Kelvin",
    { enum: ["celsius", "kelvin"] },
    "kelvin",
  ],
  "takes a constant": ["x", { const: 7 }, 7],
  "takes quoted text before names": ['find "old maps" in Rome', { type: "string" }, "old maps"],
  "takes names of several words": ["fly to New York today", { type: "string" }, "New York"],
  "takes a default where the prompt has nothing": ["x", { type: "string", default: "d" }, "d"],
  "makes up a text": ["x", { properties: { title: { type: "string" } } }, { title: "demo title" }],
  "keeps to lengths": ["x", { type: "string", minLength: 12, maxLength: 12 }, "demo value.."],
  "keeps to a format": ["x", { type: "string", format: "date" }, "2026-01-01"],
  "takes a number within its limits": ["3 of 20 things", { type: "integer", minimum: 10 }, 20],
  "makes up a number within its limits": ["x", { type: "integer", exclusiveMinimum: 10, multipleOf: 4 }, 16],
  "keeps to a maximum": ["x", { type: "number", maximum: -2.5 }, -2.5],
  "prefers a value to null": ["x", { anyOf: [{ type: "null" }, { type: "boolean" }] }, true],
  "prefers a type to null": ["x", { type: ["null", "boolean"] }, true],
  "follows references": ["x", { $ref: "#/$defs/a", $defs: { a: { const: 1 } } }, 1],
  "joins allOf": ["x", {
    type: "object",
    allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }],
  }, { a: 1, b: 2 }],
  "makes lists of two": ["x", { type: "array", items: { const: 1 } }, [1, 1]],
  "keeps to the length of a list": ["x", { type: "array", items: { const: 1 }, minItems: 3 }, [1, 1, 1]],
  "fills tuples": ["x", { type: "array", prefixItems: [{ const: 1 }, { const: "a" }] }, [1, "a"]],
  "takes anything for a schema that says nothing": ["x", {}, "demo value"],
};

for (const [name, [prompt, schema, value]] of Object.entries(CASES)) {
  Deno.test(`fillSchema() ${name}`, () => assertEquals(fillSchema(schema, createHints(prompt)), value));
}

Deno.test("fillSchema() sparingly fills what is required, and the choices that the prompt names", () => {
  const schema = {
    type: "object",
    properties: {
      city: { type: "string" },
      unit: { enum: ["celsius", "kelvin"] },
      days: { type: "integer" },
    },
    required: ["city"],
  };
  assertEquals(fillSchema(schema, createHints("in Rome"), true), { city: "Rome" });
  assertEquals(fillSchema(schema, createHints("in Rome, in kelvin"), true), { city: "Rome", unit: "kelvin" });
  assertEquals(fillSchema({ ...schema, required: [] }, createHints("in Rome"), true), {
    city: "Rome",
    unit: "celsius",
    days: 1,
  });
});

Deno.test("fillSchema() ends with schemas that hold themselves", () => {
  const tree = {
    type: "object",
    properties: { next: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
    required: ["next"],
  };
  let depth = 0;
  for (let at = fillSchema(tree, createHints("x")); at !== null; depth++) at = (at as { next: unknown }).next;
  assertEquals(depth < 10, true);
  const loop = { type: "object", properties: { next: { $ref: "#" } }, required: ["next"] };
  fillSchema(loop, createHints("x"));
  fillSchema({ $ref: "#" }, createHints("x"));
});
