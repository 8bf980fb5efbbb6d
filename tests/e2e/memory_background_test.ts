import { assert, assertEquals } from "@std/assert";
import { failedAnswer, textAnswer } from "../fake/answers.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { authJson, makeTokens } from "../fake/tokens.ts";
import { makeHome, type Program, startProgram } from "../program.ts";
import { dataOf, post, withProgram } from "./setup.ts";

interface Json {
  // deno-lint-ignore no-explicit-any
  [key: string]: any;
}

const RESPONSES = "/codex/v1/responses";
const BODY = { model: "gpt-5", input: "Take your time", background: true };

async function get(program: Program, id: string): Promise<Json> {
  return await (await program.fetch(`${RESPONSES}/${id}`)).json();
}

/** Asks until the response is no longer in progress, as the SDKs do. */
async function poll(program: Program, id: string): Promise<Json> {
  for (;;) {
    const response = await get(program, id);
    if (response["status"] !== "in_progress" && response["status"] !== "queued") return response;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test("background runs on without its client and is polled to its end", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    const events = textAnswer(["All", " done"]);
    backend.answer({ events: [...events.slice(0, 4), { wait: gate }, ...events.slice(4)] });
    const begun = await (await post(program, RESPONSES, BODY)).json();
    assertEquals([begun.status, begun.background, begun.output], ["in_progress", true, []]);
    assertEquals((await get(program, begun.id))["status"], "in_progress");
    const early = await post(program, RESPONSES, {
      ...BODY,
      previous_response_id: begun.id,
      background: false,
    });
    assertEquals([early.status, (await early.json()).error.param], [400, "previous_response_id"]);
    gate.open();
    const ended = await poll(program, begun.id);
    assertEquals([ended["status"], ended["output"][0].content[0].text], ["completed", "All done"]);
    const onward = { model: "gpt-5", input: "Thanks", previous_response_id: begun.id };
    assertEquals((await (await post(program, RESPONSES, onward)).json()).status, "completed");
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("a background stream is left and picked up again where it was", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    const events = textAnswer(["One", " two", " three"]);
    const third = events.findIndex((event) => event["delta"] === " three");
    backend.answer({ events: [...events.slice(0, third), { wait: gate }, ...events.slice(third)] });
    const controller = new AbortController();
    const left = await fetch(`${program.url}${RESPONSES}`, {
      method: "POST",
      body: JSON.stringify({ ...BODY, stream: true }),
      signal: controller.signal,
    });
    const reader = left.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes('" two"')) text += (await reader?.read())?.value ?? "";
    controller.abort();
    await reader?.closed.catch(() => {});
    const seen = dataOf(text).map((data) => JSON.parse(data));
    const { id } = seen[0].response;
    const last = seen.at(-1).sequence_number;
    const again = await program.fetch(`${RESPONSES}/${id}?stream=true&starting_after=${last}`);
    gate.open();
    const rest = dataOf(await again.text()).map((data) => JSON.parse(data));
    assertEquals(rest[0].sequence_number, last + 1);
    assertEquals(rest.at(-1).type, "response.completed");
    const deltas = [...seen, ...rest].filter((event) => event.type === "response.output_text.delta");
    assertEquals(deltas.map((event) => event.delta).join(""), "One two three");
    await poll(program, id);
    const later = await (await program.fetch(`${RESPONSES}/${id}?stream=true`)).text();
    assertEquals(dataOf(later).map((data) => JSON.parse(data)), [...seen, ...rest]);
  });
});

Deno.test("background can be cancelled, and is then no part of any conversation", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: [...textAnswer(["Half", " way"]).slice(0, 5), { stall: true }] });
    const begun = await (await post(program, RESPONSES, BODY)).json();
    const cancelled = await post(program, `${RESPONSES}/${begun.id}/cancel`, {});
    assertEquals((await cancelled.json()).status, "cancelled");
    await backend.asks()[0]?.cancelled;
    assertEquals((await get(program, begun.id))["status"], "cancelled");
    const onward = await post(program, RESPONSES, {
      ...BODY,
      background: false,
      previous_response_id: begun.id,
    });
    assertEquals([onward.status, (await onward.json()).error.param], [400, "previous_response_id"]);
    const plain = await (await post(program, RESPONSES, { model: "gpt-5", input: "x" })).json();
    const refused = await post(program, `${RESPONSES}/${plain.id}/cancel`, {});
    assertEquals([refused.status, (await refused.json()).error.type], [400, "invalid_request_error"]);
  });
});

Deno.test("background that fails says so, at once or later; without store it is refused", async () => {
  await withProgram(async ({ program, backend }) => {
    const quiet = await post(program, RESPONSES, { ...BODY, store: false });
    assertEquals([quiet.status, (await quiet.json()).error.param], [400, "background"]);
    // In the standard lane, and in the lite lane.
    backend.answer({ status: 400, body: { detail: "No" } });
    backend.answer({ status: 400, body: { detail: "No" } });
    const refused = await post(program, RESPONSES, BODY);
    assertEquals([refused.status, (await refused.json()).error.type], [400, "invalid_request_error"]);
    backend.answer({ events: failedAnswer("server_error", "It broke", ["half"]) });
    const begun = await (await post(program, RESPONSES, BODY)).json();
    const failed = await poll(program, begun.id);
    assertEquals([failed["status"], failed["error"].code], ["failed", "server_error"]);
    assert(failed["error"].message.includes("It broke"));
  });
});

Deno.test("background whose process is killed or stopped is found failed by the next one", async () => {
  await using backend = await startFakeBackend();
  const home = await makeHome();
  try {
    backend.setDefault({ events: [...textAnswer(["Half"]).slice(0, 4), { stall: true }] });
    await using first = await startProgram({ backend, home, credentials: authJson(makeTokens()) });
    const killed = await (await post(first, RESPONSES, BODY)).json();
    first.kill("SIGKILL");
    await first.status;
    await using second = await startProgram({ backend, home });
    const found = await poll(second, killed.id);
    assertEquals([found["status"], found["error"].code], ["failed", "server_error"]);
    backend.setDefault({ events: [...textAnswer(["Half"], { seed: "2" }).slice(0, 4), { stall: true }] });
    const stopped = await (await post(second, RESPONSES, BODY)).json();
    await second.stop();
    await using third = await startProgram({ backend, home });
    assertEquals((await get(third, stopped.id))["status"], "failed");
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
