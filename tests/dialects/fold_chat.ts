/**
 * Folds a chat stream the way the SDKs do, and checks on the way what they rely on (translation.md#t54 to #t77): one
 * role, first; one id, created and model; calls one after the other, their id and name once; one finish_reason;
 * `[DONE]` once and last.
 */
import { assert, assertEquals } from "@std/assert";
import { isRecord, type JsonObject, listAt, recordAt, textAt } from "../../src/wire/json.ts";

/** What a stream folds into: the completion it tells of, or the error it ended with. */
export type FoldedChat =
  | { readonly completion: JsonObject; readonly hasUsage: boolean }
  | { readonly error: JsonObject };

/** @throws AssertionError for a stream that breaks a rule */
export function foldChat(stream: string): FoldedChat {
  const frames = stream.split("\n\n");
  assertEquals(frames.pop(), "", "a stream ends with a blank line");
  assertEquals(frames.pop(), "data: [DONE]", "[DONE] is the last frame");
  const chunks = frames.map((frame): JsonObject => {
    assert(frame.startsWith("data: "), `every frame is one data line: ${frame}`);
    assert(!frame.includes("\n"), "a frame has one line");
    return JSON.parse(frame.slice("data: ".length));
  });
  const last = chunks.at(-1) ?? {};
  if (isRecord(last["error"])) {
    foldChoices(chunks.slice(0, -1), false);
    return { error: last["error"] };
  }
  const usage = isRecord(last["usage"]) ? last["usage"] : undefined;
  if (usage !== undefined) assertEquals(last["choices"], [], "the usage chunk has no choices");
  const withChoices = usage === undefined ? chunks : chunks.slice(0, -1);
  for (const chunk of withChoices) {
    assertEquals("usage" in chunk, usage !== undefined, "usage is null in the other chunks, or nowhere");
  }
  for (const key of ["id", "created", "model", "object"]) {
    assertEquals(new Set(chunks.map((chunk) => chunk[key])).size, 1, `one ${key} in all chunks`);
  }
  const choice = foldChoices(withChoices, true);
  const completion = {
    id: last["id"],
    object: "chat.completion",
    created: last["created"],
    model: last["model"],
    choices: [choice],
    ...(usage === undefined ? {} : { usage }),
  };
  return { completion, hasUsage: usage !== undefined };
}

interface FoldedCall {
  readonly start: JsonObject;
  text: string;
}

function foldChoices(chunks: readonly JsonObject[], mustEnd: boolean): JsonObject {
  let content = "";
  let refusal = "";
  let reasoning = "";
  let finish: unknown = null;
  let roles = 0;
  const annotations: unknown[] = [];
  const images: unknown[] = [];
  const calls: FoldedCall[] = [];
  let legacy: { name: string; arguments: string } | undefined;
  for (const [at, chunk] of chunks.entries()) {
    const choice = listAt(chunk, "choices")?.[0];
    assert(isRecord(choice), "every chunk but the last one has a choice");
    assertEquals(finish, null, "no choice comes after the finish_reason");
    const delta = recordAt(choice, "delta") ?? {};
    if ("role" in delta) {
      assertEquals(at, 0, "the role comes first");
      assertEquals(delta["role"], "assistant");
      roles++;
    }
    content += textAt(delta, "content") ?? "";
    refusal += textAt(delta, "refusal") ?? "";
    reasoning += textAt(delta, "reasoning_content") ?? "";
    images.push(...listAt(delta, "images") ?? []);
    annotations.push(...listAt(delta, "annotations") ?? []);
    for (const call of listAt(delta, "tool_calls") ?? []) {
      assert(isRecord(call));
      foldCall(call, calls);
    }
    const called = recordAt(delta, "function_call");
    if (called !== undefined) {
      legacy ??= { name: "", arguments: "" };
      legacy.name += textAt(called, "name") ?? "";
      legacy.arguments += textAt(called, "arguments") ?? "";
    }
    finish = choice["finish_reason"];
  }
  if (chunks.length > 0) assertEquals(roles, 1, "one role");
  if (mustEnd) assert(typeof finish === "string", "a finish_reason");
  const hasCalls = calls.length > 0 || legacy !== undefined;
  return {
    index: 0,
    message: {
      role: "assistant",
      content: content === "" && (hasCalls || refusal !== "") ? null : content,
      refusal: refusal === "" ? null : refusal,
      ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
      ...(annotations.length === 0 ? {} : { annotations }),
      ...(images.length === 0 ? {} : { images }),
      ...(legacy === undefined ? {} : { function_call: legacy }),
      ...(calls.length === 0 ? {} : { tool_calls: calls.map(wholeCall) }),
    },
    logprobs: null,
    finish_reason: finish,
  };
}

function foldCall(call: JsonObject, calls: FoldedCall[]): void {
  const index = call["index"];
  assert(typeof index === "number");
  const piece = textAt(recordAt(call, "function") ?? {}, "arguments") ??
    textAt(recordAt(call, "custom") ?? {}, "input") ?? "";
  if (index === calls.length) {
    assert(typeof call["id"] === "string", "the first fragment of a call has its id");
    calls.push({ start: call, text: piece });
    return;
  }
  assertEquals(index, calls.length - 1, "calls come one after the other");
  assertEquals(Object.keys(call).length, 2, "later fragments carry nothing but index and arguments");
  const current = calls[index];
  if (current !== undefined) current.text += piece;
}

function wholeCall({ start, text }: FoldedCall): JsonObject {
  const { index: _, ...call } = start;
  const custom = recordAt(start, "custom");
  const definition = recordAt(start, "function");
  return custom === undefined
    ? { ...call, function: { ...definition, arguments: text } }
    : { ...call, custom: { ...custom, input: text } };
}
