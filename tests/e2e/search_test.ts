import { assertEquals, assertMatch } from "@std/assert";
import { withProgram } from "./setup.ts";

Deno.test("alpha/search hands the bytes on untouched in both directions, refusals too", () =>
  withProgram(async ({ program, backend }) => {
    const sent = '{ "query":"fox" ,"n":1.0}';
    const ask = () =>
      program.fetch("/codex/v1/alpha/search", {
        method: "POST",
        body: sent,
        headers: { "content-type": "application/json; charset=utf-8", authorization: "Bearer client-key" },
      });
    const answer = await ask();
    assertEquals(await answer.text(), `{ "output" :"Foxes, found by ${sent.length} bytes"}`);
    assertEquals(answer.headers.get("content-type"), "application/json");
    const request = backend.requests.find(({ route }) => route === "/alpha/search");
    assertEquals([request?.bodyText, request?.headers["content-type"]], [
      sent,
      "application/json; charset=utf-8",
    ]);
    assertEquals(request?.headers["authorization"], `Bearer ${program.tokens?.access_token}`);
    const body = '{"error" : {"code":"usage_limit_reached","message":"m"}}';
    backend.answer(
      { status: 429, bytes: body, headers: { "content-type": "application/json" } },
      "/alpha/search",
    );
    const refused = await ask();
    assertEquals([refused.status, await refused.text()], [429, body]);
    // Whatever goes to the backend is noted, for the log, the metrics and the page.
    await program.stderrUntil(/alpha\/search.* transport=sse status=200/);
    const page = await (await program.fetch("/")).text();
    assertMatch(page, /alpha\/search.*backend, to its first byte.*<dt>Transport<\/dt><dd>POST/s);
  }));
