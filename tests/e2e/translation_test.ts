/** Statements of the translation checklist that only the whole program can show. */
import { assert, assertEquals } from "@std/assert";
import * as zlib from "node:zlib";
import { ENCRYPTED_PREFIX } from "../fake/answer_parts.ts";
import { reasoningAnswer, textAnswer, toolCallAnswer } from "../fake/answers.ts";
import { dataOf, HELLO, post, withProgram } from "./setup.ts";

const CHAT = "/v1/chat/completions";

Deno.test("translation 37: parameters without effect are named in a header, and make no call fail", async () => {
  await withProgram(async ({ program, backend }) => {
    for (const [path, body] of [[CHAT, HELLO], ["/v1/responses", { input: "Hi" }]] as const) {
      const given = { ...body, temperature: 0, seed: 1, service_tier: "flex", "strange key\n": true };
      const response = await post(program, path, given);
      await response.body?.cancel();
      assertEquals(response.status, 200);
      assertEquals(
        response.headers.get("x-ccproxy-ignored-params"),
        "temperature, seed, service_tier, strange?key?",
      );
    }
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("translation 41: bodies may be packed with gzip, br or zstd", async () => {
  await withProgram(async ({ program, backend }) => {
    const bytes = new TextEncoder().encode(JSON.stringify(HELLO));
    const packed = {
      gzip: zlib.gzipSync(bytes),
      br: zlib.brotliCompressSync(bytes),
      zstd: zlib.zstdCompressSync(bytes),
    };
    for (const [encoding, body] of Object.entries(packed)) {
      const response = await program.fetch(CHAT, {
        method: "POST",
        headers: { "content-encoding": encoding, "content-type": "application/json" },
        body: new Uint8Array(body),
      });
      await response.body?.cancel();
      assertEquals(response.status, 200, encoding);
    }
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("translation 78: comments keep a silent stream open, and headers stop buffering", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    const events = textAnswer(["Hi"]);
    backend.answer({ events: [...events.slice(0, 2), { wait: gate }, ...events.slice(2)] });
    const response = await post(program, CHAT, { ...HELLO, stream: true });
    assertEquals(
      ["content-type", "cache-control", "x-accel-buffering"].map((name) => response.headers.get(name)),
      ["text/event-stream; charset=utf-8", "no-cache, no-transform", "no"],
    );
    let text = "";
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      if (text.includes(": keepalive\n\n")) gate.open();
    }
    assert(text.indexOf(": keepalive") < text.indexOf("Hi"), "before the first token");
    assertEquals(dataOf(text.replaceAll(": keepalive\n\n", "")).at(-1), "[DONE]");
  }, { env: { CCPROXY_LIMITS__KEEPALIVE_SECONDS: "1" } });
});

Deno.test("translation 95: a used-up plan is a 429 with retry-after that SDKs do not repeat, whatever its status was", async () => {
  await withProgram(async ({ program, backend }) => {
    const error = {
      type: "usage_limit_reached",
      message: "The usage limit has been reached",
      resets_in_seconds: 90,
    };
    for (const status of [429, 404]) {
      backend.setDefault({ status, body: { error } });
      const response = await post(program, CHAT, HELLO);
      assertEquals(
        [response.status, response.headers.get("retry-after"), response.headers.get("x-should-retry")],
        [429, "90", "false"],
      );
      assertEquals((await response.json()).error.type, "rate_limit_error");
    }
    backend.setDefault({
      events: [{
        type: "response.failed",
        response: { error: { code: "server_is_overloaded", message: "Busy" } },
      }],
    });
    const inside = await post(program, CHAT, { ...HELLO, stream: true });
    await inside.body?.cancel();
    assertEquals(inside.status, 503);
  });
});

const REASONING = [
  { role: "user", content: "Hi" },
  { type: "reasoning", summary: [], encrypted_content: `${ENCRYPTED_PREFIX}other` },
  { role: "assistant", content: "Hello" },
  { role: "user", content: "Go on" },
];

Deno.test("translation 96: reasoning that the backend refuses is dropped, and the request sent once more", async () => {
  await withProgram(async ({ program, backend }) => {
    const refusals = [
      {
        error: { code: "invalid_encrypted_content", message: "The encrypted content could not be verified" },
      },
      { detail: "Unsupported content type" },
    ];
    for (const body of refusals) {
      backend.answer({ status: 400, body });
      const response = await post(program, "/v1/responses", { input: REASONING, store: false });
      await response.body?.cancel();
      const [first, second] = backend.asks().slice(-2).map(inputTypes);
      assertEquals([response.status, first?.includes("reasoning"), second?.includes("reasoning")], [
        200,
        true,
        false,
      ]);
    }
    backend.setDefault({ status: 400, body: refusals[0] });
    const before = backend.asks().length;
    const refused = await post(program, "/v1/responses", { input: REASONING, store: false });
    await refused.body?.cancel();
    assertEquals([refused.status, backend.asks().length - before], [400, 2], "once, never twice");
  });
});

Deno.test("translation 97: a 400 over a parameter that was never sent is answered by one plain repetition", async () => {
  await withProgram(async ({ program, backend }) => {
    const fault = { status: 400, body: { detail: "prompt_cache_retention is not supported on this model" } };
    backend.answer(fault);
    const response = await post(program, CHAT, HELLO);
    await response.body?.cancel();
    const [first, second] = backend.asks().slice(-2).map((ask) => ask.bodyText);
    assertEquals([response.status, first === second], [200, true]);
    backend.setDefault(fault);
    const before = backend.asks().length;
    const refused = await post(program, CHAT, HELLO);
    await refused.body?.cancel();
    assertEquals([refused.status, backend.asks().length - before], [400, 2]);
  });
});

Deno.test("translation 104: nothing is repeated once a byte has reached the client", async () => {
  await withProgram(async ({ program, backend }) => {
    const events = toolCallAnswer([{ name: "get", arguments: '{"a":1}' }]);
    const begun = events.findIndex((event) => event.type === "response.function_call_arguments.delta") + 1;
    for (const fault of [{ cut: true }, { reset: true }] as const) {
      backend.answer({ events: [...events.slice(0, begun), fault] });
      const before = backend.asks().length;
      const stream = await (await post(program, CHAT, { ...HELLO, stream: true })).text();
      assertEquals([backend.asks().length - before, stream.split('"name":"get"').length - 1], [1, 1]);
    }
  });
});

Deno.test("translation 105: parallel requests never mix their contents", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault((request) => {
      const word = /word-\d+/.exec(request.bodyText)?.[0] ?? "";
      const words = Array.from({ length: 20 }, (_, n) => `${word}.${n} `);
      return { events: reasoningAnswer([`about ${word}`], words, { seed: word }) };
    });
    const answers = await Promise.all(Array.from({ length: 24 }, async (_, n) => {
      const path = n % 2 === 0 ? CHAT : "/v1/responses";
      const message = [{ role: "user", content: `word-${n}` }];
      const body = path === CHAT ? { messages: message } : { input: message };
      const text = await (await post(program, path, { ...body, stream: n % 3 !== 0 })).text();
      return [...new Set(text.match(/word-\d+/g))];
    }));
    assertEquals(answers, answers.map((_, n) => [`word-${n}`]));
  });
});

Deno.test("translation 107: the cache key stays over a conversation and differs between conversations", async () => {
  await withProgram(async ({ program, backend }) => {
    const first = { role: "user", content: "Plan a trip" };
    const turns = [
      [first],
      [first, { role: "assistant", content: "Where to?" }, { role: "user", content: "Bern" }],
      [{ role: "user", content: "Write a poem" }],
    ];
    for (const messages of turns) await (await post(program, CHAT, { messages })).body?.cancel();
    const [one, two, three] = backend.asks().map((ask) => JSON.parse(ask.bodyText)["prompt_cache_key"]);
    assert(typeof one === "string" && one.length > 0 && one.length <= 64);
    assertEquals([one === two, one === three], [true, false]);
  });
});

function inputTypes(ask: { readonly bodyText: string }): string[] {
  return JSON.parse(ask.bodyText).input.map((item: { type: string }) => item.type);
}
