import { assert, assertEquals } from "@std/assert";
import { ENCRYPTED_PREFIX } from "../fake/answer_parts.ts";
import { answerEvents, failedAnswer, reasoningAnswer, textAnswer, toolCallAnswer } from "../fake/answers.ts";
import { type FakeBackend, startFakeBackend } from "../fake/backend.ts";
import { authJson, makeTokens } from "../fake/tokens.ts";
import { makeHome, startProgram } from "../program.ts";
import { HELLO, post, withProgram } from "./setup.ts";

/** The conversation of the last request: `role: text`, and the types of other items; not the proxy's own prompt. */
function lastInput(backend: FakeBackend): string[] {
  const body = backend.asks().at(-1)?.json as { input: Record<string, unknown>[] };
  return body.input.map((item) => {
    if (item["type"] !== "message") {
      return `${item["type"]} ${item["call_id"] ?? item["encrypted_content"] ?? ""}`;
    }
    const content = item["content"] as { text?: string }[];
    return `${item["role"]}: ${content.map(({ text }) => text).join("")}`;
  }).filter((text) => !/^developer: You are a capable|^additional_tools/.test(text));
}

const login = () => authJson(makeTokens());
const user = (content: string) => ({ role: "user", content });
const say = (content: string, model = "gpt-5") => ({ model, messages: [user(content)] });
/** Reasoning belongs to a model: the default may change while the account's list of models is on its way. */
const NAMED = "gpt-5.5";
const ALICE = ["user: My name is Alice", "assistant: Hello Alice", "user: What's my name?"];

Deno.test("a session in the path remembers Alice, as the guide says, streamed or not, on any prefix", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: textAnswer(["Hello", " Alice"]) });
    const first = await post(program, "/codex/my-session/responses", say("My name is Alice"));
    assertEquals(first.headers.get("x-session-id"), "my-session");
    await first.text();
    backend.answer({ events: textAnswer(["Alice"]) });
    const second = await post(program, "/codex/my-session/v1/chat/completions", {
      ...say("What's my name?"),
      stream: true,
    });
    assert((await second.text()).includes("Alice"));
    assertEquals(lastInput(backend), ALICE);
    await (await post(program, "/codex/my-session/responses", say("Thanks"))).text();
    assertEquals(lastInput(backend), [...ALICE, "assistant: Alice", "user: Thanks"]);
    await (await post(program, "/codex/other/responses", say("Who am I?"))).text();
    assertEquals(lastInput(backend), ["user: Who am I?"]);
    const keys = backend.asks().map(({ json }) => (json as Record<string, unknown>)["prompt_cache_key"]);
    assertEquals([keys[0] === keys[1], keys[1] === keys[2], keys[2] === keys[3]], [true, true, false]);
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("a session id next to x-session-affinity is for the cache alone: its client sends each conversation whole (translation 136)", async () => {
  await withProgram(async ({ program, backend }) => {
    const headers = { "x-session-id": "one", "x-session-affinity": "one" };
    const system = (content: string) => ({ role: "system", content });
    const ask = async (...messages: unknown[]) => {
      const answer = await post(program, "/v1/chat/completions", { model: "gpt-5", messages }, { headers });
      await answer.text();
      return lastInput(backend);
    };
    const title = [system("Make a title"), user("My name is Alice")];
    const turn = [system("Be a friend"), user("My name is Alice")];
    backend.answer({ events: textAnswer(["Alice"]) });
    assertEquals(await ask(...title), ["developer: Make a title", "user: My name is Alice"]);
    backend.answer({ events: textAnswer(["Hello"]) });
    assertEquals(await ask(...turn), ["developer: Be a friend", "user: My name is Alice"]);
    const second = [...turn, { role: "assistant", content: "Hello" }, user("Bye")];
    assertEquals(await ask(...second), [
      "developer: Be a friend",
      "user: My name is Alice",
      "assistant: Hello",
      "user: Bye",
    ]);
    const keys = backend.asks().map(({ json }) => (json as Record<string, unknown>)["prompt_cache_key"]);
    assertEquals([keys[0], keys[1]], [keys[2], keys[2]]);
  });
});

Deno.test("a session in a header remembers Alice, also across a restart", async () => {
  await using backend = await startFakeBackend();
  const home = await makeHome();
  try {
    for (const header of ["session_id", "x-session-id", "session-id"]) {
      const headers = { [header]: `by-${header}` };
      await using program = await startProgram({ backend, home, credentials: login() });
      backend.answer({ events: textAnswer(["Hello Alice"]) });
      await (await post(program, "/codex/responses", say("My name is Alice"), { headers })).text();
      await program.stop();
      await using again = await startProgram({ backend, home });
      await (await post(again, "/codex/responses", say("What's my name?"), { headers })).text();
      assertEquals(lastInput(backend), ALICE);
    }
    assertEquals(backend.refusals(), []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("a client that resends everything doubles nothing, with tags, tools and system text", async () => {
  await withProgram(async ({ program, backend }) => {
    const path = "/codex/resender/chat/completions";
    const system = { role: "system", content: "Be brief." };
    const tools = [{ type: "function", function: { name: "look", parameters: { type: "object" } } }];
    backend.answer({
      events: answerEvents([
        { type: "reasoning", summary: ["Thinking it over"] },
        { type: "text", words: ["Let me look."] },
        { type: "call", name: "look", arguments: '{"at": 1}', callId: "call_look" },
      ]),
    });
    const first = await (await post(program, path, {
      model: NAMED,
      tools,
      messages: [system, user("What is it?")],
    })).json();
    const said = first.choices[0].message;
    assertEquals(said.content, "<thinking>Thinking it over</thinking>\n\nLet me look.");
    const messages = [
      system,
      user("What is it?"),
      said,
      { role: "tool", tool_call_id: "call_look", content: "a cat" },
    ];
    backend.answer({ events: textAnswer(["A cat."], { seed: "2" }) });
    await (await post(program, path, { model: NAMED, tools, messages })).text();
    const expected = [
      "developer: Be brief.",
      "user: What is it?",
      `reasoning ${ENCRYPTED_PREFIX}1x0`,
      "assistant: Let me look.",
      "function_call call_look",
      "function_call_output call_look",
    ];
    assertEquals(lastInput(backend), expected);
    const more = [...messages, { role: "assistant", content: "A cat." }, user("Sure?")];
    await (await post(program, path, { model: NAMED, tools, messages: more })).text();
    assertEquals(lastInput(backend), [...expected, "assistant: A cat.", "user: Sure?"]);
    // An edited history is the client's own word.
    const edited = [system, user("What is it?"), said, messages[3], user("Be quick")];
    await (await post(program, path, { model: NAMED, tools, messages: edited })).text();
    assertEquals(lastInput(backend), [...expected, "user: Be quick"]);
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("without an id a new session comes back, and continues by its id or by a resent history", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: reasoningAnswer(["Hm"], ["Hello Alice"]) });
    const first = await post(program, "/codex/v1/chat/completions", say("My name is Alice", NAMED));
    const id = first.headers.get("x-session-id") ?? "";
    await first.text();
    assert(/^sess_[0-9a-f]{32}$/.test(id));
    const history = [
      user("My name is Alice"),
      { role: "assistant", content: "<thinking>Hm</thinking>\n\nHello Alice" },
      user("What's my name?"),
    ];
    const resent = await post(program, "/codex/v1/chat/completions", { model: NAMED, messages: history });
    await resent.text();
    assertEquals(resent.headers.get("x-session-id"), id);
    const reasoning = `reasoning ${ENCRYPTED_PREFIX}1x0`;
    const whole = [ALICE[0] ?? "", reasoning, ALICE[1] ?? "", ALICE[2] ?? ""];
    assertEquals(lastInput(backend), whole);
    // A branch of the same history is a session of its own.
    const branch = await post(program, "/codex/v1/chat/completions", { model: NAMED, messages: history });
    await branch.text();
    assert(branch.headers.get("x-session-id") !== id);
    await (await post(program, `/codex/${id}/chat/completions`, say("Bye", NAMED))).text();
    assertEquals(lastInput(backend).length, 6);
    assertEquals(lastInput(backend).slice(0, 4), whole);
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("turns of one session run one after the other, those of another do not wait", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    backend.answer({ events: [{ wait: gate }, ...textAnswer(["one"])] });
    const first = post(program, "/codex/busy/chat/completions", say("1"));
    await backend.nextRequest();
    const second = post(program, "/codex/busy/chat/completions", say("2"));
    await (await post(program, "/codex/free/chat/completions", say("3"))).text();
    assertEquals(backend.asks().length, 2);
    gate.open();
    await (await first).text();
    await (await second).text();
    assertEquals(lastInput(backend), ["user: 1", "assistant: one", "user: 2"]);
  });
});

Deno.test("a turn that waits too long gets 409, and its session goes on afterwards", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    backend.answer({ events: [{ wait: gate }, ...textAnswer(["one"])] });
    const first = post(program, "/codex/busy/chat/completions", say("1"));
    await backend.nextRequest();
    const second = await post(program, "/codex/busy/chat/completions", say("2"));
    const { error } = await second.json();
    assertEquals([second.status, error.code], [409, "session_busy"]);
    gate.open();
    await (await first).text();
    await (await post(program, "/codex/busy/chat/completions", say("3"))).text();
    assertEquals(lastInput(backend), ["user: 1", "assistant: one", "user: 3"]);
  }, { env: { CCPROXY_LIMITS__SESSION_WAIT_SECONDS: "0" } });
});

Deno.test("turns that failed, were cut or cancelled are never remembered", async () => {
  await withProgram(async ({ program, backend }) => {
    const path = "/codex/frail/chat/completions";
    backend.answer({ events: failedAnswer("server_error", "no", ["half"]) });
    await (await post(program, path, { ...say("fails"), stream: true })).text();
    backend.answer({ events: [...textAnswer(["half"]).slice(0, 5), { cut: true }] });
    await (await post(program, path, say("is cut"))).text();
    const gate = backend.gate();
    backend.answer({ events: [...textAnswer(["half"]).slice(0, 5), { wait: gate }] });
    const controller = new AbortController();
    const left = await fetch(`${program.url}${path}`, {
      method: "POST",
      body: JSON.stringify({ ...say("is cancelled"), stream: true }),
      signal: controller.signal,
    });
    const reader = left.body?.getReader();
    await reader?.read();
    controller.abort();
    await reader?.closed.catch(() => {});
    await backend.asks().at(-1)?.cancelled;
    await (await post(program, path, say("Hello"))).text();
    assertEquals(lastInput(backend), ["user: Hello"]);
  });
});

Deno.test("store false keeps nothing, and a Codex client's body is not touched", async () => {
  await withProgram(async ({ program, backend }) => {
    const path = "/codex/quiet/chat/completions";
    const quiet = await post(program, path, { ...say("Forget this"), store: false });
    await quiet.text();
    assertEquals(quiet.headers.get("x-session-id"), "quiet");
    await (await post(program, path, say("Remember this"))).text();
    assertEquals(lastInput(backend), ["user: Remember this"]);
    const body = JSON.stringify({
      model: "gpt-5.5",
      stream: true,
      store: false,
      instructions: "",
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "native" }] }],
    });
    const headers = { originator: "codex_exec" };
    const native = await post(program, "/codex/quiet/responses", body, { headers });
    await native.text();
    assertEquals(backend.asks().at(-1)?.bodyText, body);
    assertEquals(native.headers.get("x-session-id"), null);
  });
});

Deno.test("reasoning is replayed to the model and account it came from, and dropped for another model", async () => {
  await withProgram(async ({ program, backend }) => {
    const path = "/codex/thinker/chat/completions";
    const call = { name: "look", arguments: "{}", callId: "call_1" };
    backend.answer({
      events: answerEvents([{ type: "reasoning", summary: [] }, { type: "call", ...call }]),
    });
    await (await post(program, path, { ...say("Look"), model: "gpt-5.5" })).text();
    const output = { role: "tool", tool_call_id: "call_1", content: "seen" };
    backend.answer({ events: toolCallAnswer([{ ...call, callId: "call_2" }], { seed: "2" }) });
    await (await post(program, path, { model: "gpt-5.5", messages: [output] })).text();
    assertEquals(lastInput(backend), [
      "user: Look",
      `reasoning ${ENCRYPTED_PREFIX}1x0`,
      "function_call call_1",
      "function_call_output call_1",
    ]);
    // A call that nobody answered is answered for, and another model cannot read the reasoning.
    await (await post(program, path, { ...say("Never mind"), model: "gpt-6-sol" })).text();
    assertEquals(lastInput(backend), [
      "user: Look",
      "function_call call_1",
      "function_call_output call_1",
      "function_call call_2",
      "function_call_output call_2",
      "user: Never mind",
    ]);
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("a proxy whose database is unusable serves on, says so, and leaves the file as it is", async () => {
  const home = await makeHome();
  try {
    const folder = `${home}/.local/state/ccproxy`;
    await Deno.mkdir(folder, { recursive: true });
    const broken = "no database ".repeat(1000);
    await Deno.writeTextFile(`${folder}/ccproxy.db`, broken);
    await using backend = await startFakeBackend();
    await using program = await startProgram({ backend, home, credentials: login() });
    await program.stderrUntil(/The database of conversations is damaged.*not a database/);
    const answer = await post(program, "/codex/s/chat/completions", HELLO);
    assertEquals(
      [answer.status, answer.headers.get("x-ccproxy-warning")],
      [200, "remembered only until ccproxy ends: the database cannot be opened"],
    );
    await answer.text();
    const ready = await program.fetch("/health/ready");
    assertEquals([ready.status, (await ready.json()).memory], [
      200,
      "kept in this process only: the database cannot be opened",
    ]);
    assertEquals(await Deno.readTextFile(`${folder}/ccproxy.db`), broken);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("one session goes on through every dialect, streamed or not", async () => {
  await withProgram(async ({ program, backend }) => {
    const expected: string[] = [];
    let count = 0;
    for (const stream of [false, true]) {
      for (
        const [path, body] of [
          ["chat/completions", (text: string) => ({ messages: [user(text)] })],
          ["responses", (text: string) => ({ input: text })],
          ["messages", (text: string) => ({ max_tokens: 1000, messages: [user(text)] })],
          ["completions", (text: string) => ({ prompt: text })],
        ] as const
      ) {
        count++;
        backend.answer({ events: textAnswer([`answer ${count}`], { seed: `${count}` }) });
        const sent = { model: "gpt-5", stream, ...body(`question ${count}`) };
        const response = await post(program, `/codex/all/v1/${path}`, sent);
        assertEquals(response.status, 200, path);
        await response.text();
        expected.push(`user: question ${count}`);
        assertEquals(lastInput(backend), expected, `${path}, stream ${stream}`);
        expected.push(`assistant: answer ${count}`);
      }
    }
    assertEquals(backend.refusals(), []);
  });
});
