/**
 * Folds a stream of legacy completions: one id, created and model in all chunks, exactly one finish_reason, usage last
 * and without choices, `[DONE]` once and at the end.
 */
import { assert, assertEquals } from "@std/assert";
import { isRecord, type JsonObject, listAt, textAt } from "../../../src/wire/json.ts";

/** What a stream folds into: the completion it tells of, or the error it ended with. */
export type FoldedCompletion =
  | { readonly completion: JsonObject; readonly hasUsage: boolean }
  | { readonly error: JsonObject };

/** @throws AssertionError for a stream that breaks a rule */
export function foldCompletions(stream: string): FoldedCompletion {
  const frames = stream.split("\n\n");
  assertEquals(frames.splice(-2), ["data: [DONE]", ""], "[DONE] is the last frame");
  const chunks = frames.map((frame): JsonObject => {
    assert(frame.startsWith("data: ") && !frame.includes("\n"), `every frame is one data line: ${frame}`);
    return JSON.parse(frame.slice("data: ".length));
  });
  const last = chunks.at(-1) ?? {};
  if (isRecord(last["error"])) return { error: last["error"] };
  const usage = isRecord(last["usage"]) ? last["usage"] : undefined;
  if (usage !== undefined) assertEquals(last["choices"], [], "the usage chunk has no choices");
  const withChoices = usage === undefined ? chunks : chunks.slice(0, -1);
  let text = "";
  let finish: unknown = null;
  for (const chunk of withChoices) {
    assertEquals("usage" in chunk, usage !== undefined, "usage is null in the other chunks, or nowhere");
    const choice = listAt(chunk, "choices")?.[0];
    assert(isRecord(choice));
    assertEquals(finish, null, "no choice comes after the finish_reason");
    text += textAt(choice, "text") ?? "";
    finish = choice["finish_reason"];
  }
  assert(typeof finish === "string", "a finish_reason");
  const { id, object, created, model } = last;
  for (const chunk of chunks) {
    assertEquals([chunk["id"], chunk["object"], chunk["created"], chunk["model"]], [
      id,
      object,
      created,
      model,
    ]);
  }
  const completion = {
    id,
    object,
    created,
    model,
    choices: [{ text, index: 0, logprobs: null, finish_reason: finish }],
    ...(usage === undefined ? {} : { usage }),
  };
  return { completion, hasUsage: usage !== undefined };
}
