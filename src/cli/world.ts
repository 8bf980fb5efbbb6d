/**
 * Everything a command may touch outside itself, in one value, so that tests can hand in their own.
 */
import { BOUNDS } from "../bounds.ts";
import { openUrl } from "../auth/open_url.ts";
import { envName } from "../config/environment.ts";
import { misspellings } from "../config/misspellings.ts";
import { SETTING_KEYS } from "../config/settings.ts";
import { cleanOutput } from "../clean_text.ts";
import { errorText } from "../error_text.ts";
import { Problem } from "../problem.ts";
import { type ProgramRun, runProgram, type StartedProgram, startProgram } from "./run_program.ts";
import { wrapLines } from "./text_width.ts";
import { createSecrets, type Secrets } from "../secrets.ts";
import { versionText } from "../version.ts";
import { VARIABLES } from "../config/environment_names.ts";
import type { Kept } from "./keeps.ts";
import { type Granted, narrowTo } from "./narrow.ts";
import type { Network } from "../upstream/websocket/wire.ts";
import { createRawSockets } from "./raw_sockets.ts";
import { createRoutedFetch } from "./routed_fetch.ts";

/** The terminal, the environment, the clock and the network as a command sees them. */
export interface World {
  /** Writes to standard output: data. @throws Problem output_failed, for a full disk and the like */
  out(text: string): void;
  /** Writes to standard error: talk. On a terminal, lines that are too wide for it are broken between words. */
  err(text: string): void;
  /** Writes a line of the log to standard error, as it is. */
  logLine(text: string): void;
  /** aborted when nobody reads standard output any more: what would go on writing ends */
  readonly readerGone: AbortSignal;
  readonly isTty: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** width of the terminal in columns; 80 when there is none. Asked for each time, since windows are resized. */
  readonly columns: number;
  /** whether escape sequences for colour are welcome on each stream */
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean };
  /** An environment variable; undefined when it is not set or must not be read. */
  env(name: string): string | undefined;
  /** names of variables that are set: all that may be listed, else those of likely misspellings of settings */
  envNames(): readonly string[];
  /** The time in milliseconds since 1970: for instants. It jumps when the clock is set. */
  now(): number;
  /** Milliseconds since some moment, which only ever go forward: for durations. */
  monotonicMs(): number;
  /** minutes by which local time is ahead of UTC at a moment */
  utcOffset(atMs: number): number;
  readonly os: typeof Deno.build.os;
  /** knows the secrets in use; what {@linkcode guardOutput} lets out goes through it */
  readonly secrets: Secrets;
  /** loopback goes straight there, the rest by the proxy of the environment */
  readonly fetch: typeof fetch;
  /** From now on {@linkcode fetch} takes new connections. */
  renewConnections(): void;
  /** connections for WebSockets to the backend, by the same routes */
  readonly network: Network;
  /** The next line of standard input without its line end; undefined at the end of input. */
  readLine(): Promise<string | undefined>;
  /** Opens a web page in the user's browser; false when that did not work. Only http and https. */
  openUrl(url: string): Promise<boolean>;
  /** Runs another program to its end; undefined when it is not there, or may not be run. */
  runProgram(program: string, args: readonly string[], onTerminal?: boolean): Promise<ProgramRun | undefined>;
  /** Starts another program on this one's terminal, and hands signals on; undefined as for {@linkcode runProgram}. */
  startProgram(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): StartedProgram | undefined;
  /** Calls back at Ctrl-C or a request to end; returns what takes the wish back. */
  onInterrupt(callback: () => void): () => void;
  /** Waits; ends early (without an error) when the signal is aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Gives back every permission beyond those named, for good. Without it (in tests) everything stays. */
  readonly keepOnly?: (kept: Kept) => void;
  /** What is left since then; undefined before. */
  readonly granted?: () => Granted | undefined;
  /** `ccproxy 0.1.0 (...)` */
  readonly version: string;
}

/** The world as it is. */
export function realWorld(): World {
  const tty = {
    stdin: Deno.stdin.isTerminal(),
    stdout: Deno.stdout.isTerminal(),
    stderr: Deno.stderr.isTerminal(),
  };
  const environment = readEnvironment();
  const readEnv = environment.get;
  let granted: Granted | undefined;
  const reader = new AbortController();
  const colourWanted = (readEnv("NO_COLOR") ?? "") === "" && readEnv("TERM") !== "dumb";
  // When this fails nobody could be told.
  const writeLog = createWriter(Deno.stderr, () => {});
  return {
    out: createWriter(Deno.stdout, (error) => {
      // A reader that has seen enough, as in `ccproxy config show | head -1`, is no error.
      if (!(error instanceof Deno.errors.BrokenPipe)) throw outputProblem(error);
      reader.abort();
    }),
    err: writeLog,
    logLine: writeLog,
    readerGone: reader.signal,
    isTty: tty,
    get columns() {
      return readColumns(readEnv);
    },
    colour: { stdout: tty.stdout && colourWanted, stderr: tty.stderr && colourWanted },
    env: readEnv,
    envNames: environment.names,
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    utcOffset: (atMs) => -new Date(atMs).getTimezoneOffset(),
    os: Deno.build.os,
    secrets: createSecrets(),
    ...createRoutedFetch({ get: readEnv }),
    network: createRawSockets({ get: readEnv }),
    readLine: createLineReader(Deno.stdin),
    openUrl: (url) => openUrl(url, Deno.build.os, readEnv("BROWSER")),
    runProgram,
    startProgram,
    onInterrupt,
    sleep,
    keepOnly: (kept) => {
      // Afterwards nobody may ask for a name any more.
      environment.names();
      granted = narrowTo(kept);
    },
    granted: () => granted,
    version: versionText(),
  };
}

/**
 * The world with the one way out for text: no secret in use and no control character leaves by it, whoever writes.
 * Standard output carries the user's data, so there only tokens in use are hidden, not what might be one.
 */
export function guardOutput(world: World): World {
  const { secrets } = world;
  return {
    ...world,
    get columns() {
      return world.columns;
    },
    out: (text) => world.out(cleanOutput(secrets.hideTokens(text))),
    err: (text) => {
      const shown = cleanOutput(secrets.hide(text));
      world.err(world.isTty.stderr ? wrapLines(shown, world.columns) : shown);
    },
    logLine: (text) => world.logLine(cleanOutput(secrets.hide(text))),
  };
}

/** The environment, read once: the permission for it is given back before a command runs. */
function readEnvironment(): { get(name: string): string | undefined; names(): readonly string[] } {
  const found = new Map<string, string>();
  const read = (name: string) => {
    try {
      const value = Deno.env.get(name);
      if (value !== undefined) found.set(name, value);
    } catch {
      // outside the list of permitted names: as good as unset
    }
  };
  VARIABLES.forEach(read);
  let names: readonly string[] | undefined;
  return {
    get: (name) => found.get(name),
    names() {
      if (names !== undefined) return names;
      try {
        Object.keys(Deno.env.toObject()).forEach(read);
      } catch {
        SETTING_KEYS.flatMap((key) => misspellings(envName(key))).forEach(read);
      }
      names = [...found.keys()];
      return names;
    },
  };
}

/** The terminal's own answer first: COLUMNS is a shell variable that is seldom exported and not updated. */
function readColumns(readEnv: (name: string) => string | undefined): number {
  try {
    const { columns } = Deno.consoleSize();
    if (columns > 0) return columns;
  } catch {
    // no terminal on any stream
  }
  const told = Number(readEnv("COLUMNS"));
  return Number.isInteger(told) && told > 0 ? told : 80;
}

/**
 * Writes everything, and stops for good when that is no longer possible.
 *
 * @param onFault told once why; what it throws goes to the writer
 */
export function createWriter(
  stream: { writeSync(bytes: Uint8Array): number },
  onFault: (error: unknown) => void,
): (text: string) => void {
  const encoder = new TextEncoder();
  let gone = false;
  return (text) => {
    if (gone) return;
    let rest = encoder.encode(text);
    while (rest.length > 0) {
      try {
        rest = rest.subarray(stream.writeSync(rest));
      } catch (error) {
        if (error instanceof Deno.errors.WouldBlock) continue; // a pipe that is full: its reader is slower than we
        gone = true;
        return onFault(error);
      }
    }
  };
}

function outputProblem(error: unknown): Problem {
  const full = error instanceof Error && "code" in error && error.code === "ENOSPC";
  return new Problem("output_failed", full ? "no space is left on the disk" : errorText(error), {
    cause: error,
  });
}

/**
 * Lines of a byte stream, one at each call. The last one may lack its line end. Of a line beyond `BOUNDS.typedLine` the
 * rest is passed over: no answer to a question is that long, and its beginning is refused like any other wrong one.
 */
export function createLineReader(
  stream: { read(buffer: Uint8Array): Promise<number | null> },
): () => Promise<string | undefined> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(4096);
  let text = "";
  let ended = false;
  const limit = BOUNDS.typedLine.bytes;
  return async () => {
    while (true) {
      const end = text.indexOf("\n");
      if (end >= 0) {
        const line = text.slice(0, Math.min(end, limit)).replace(/\r$/, "");
        text = text.slice(end + 1);
        return line;
      }
      if (ended) {
        const last = text === "" ? undefined : text;
        text = "";
        return last;
      }
      const count = await stream.read(chunk);
      ended = count === null;
      if (text.length > limit) text = text.slice(0, limit);
      text += count === null ? decoder.decode() : decoder.decode(chunk.subarray(0, count), { stream: true });
    }
  };
}

function onInterrupt(callback: () => void): () => void {
  // Windows knows no SIGTERM; closing its console window arrives as SIGBREAK or SIGHUP.
  const signals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) Deno.addSignalListener(signal, callback);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, callback);
  };
}

/** Waits `delayMs`, or until the signal is aborted. Leaves no timer and no listener behind. */
export function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal?.addEventListener("abort", done, { once: true });
  });
}
