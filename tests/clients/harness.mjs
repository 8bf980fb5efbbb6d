/**
 * What the client scripts have in common. They run in node, each as its own process, and report one JSON line per
 * case on stdout; run.ts reads these lines.
 *
 * Environment: `CLIENT_FOLDER` (where the packages are installed), `BASE` (`http://127.0.0.1:PORT` of the program),
 * `LOCKED_BASE` (a program that wants the API key `open-sesame` and has no credentials), `ROUTES` (the routes of the
 * program, one `METHOD pattern` per line), `CASES` (a regular expression that picks cases).
 */
import process from "node:process";

/** Where the program listens. */
export const BASE = process.env.BASE ?? "http://127.0.0.1:8000";

/** A program that wants the API key `open-sesame` and has no credentials. */
export const LOCKED_BASE = process.env.LOCKED_BASE ?? "";

/** Loads a package from the folder it was installed in. */
export async function load(name) {
  const parent = new URL(`file://${process.env.CLIENT_FOLDER}/package.json`);
  return await import(import.meta.resolve(name, parent));
}

/** True when the program has this route, e.g. `GET responses/:id`. */
export function hasRoute(route) {
  return (process.env.ROUTES ?? "").split("\n").includes(route);
}

/** Ends a case without a verdict, for a stated reason. */
export function skip(reason) {
  throw new Skipped(reason);
}

/** Skips the case where the program does not have the route. */
export function needsRoute(route) {
  if (!hasRoute(route)) skip(`the program has no route ${route}`);
}

/** Runs a case and reports how it went; the next one runs whatever happened. */
export async function test(name, run) {
  if (!new RegExp(process.env.CASES ?? "").test(name)) return;
  let timer;
  try {
    const tooLate = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end within ${LIMIT_MS / 1000} s`)), LIMIT_MS);
    });
    await Promise.race([run(), tooLate]);
    report({ name, result: "passed" });
  } catch (error) {
    if (error instanceof Skipped) report({ name, result: "skipped", detail: error.message });
    else report({ name, result: "failed", detail: describe(error) });
  } finally {
    clearTimeout(timer);
  }
}

/** Everything an async iterable gives. */
export async function gather(iterable) {
  const all = [];
  for await (const entry of iterable) all.push(entry);
  return all;
}

/** A fetch that notes what it was asked. */
export function spy(inner = fetch) {
  const calls = [];
  const spied = async (url, init) => {
    const call = { url: String(url), init, response: undefined };
    calls.push(call);
    call.response = await inner(url, init);
    return call.response;
  };
  return { fetch: spied, calls };
}

/** The error a promise is rejected with. */
export async function errorOf(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it succeeded, an error was expected");
}

/** A bound for a hang, far above what any case takes. */
const LIMIT_MS = 20_000;

class Skipped extends Error {}

function report(entry) {
  process.stdout.write(`${JSON.stringify(entry)}\n`);
}

function describe(error) {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? String(error);
  const cause = error.cause === undefined ? "" : `\ncause: ${describe(error.cause)}`;
  const data = error.responseBody === undefined ? "" : `\nbody: ${error.responseBody}`;
  return `${error.stack ?? error.message}${data}${cause}`.slice(0, 3000);
}
