import { assert, assertEquals } from "@std/assert";
import { FAKE_MODELS } from "../fake/catalogue.ts";
import { GIANT_BODY, htmlError, UNAUTHORIZED } from "../fake/failures.ts";
import { startFakeBackend } from "../fake/backend.ts";
import type { Script } from "../fake/script.ts";
import { startProgram } from "../program.ts";
import { HELLO, post } from "../e2e/setup.ts";
import { ORDINARY_PEAK_BYTES, peakMemoryBytes } from "./peak_memory.ts";

/** What is wrong with the list of models, and what the log says of it. Requests are answered all the same. */
const ROWS: readonly (readonly [fault: string, models: Script, logs: RegExp])[] = [
  ["the connection closes before the head", { before: "close" }, /model list not refreshed/],
  ["the connection is reset before the head", { before: "reset" }, /model list not refreshed/],
  ["401", UNAUTHORIZED, /model list not refreshed/],
  ["404", { status: 404, body: { detail: "Not Found" } }, /model list not refreshed.*404/],
  ["500", { status: 500, body: "" }, /model list not refreshed.*500/],
  ["502 with a page", htmlError(502), /model list not refreshed.*502/],
  [
    "a page with status 200",
    { headers: { "content-type": "text/html" }, body: "<html></html>" },
    /holds no models/,
  ],
  ["an empty answer", { body: "" }, /holds no models/],
  [
    "JSON that breaks off",
    { headers: { "content-type": "application/json" }, body: '{"models":[{' },
    /holds no models/,
  ],
  ["an empty list", { body: { models: [] } }, /holds no models/],
  ["a list of nothing that is a model", { body: { models: [null, 7, {}, { slug: 3 }] } }, /holds no models/],
  ["an object of another kind", { body: { models: { slug: "x" } } }, /holds no models/],
  [
    "one model that can be read among others",
    { body: { models: [null, ...FAKE_MODELS, { slug: "" }] } },
    /models skipped that could not be read.*"count":2/,
  ],
  [
    "a body that breaks off",
    { events: [{ bytes: '{"models":' }, { close: true }] },
    /model list not refreshed/,
  ],
  [
    "a body that never ends",
    { events: [{ flood: "x".repeat(65_536), limitBytes: 1e9 }] },
    /model list not refreshed.*Larger than allowed/,
  ],
  ["an answer of 4 MB that lists nothing", GIANT_BODY, /holds no models/],
  ["304 for a list that was never had", { status: 304 }, /model list not refreshed.*304/],
  ["gzip that is none", { headers: { "content-encoding": "gzip" }, body: "{}" }, /model list not refreshed/],
];

for (const [fault, models, logs] of ROWS) {
  Deno.test(`fault of the catalogue: ${fault}`, async () => {
    await using backend = await startFakeBackend();
    backend.setDefault(models, "/models");
    await using program = await startProgram({
      backend,
      args: ["serve", "--port", "0", "--log-format", "json"],
    });
    await program.stderrUntil(logs);
    const list = await (await program.fetch("/v1/models")).json();
    assert(list.data.length > 3, "the built-in list stands in");
    const answer = await post(program, "/v1/chat/completions", HELLO);
    assertEquals(answer.status, 200, await answer.text());
    assert(!program.stderr().includes("internal error"), program.stderr());
    assert(await peakMemoryBytes(program.pid) <= ORDINARY_PEAK_BYTES);
  });
}
