/**
 * What an answer had in it goes back to the backend in the keys that it takes, on each way there is; the fake backend
 * refuses the others as the real one does.
 */
import { assertEquals } from "@std/assert";
import { answerEvents, textAnswer } from "../fake/answers.ts";
import { ENCRYPTED_PREFIX } from "../fake/answer_parts.ts";
import type { Program } from "../program.ts";
import { post, type Stage, withProgram } from "./setup.ts";

interface Json {
  // deno-lint-ignore no-explicit-any
  [key: string]: any;
}

const RESPONSES = "/codex/v1/responses";
const ASK = { model: "gpt-5.5", input: "Draw a cat" };
const ON = { model: "gpt-5.5", input: "Another" };

/** What the answer's items may be sent back as. */
const REASONING = {
  type: "reasoning",
  summary: [{ type: "summary_text", text: "A cat" }],
  encrypted_content: `${ENCRYPTED_PREFIX}1x0`,
};
const IMAGE = {
  type: "image_generation_call",
  status: "completed",
  result: "AAAA",
  revised_prompt: "A fake picture",
};
const MESSAGE = { type: "message", role: "assistant", content: [{ type: "output_text", text: "Here" }] };

/** An answer whose items have keys that are refused when they are sent back. */
const ANSWER = answerEvents([
  { type: "reasoning", summary: ["A cat"], raw: "A cat has four legs" },
  { type: "image", base64: "AAAA" },
  {
    type: "text",
    words: ["Here"],
    annotations: [{
      type: "url_citation",
      url: "https://a.example/",
      title: "a",
      start_index: 0,
      end_index: 4,
    }],
  },
]);

async function json(program: Program, path: string, body: unknown): Promise<Json> {
  const response = await post(program, path, body);
  const answer = await response.json();
  assertEquals([response.status, answer.error ?? null], [200, null]);
  return answer;
}

/** Each way an answer's items go back: begins with {@linkcode ANSWER}, then sends the request that replays it. */
const WAYS: Record<string, (program: Program) => Promise<unknown>> = {
  "the client's own input": async (program) => {
    const { output } = await json(program, RESPONSES, { ...ASK, store: false });
    await json(program, RESPONSES, {
      ...ON,
      input: [{ role: "user", content: "Draw a cat" }, ...output, USER],
    });
  },
  "a session": async (program) => {
    await json(program, "/codex/cats/v1/responses", ASK);
    await json(program, "/codex/cats/v1/responses", ON);
  },
  "previous_response_id": async (program) => {
    const { id } = await json(program, RESPONSES, ASK);
    await json(program, RESPONSES, { ...ON, previous_response_id: id });
  },
  "a conversation": async (program) => {
    const { id } = await json(program, "/codex/v1/conversations", {});
    await json(program, RESPONSES, { ...ASK, conversation: id });
    await json(program, RESPONSES, { ...ON, conversation: id });
  },
  "a reference to an item": async (program) => {
    const { output } = await json(program, RESPONSES, ASK);
    const references = output.map(({ id }: Json) => ({ type: "item_reference", id }));
    await json(program, RESPONSES, {
      ...ON,
      input: [{ role: "user", content: "Draw" }, ...references, USER],
    });
  },
};
const USER = { role: "user", content: "Another" };

for (const [way, run] of Object.entries(WAYS)) {
  Deno.test(`items of an answer go back by ${way} in the keys that the backend takes`, async () => {
    await withProgram(async ({ program, backend }) => {
      backend.answer({ events: ANSWER });
      await run(program);
      assertEquals(backend.refusals(), []);
      assertEquals(sentItems(backend), [REASONING, IMAGE, MESSAGE]);
    });
  });
}

Deno.test("items of an answer are compacted in the keys that the backend takes", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: ANSWER });
    const { id, output } = await json(program, RESPONSES, ASK);
    for (const body of [{ previous_response_id: id, input: "On" }, { input: [...output, USER] }]) {
      backend.answer({ events: compactionAnswer() });
      await json(program, `${RESPONSES}/compact`, { model: "gpt-5.5", ...body });
      assertEquals(sentItems(backend).slice(0, 3), [REASONING, IMAGE, MESSAGE]);
    }
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("reasoning that is kept for a chat client goes back in the keys that the backend takes", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: ANSWER });
    const asked = { role: "user", content: "Draw a cat" };
    const body = { model: "gpt-5.5", messages: [asked] };
    const { choices: [{ message }] } = await json(program, "/codex/v1/chat/completions", body);
    await json(program, "/codex/v1/chat/completions", { ...body, messages: [asked, message, USER] });
    assertEquals(backend.refusals(), []);
    assertEquals(sentItems(backend).find((item) => item["type"] === "reasoning"), REASONING);
  });
});

Deno.test("reasoning in the signature of a thinking block goes back in the keys that the backend takes", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: ANSWER });
    const asked = { role: "user", content: "Draw a cat" };
    const body = {
      model: "claude-x",
      max_tokens: 9999,
      thinking: { type: "enabled", budget_tokens: 2048 },
      messages: [asked],
    };
    const { content } = await json(program, "/codex/v1/messages", body);
    const messages = [asked, { role: "assistant", content }, USER];
    await json(program, "/codex/v1/messages", { ...body, messages });
    assertEquals(backend.refusals(), []);
    assertEquals(sentItems(backend).find((item) => item["type"] === "reasoning"), REASONING);
  });
});

Deno.test("an item of an unknown type is left out of a session, and the log says so", async () => {
  await withProgram(async ({ program, backend }) => {
    const [created, begun, ...rest] = textAnswer(["Hi"]);
    const item = { type: "crystal_ball_call", id: "cb_1", status: "completed" };
    const done = { type: "response.output_item.done", output_index: 1, item, sequence_number: 2 };
    const events = [created, begun, ...rest.slice(0, -1), done, rest.at(-1)].filter((event) =>
      event !== undefined
    );
    backend.answer({ events });
    await json(program, "/codex/ball/v1/responses", ASK);
    await json(program, "/codex/ball/v1/responses", ON);
    await program.stderrUntil(/left out.*crystal_ball_call/);
    assertEquals(backend.refusals(), []);
  });
});

/** Items of the last ask without the messages of others. */
function sentItems(backend: Stage["backend"]): Json[] {
  const { input } = backend.asks().at(-1)?.json as { input: Json[] };
  return input.filter(({ type, role }) =>
    type !== "additional_tools" && (type !== "message" || role === "assistant")
  );
}

function compactionAnswer() {
  const item = { type: "compaction", id: "cmp_1", encrypted_content: "gAAAAABfakecompacted" };
  const [created, begun, ...rest] = textAnswer([], { seed: "2" });
  const done = { type: "response.output_item.done", output_index: 0, item, sequence_number: 2 };
  return [created, begun, done, rest.at(-1)].filter((event) => event !== undefined);
}
