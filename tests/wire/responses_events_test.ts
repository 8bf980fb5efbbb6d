import { assertEquals } from "@std/assert";
import { deltaLiteral } from "../../src/wire/responses_events.ts";

Deno.test("deltaLiteral() cuts the text of a delta out where that is certain", () => {
  assertEquals(deltaLiteral('{"type":"x","delta":"ab"}'), '"ab"');
  assertEquals(deltaLiteral('{"type":"x","delta":"","logprobs":[{}]}'), '""');
});

Deno.test("deltaLiteral() leaves to the parser what it cannot be certain of", () => {
  const others = [
    '{"type":"x","item":{"a":1},"delta":"ab"}',
    '{"type":"x","list":[1],"delta":"ab"}',
    '{"type":"x","delta":"a\\"b"}',
    '{"type":"x","delta":"a\nb"}',
    '{"type":"x","delta":"ab"x}',
    '{"type":"x","delta":"ab"',
    '{"type":"x","text":"ab"}',
  ];
  assertEquals(others.map(deltaLiteral), others.map(() => undefined));
});
