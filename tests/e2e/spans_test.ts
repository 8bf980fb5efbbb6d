import { assertEquals, assertStringIncludes } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { post, withProgram } from "./setup.ts";

interface Received {
  readonly path: string;
  readonly key: string | null;
  readonly text: string;
}

/** A collector of OpenTelemetry that keeps what it is sent. */
function startCollector(status = 200) {
  const received: Received[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    received.push({ path: pathname, key: request.headers.get("x-key"), text: await request.text() });
    return new Response("{}", { status });
  });
  return {
    received,
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The attributes of a span, by name. */
function attributesOf(span: { attributes: { key: string; value: Record<string, unknown> }[] }) {
  return Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

Deno.test("serve sends a span of each request to the collector that the environment names, and no word of it", async () => {
  await using collector = startCollector();
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
    OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b",
    OTEL_SERVICE_NAME: "mine",
  };
  await withProgram(async ({ program, backend }) => {
    const usage = { inputTokens: 4000, cachedTokens: 3000, outputTokens: 7 };
    backend.answer({ events: textAnswer(["geheim"], { seed: "s", usage }) });
    const response = await post(program, "/codex/v1/responses", { model: "gpt-5.5", input: "vertraulich" });
    const { id } = await response.json();
    await post(program, "/codex/v1/chat/completions", { model: "no-such-model", messages: [] }).then((r) =>
      r.text()
    );
    await (await program.fetch("/health")).text();
    const { stderr } = await program.stop();
    assertEquals(stderr.includes("spans cannot be sent"), false);
    const [sent] = collector.received;
    assertEquals([collector.received.length, sent?.path, sent?.key], [1, "/v1/traces", "a b"]);
    const { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] } = JSON.parse(sent?.text ?? "");
    assertEquals(attributesOf(resource)["service.name"], "mine");
    assertEquals([spans.length, spans[0].name, spans[0].kind, spans[0].status], [1, "chat gpt-5.5", 3, {}]);
    const attributes = attributesOf(spans[0]);
    assertEquals(
      Object.fromEntries(Object.entries(attributes).filter(([key]) => key.startsWith("gen_ai."))),
      {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5.5",
        "gen_ai.response.model": "gpt-5.5",
        "gen_ai.response.id": id,
        "gen_ai.usage.input_tokens": "4000",
        "gen_ai.usage.output_tokens": "7",
        "gen_ai.usage.cache_read.input_tokens": "3000",
        "gen_ai.usage.reasoning.output_tokens": "0",
      },
    );
    assertEquals(BigInt(spans[0].endTimeUnixNano) >= BigInt(spans[0].startTimeUnixNano), true);
    for (const word of ["geheim", "vertraulich"]) assertEquals(sent?.text.includes(word), false);
  }, { env });
});

Deno.test("serve answers as ever where no collector is, and says so once", async () => {
  await using collector = startCollector(503);
  await withProgram(async ({ program, backend }) => {
    for (const seed of ["1", "2"]) {
      backend.answer({ events: textAnswer(["ok"], { seed }) });
      const response = await post(program, "/codex/v1/responses", { model: "gpt-5.5", input: "Hi" });
      assertEquals(response.status, 200, await response.text());
    }
    const { stderr } = await program.stop();
    assertStringIncludes(stderr, "spans cannot be sent");
    assertEquals(stderr.split("spans cannot be sent").length, 2);
  }, { env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/own/path` } });
  assertEquals(collector.received[0]?.path, "/own/path");
});
