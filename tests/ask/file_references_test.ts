import { assertEquals, assertStrictEquals } from "@std/assert";
import { fileIdsOf, placeFiles } from "../../src/ask/file_references.ts";

const FILES = new Map([
  ["f1", { filename: "a.pdf", type: "application/pdf", base64: "AAAA" }],
  ["f2", { filename: "b.txt", type: "text/plain", base64: btoa("hello") }],
  ["f3", { filename: "c.png", type: "image/png", base64: "BBBB" }],
]);

Deno.test("fileIdsOf() finds the ids in parts and tool outputs, once each, and none elsewhere", () => {
  assertEquals(
    fileIdsOf({
      metadata: { file_id: "no" },
      input: [
        { content: [{ type: "input_file", file_id: "f1" }, { type: "input_image", file_id: "f3" }] },
        { type: "function_call_output", output: [{ type: "input_file", file_id: "f1" }] },
      ],
      messages: [{
        content: [{ type: "tool_result", content: [{ source: { type: "file", file_id: "f2" } }] }],
      }],
    }),
    ["f1", "f3", "f2"],
  );
});

Deno.test("placeFiles() writes each file in the form that its part has for data, in a new value", () => {
  const body = {
    input: [{
      content: [
        { type: "input_file", file_id: "f1" },
        { type: "input_image", file_id: "f3", detail: "low" },
        { type: "file", file: { file_id: "f2" } },
        { type: "document", source: { type: "file", file_id: "f1" } },
        { type: "document", source: { type: "file", file_id: "f2" } },
        { type: "input_file", file_id: "unknown" },
      ],
    }],
  };
  const before = structuredClone(body);
  assertEquals(placeFiles(body, FILES), {
    input: [{
      content: [
        { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" },
        { type: "input_image", detail: "low", image_url: "data:image/png;base64,BBBB" },
        { type: "file", file: { filename: "b.txt", file_data: `data:text/plain;base64,${btoa("hello")}` } },
        { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AAAA" } },
        { type: "document", source: { type: "text", media_type: "text/plain", data: "hello" } },
        { type: "input_file", file_id: "unknown" },
      ],
    }],
  });
  assertEquals(body, before);
});

Deno.test("placeFiles() gives a body without files back as it is", () => {
  const body = { input: [{ content: [{ type: "input_text", text: "Hi" }] }] };
  assertStrictEquals(placeFiles(body, FILES), body);
});
