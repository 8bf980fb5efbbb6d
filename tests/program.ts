/**
 * The one place that starts the program: the executable named by CCPROXY_BIN, else `deno run` of main.ts with exactly
 * the permissions that are baked into the executable (tools/permissions.ts).
 *
 * It runs in an environment of its own, in a fresh home, and never reaches beyond loopback: without a fake backend or
 * issuer it is given an address where nobody listens.
 */
import { authJson, type FakeTokens, makeTokens } from "./fake/tokens.ts";
import { denoDir, type Running, type RunResult, spawn } from "./program_process.ts";
import { transportUnderTest } from "./transport_under_test.ts";
import { recordResponse, transcript as readTranscript } from "./transcript.ts";

/** How to start the program. */
export interface ProgramOptions {
  /** `["serve", "--port", "0"]` by default; `--server-info` is added to a serve command */
  readonly args?: readonly string[];
  /** added to, or taken (undefined) from, the small environment that the program gets */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** a home of an earlier program, kept afterwards; a fresh one by default, removed afterwards */
  readonly home?: string;
  /** content of the settings file */
  readonly config?: string;
  /** content of `~/.codex/auth.json`; fresh tokens in the nested form by default, null for no file */
  readonly credentials?: unknown;
  readonly backend?: { readonly url: string };
  readonly issuer?: { readonly url: string };
  /** text for stdin, which is then closed; closed at once by default */
  readonly stdin?: string;
  /** how many files and connections it may have open (`ulimit -n`); as many as the tests by default */
  readonly descriptors?: number;
}

/** A program that serves. */
export interface Program extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly home: string;
  /** what `--server-info` wrote */
  readonly serverInfo: { readonly port: number; readonly pid: number; readonly url: string };
  /** the tokens in `~/.codex/auth.json`, unless the test gave credentials of its own */
  readonly tokens: FakeTokens | undefined;
  /** what it printed so far */
  stdout(): string;
  stderr(): string;
  /** resolves with the text so far once it matches; rejects when the program ends without it */
  stderrUntil(pattern: RegExp): Promise<string>;
  /** fetch of a path of the program; the answer goes into the transcript */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  kill(signal?: Deno.Signal): void;
  /** how it ended, with everything it printed */
  readonly status: Promise<RunResult>;
  /** SIGTERM, then waits; SIGKILL after 10 s. Removes a home that was made here */
  stop(): Promise<RunResult>;
}

/** Everything that programs printed and answered in this test run. */
export function transcript(): string {
  return readTranscript();
}

/** Starts the program and waits until it listens. @throws Error with its output when it ends before that */
export async function startProgram(options: ProgramOptions = {}): Promise<Program> {
  const transport = options.config?.includes("transport")
    ? {}
    : { CCPROXY_CODEX__TRANSPORT: transportUnderTest() };
  const place = await preparePlace({ ...options, env: { ...transport, ...options.env } });
  const infoFile = `${place.runFolder}/server-info.json`;
  await Deno.remove(infoFile).catch(() => {});
  using watcher = Deno.watchFs(place.runFolder, { recursive: false });
  const args = [...options.args ?? ["serve", "--port", "0"], "--server-info", infoFile];
  const running = await spawn(args, place.env, options.stdin, options.descriptors);
  const ended = running.status.then((result) => {
    throw new Error(
      `The program ended with ${result.code} before it listened:\n${result.stderr}${result.stdout}`,
    );
  });
  ended.catch(() => {});
  // A bound for a program that neither listens nor ends, not a wait.
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => tooLate.reject(new Error(`The program did not listen within 30 s:\n${running.stderr()}`)),
    30_000,
  );
  try {
    const serverInfo = await Promise.race([
      readServerInfo(infoFile, watcher),
      ended,
      tooLate.promise,
    ]);
    const url = `http://127.0.0.1:${serverInfo.port}`;
    const stop = async () => {
      const result = await running.stop();
      await place.remove();
      return result;
    };
    return {
      url,
      port: serverInfo.port,
      pid: running.pid,
      home: place.home,
      serverInfo,
      tokens: place.tokens,
      stdout: running.stdout,
      stderr: running.stderr,
      stderrUntil: running.stderrUntil,
      async fetch(path, init) {
        const label = `${init?.method ?? "GET"} ${path}`;
        return recordResponse(label, await fetch(`${url}${path}`, init));
      },
      kill: running.kill,
      status: running.status,
      stop,
      [Symbol.asyncDispose]: async () => void await stop(),
    };
  } catch (error) {
    await running.stop();
    await place.remove();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a command to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<RunResult> {
  return await (await startCommand(args, options)).status;
}

/** Starts a command, for a test that meets it on its way. */
export async function startCommand(args: readonly string[], options: ProgramOptions = {}): Promise<Running> {
  const place = await preparePlace(options);
  try {
    const running = await spawn([...args], place.env, options.stdin ?? "", options.descriptors);
    return { ...running, status: running.status.finally(place.remove) };
  } catch (error) {
    await place.remove();
    throw error;
  }
}

interface Place {
  readonly home: string;
  readonly runFolder: string;
  readonly env: Record<string, string>;
  readonly tokens: FakeTokens | undefined;
  remove(): Promise<void>;
}

/** Makes the home with its files, and the environment. */
async function preparePlace(options: ProgramOptions): Promise<Place> {
  const home = options.home ?? await makeHome();
  const runFolder = `${home}/.run`;
  await Deno.mkdir(runFolder, { recursive: true });
  const configFolder = Deno.build.os === "windows"
    ? `${home}/AppData/Roaming/ccproxy`
    : `${home}/.config/ccproxy`;
  if (options.config !== undefined) {
    await Deno.mkdir(configFolder, { recursive: true });
    await Deno.writeTextFile(`${configFolder}/config.toml`, options.config, { mode: 0o600 });
  }
  // A home that was used before keeps the file it has, unless the test says otherwise.
  const given = "credentials" in options || options.home !== undefined;
  const tokens = given ? undefined : makeTokens();
  const credentials = tokens === undefined ? options.credentials : authJson(tokens);
  if (credentials !== null && credentials !== undefined) {
    await Deno.mkdir(`${home}/.codex`, { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(`${home}/.codex/auth.json`, JSON.stringify(credentials, null, 2), {
      mode: 0o600,
    });
  }
  return {
    home,
    runFolder,
    tokens,
    env: environment(home, options),
    async remove() {
      if (options.home === undefined) await Deno.remove(home, { recursive: true }).catch(() => {});
    },
  };
}

/** A fresh folder below a prefix that the executable may read. */
export async function makeHome(): Promise<string> {
  return await Deno.makeTempDir({
    prefix: "ccproxy-test-",
    ...(Deno.build.os === "linux" ? { dir: "/tmp" } : {}),
  });
}

function environment(home: string, options: ProgramOptions): Record<string, string> {
  const nowhere = "http://127.0.0.1:9";
  const given = (key: string) => options.config?.includes(key) ?? false;
  const env: Record<string, string | undefined> = {
    HOME: home,
    PATH: Deno.env.get("PATH"),
    NO_COLOR: "1",
    ...(options.backend === undefined && given("base_url")
      ? {}
      : { CCPROXY_CODEX__BASE_URL: options.backend?.url ?? `${nowhere}/backend-api/codex` }),
    ...(options.issuer === undefined && given("issuer")
      ? {}
      : { CCPROXY_AUTH__ISSUER: options.issuer?.url ?? nowhere }),
    ...(Deno.build.os === "windows"
      ? {
        USERPROFILE: home,
        APPDATA: `${home}\\AppData\\Roaming`,
        LOCALAPPDATA: `${home}\\AppData\\Local`,
        SystemRoot: Deno.env.get("SystemRoot"),
        TEMP: Deno.env.get("TEMP"),
      }
      : {}),
    ...(Deno.env.get("CCPROXY_BIN") === undefined ? { DENO_DIR: denoDir(), DENO_NO_UPDATE_CHECK: "1" } : {}),
    ...options.env,
  };
  return Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) => value === undefined ? [] : [[key, value]]),
  );
}

async function readServerInfo(file: string, watcher: Deno.FsWatcher): Promise<Program["serverInfo"]> {
  // The file may have come before the watcher was ready, so it is read once before the first event.
  for (;;) {
    const text = await Deno.readTextFile(file).catch(() => "");
    if (text.endsWith("\n") || text.endsWith("}")) return JSON.parse(text);
    const next = await watcher[Symbol.asyncIterator]().next();
    if (next.done) throw new Error(`${file} was not written`);
  }
}
