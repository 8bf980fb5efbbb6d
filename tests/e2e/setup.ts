import { type FakeBackend, startFakeBackend } from "../fake/backend.ts";
import { type Program, type ProgramOptions, startProgram } from "../program.ts";

/** A running program and the backend it talks to. */
export interface Stage {
  readonly program: Program;
  readonly backend: FakeBackend;
}

/** Runs a test against a fresh program and a fresh backend, and ends both. */
export async function withProgram(
  run: (stage: Stage) => Promise<void>,
  options: ProgramOptions = {},
): Promise<void> {
  await using backend = await startFakeBackend();
  await using program = await startProgram({ backend, ...options });
  await run({ program, backend });
}

/** POSTs JSON to a path of the program. */
export function post(
  program: Program,
  path: string,
  body: unknown,
  init: RequestInit = {},
): Promise<Response> {
  return program.fetch(path, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
    headers: { "content-type": "application/json", ...Object.fromEntries(new Headers(init.headers)) },
  });
}

/** The `data` of each event of a stream. */
export function dataOf(stream: string): string[] {
  return stream.split("\n\n").flatMap((frame) => /^data: (.*)$/m.exec(frame)?.[1] ?? []);
}

/** A short chat request. */
export const HELLO = { model: "gpt-5", messages: [{ role: "user", content: "Hello, how are you?" }] };
