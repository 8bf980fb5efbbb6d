import { startFakeBackend } from "../fake/backend.ts";
import { startProgram } from "../program.ts";
import { testOver } from "../transport_under_test.ts";
import type { CaseResult, Client } from "./client.ts";
import { createModel, type PlayedModel } from "./model.ts";

/** How the program reaches the backend: as it does by default, or by POST alone. */
export type Way = "auto" | "sse";

/**
 * Runs one client against a fresh program and a fresh backend; yields each case as it ends, and last whether every
 * request that reached the backend was one that it takes.
 */
export async function* runClient(client: Client, way: Way, cases = ""): AsyncGenerator<CaseResult> {
  testOver(way);
  await using backend = await startFakeBackend();
  const model = createModel();
  backend.setDefault(model.answer);
  await using program = await startProgram({ backend, config: "[codex]\ntranscription = true\n" });
  await using locked = await startProgram({
    backend,
    credentials: null,
    args: ["serve", "--port", "0", "--api-key", "open-sesame"],
  });
  try {
    yield* client.run({ program, locked, backend, cases });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    yield { name: "installs and starts", result: "failed", detail };
  }
  yield* checkStalled(model.stalled);
  const refusals = backend.refusals();
  const name = "every request that reached the backend is one that it takes";
  const bugs = program.stderr().match(/(?<=internal error id=\S+ ).*$/gm) ?? [];
  const found = [...new Set([...refusals.map((refusal) => JSON.stringify(refusal)), ...bugs])];
  yield found.length === 0
    ? { name, result: "passed" }
    : { name, result: "failed", detail: found.slice(0, 10).join("\n") };
}

/** False when the promise takes longer: a bound for a fault, no wait. */
async function within(promise: Promise<boolean>, limitMs: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), limitMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Whether the backend was left when the client was.
 *
 * Observed 2026-11, Deno 2.9.6: a server does not learn that a client has gone before it writes, when the client sent
 * its head and its body in two packets, as node's fetch does. Such a request without an answer to write is therefore
 * told apart.
 */
async function* checkStalled(stalled: PlayedModel["stalled"]): AsyncGenerator<CaseResult> {
  for (const streamed of [true, false]) {
    const left = stalled.filter((one) => one.streamed === streamed).map(({ request }) => request);
    if (left.length === 0) continue;
    const name = `every ${
      streamed ? "stream" : "waiting request"
    } that its client left was cancelled at the backend`;
    const all = Promise.all(left.map(({ cancelled }) => cancelled)).then(() => true);
    if (await within(all, streamed ? 5000 : 1000)) yield { name, result: "passed" };
    else if (streamed) yield { name, result: "failed" };
    else {yield {
        name,
        result: "skipped",
        detail: "Deno 2.9.6 does not notice it when the body came after the head",
      };}
  }
}
