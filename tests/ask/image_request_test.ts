import { assertEquals } from "@std/assert";
import { type ImageKind, readImageRequest } from "../../src/ask/image_request.ts";
import { Problem } from "../../src/problem.ts";
import type { JsonObject } from "../../src/wire/json.ts";

/** The parameter that a request is refused for; undefined when it is taken. */
function refused(kind: ImageKind, body: JsonObject): string | undefined {
  try {
    readImageRequest({ prompt: "A cat", ...body }, kind, { ignored: [], propagated: {} });
    return undefined;
  } catch (thrown) {
    return thrown instanceof Problem ? thrown.param : String(thrown);
  }
}

Deno.test("readImageRequest() takes up to ten pictures at once, and up to sixteen to edit", () => {
  assertEquals([1, 10, 11].map((n) => refused("generation", { n })), [undefined, undefined, "n"]);
  // What is not a picture is refused later, by its own name.
  const inputs = [0, 1, 16, 17].map((count) =>
    refused("edit", { images: Array(count).fill({}) }) === "images"
  );
  assertEquals(inputs, [true, false, false, true]);
});
