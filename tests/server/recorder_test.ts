import { assertEquals, assertRejects } from "@std/assert";
import { BOUNDS } from "../../src/bounds.ts";
import { SETTINGS, type Settings } from "../../src/config/settings.ts";
import { RESPONSES } from "../../src/dialects/responses/dialect.ts";
import { Problem, type ProblemCode } from "../../src/problem.ts";
import type { Call } from "../../src/server/call.ts";
import { parseCase } from "../../src/server/case_text.ts";
import { findRoute } from "../../src/server/find_route.ts";
import { createNote } from "../../src/server/note.ts";
import { createRecorder, type Recorder } from "../../src/server/recorder.ts";

const DEFAULTS = Object.fromEntries(
  Object.entries(SETTINGS).map(([key, row]) => [key, row.default]),
) as unknown as Settings;

function callOf(): Call {
  const url = new URL("http://127.0.0.1/v1/responses");
  const { route, params } = findRoute("POST", url.pathname);
  return {
    request: new Request(url, { method: "POST" }),
    url,
    route,
    params,
    caller: { owner: "", key: undefined, isLocal: true } as unknown as Call["caller"],
    settings: DEFAULTS,
    note: { ...createNote("req_1", "POST", 0), route: "/v1/responses" },
    takePlace: () => undefined,
    dialect: RESPONSES,
  };
}

interface Bench {
  readonly recorder: Recorder;
  /** the parts of what was written, in order */
  recorded(): Promise<Record<string, string>[]>;
}

async function createBench(): Promise<Bench> {
  const written: string[] = [];
  const recorder = await createRecorder({
    write: (_, text) => Promise.resolve(void written.push(text)),
    prompt: () => "",
    hide: (text) => text,
    version: "0.1.0",
    nowMs: () => 0,
    onError: (error) => {
      throw error;
    },
  });
  return {
    recorder,
    recorded: async () => {
      await recorder.settled();
      return written.map((text) =>
        Object.fromEntries(
          [...parseCase(text).parts].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]),
        )
      );
    },
  };
}

Deno.test("createRecorder() records an answer without a body as one", async () => {
  const { recorder, recorded } = await createBench();
  const answer = new Response(null, { status: 204 });
  assertEquals((await recorder.record(callOf(), {}, () => Promise.resolve(answer))).status, 204);
  assertEquals((await recorded()).map(Object.keys), [["request", "problem"]]);
});

Deno.test("createRecorder() keeps characters whole that are cut between two pieces of an answer", async () => {
  const { recorder, recorded } = await createBench();
  const bytes = new TextEncoder().encode("data: ü\n\n");
  const pieces = [bytes.slice(0, 7), bytes.slice(7)];
  const upstream = recorder.wrapFetch(() =>
    Promise.resolve(new Response(ReadableStream.from(pieces), { status: 200 }))
  );
  const response = await recorder.record(callOf(), {}, async () => {
    const { body } = await upstream("http://127.0.0.1", { method: "POST", body: "{}" });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  assertEquals(await response.text(), "data: ü\n\n");
  const [parts] = await recorded();
  assertEquals(Object.keys(parts ?? {}), ["request", "ask", "upstream", "client"]);
  assertEquals([parts?.["upstream"], parts?.["client"]].map((text) => text?.includes("\ufffd")), [
    false,
    false,
  ]);
});

Deno.test("createRecorder() copies so many bytes of an answer and no more, and hands on all", async () => {
  const { recorder, recorded } = await createBench();
  const limit = BOUNDS.recording.bytes;
  const text = '{"id":"resp_1","status":"completed"}';
  const encoder = new TextEncoder();
  // The last byte that fits ends the JSON: with one more or one less it would be none.
  const pieces = [new Uint8Array(limit - text.length).fill(0x20), encoder.encode(`${text}xy`)];
  const answer = new Response(ReadableStream.from(pieces));
  const response = await recorder.record(callOf(), {}, () => Promise.resolve(answer));
  let passed = 0;
  for await (const chunk of response.body ?? []) passed += chunk.length;
  assertEquals(passed, limit + 2);
  const [parts] = await recorded();
  assertEquals(Object.keys(JSON.parse(parts?.["answer"] ?? "")), ["id", "status"]);
});

Deno.test("createRecorder() records a refusal, but not one that was made before anybody looked at the body", async () => {
  const refused = async (code: ProblemCode, asks: boolean) => {
    const { recorder, recorded } = await createBench();
    const upstream = recorder.wrapFetch(() => Promise.resolve(new Response("{}")));
    await assertRejects(() =>
      recorder.record(callOf(), {}, async () => {
        if (asks) await (await upstream("http://127.0.0.1", { method: "POST", body: "{}" })).text();
        throw new Problem(code);
      })
    );
    return (await recorded()).map(Object.keys);
  };
  assertEquals(await refused("bad_request", false), [["request", "problem"]]);
  assertEquals(await refused("method_not_allowed", false), []);
  assertEquals(await refused("method_not_allowed", true), [["request", "ask", "upstream", "problem"]]);
});

Deno.test("createRecorder() takes only what an exchange posts for its ask", async () => {
  const { recorder, recorded } = await createBench();
  const upstream = recorder.wrapFetch(() => Promise.resolve(new Response("{}")));
  await (await upstream("http://127.0.0.1", { method: "POST", body: "{}" })).text();
  const response = await recorder.record(callOf(), {}, async () => {
    await (await upstream("http://127.0.0.1/models")).text();
    return Response.json({});
  });
  await response.text();
  assertEquals((await recorded()).map(Object.keys), [["request", "answer"]]);
});
