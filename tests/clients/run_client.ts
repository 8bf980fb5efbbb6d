import { startFakeBackend } from "../fake/backend.ts";
import { startProgram } from "../program.ts";
import type { CaseResult, Client } from "./client.ts";
import { createModel } from "./model.ts";

/**
 * Runs one client against a fresh program and a fresh backend; yields each case as it ends, and last whether every
 * request that reached the backend was one that it takes.
 */
export async function* runClient(client: Client, cases = ""): AsyncGenerator<CaseResult> {
  await using backend = await startFakeBackend();
  const model = createModel();
  backend.setDefault(model.answer);
  await using program = await startProgram({ backend });
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
  if (model.stalled.length > 0) {
    const name = "every request that its client left was cancelled at the backend";
    const left = Promise.all(model.stalled.map(({ cancelled }) => cancelled)).then(() => true);
    if (await within(left, 5000)) yield { name, result: "passed" };
    else {
      const running = model.stalled.filter((request) => !request.isCancelled());
      yield { name, result: "failed", detail: running.map(({ bodyText }) => bodyText).join("\n") };
    }
  }
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
