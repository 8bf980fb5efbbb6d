/** A World of values: captured output, lines instead of a keyboard, a clock that stands. */
import type { ProgramRun } from "../../src/cli/run_program.ts";
import type { World } from "../../src/cli/world.ts";
import { createSecrets } from "../../src/secrets.ts";

/** What a test decides about its world; the rest is a pipe on Linux without any environment. */
export interface FakeWorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** lines typed; after them the input ends (with `keepStdinOpen` it stays silent instead) */
  readonly stdin?: readonly string[];
  readonly keepStdinOpen?: boolean;
  /** all three streams are a terminal */
  readonly tty?: boolean;
  readonly colour?: boolean;
  readonly columns?: number;
  readonly nowMs?: number;
  /** minutes by which local time is ahead of UTC; 0 unless told */
  readonly utcOffset?: number;
  readonly os?: typeof Deno.build.os;
  readonly fetch?: typeof fetch;
  /** what running a program gives; without it there is none. The command line is recorded all the same */
  readonly runProgram?: (line: readonly string[]) => ProgramRun | undefined | Promise<ProgramRun | undefined>;
  /** what a started program ends with; without it there is none. The command line is recorded all the same */
  readonly startProgram?: (
    line: readonly string[],
    env: Readonly<Record<string, string>>,
  ) => Promise<number> | undefined;
  /** what opening a page gives; the address is recorded all the same */
  readonly openUrl?: (url: string) => boolean | Promise<boolean>;
  /** called for each wait instead of waiting; its length is recorded all the same */
  readonly onSleep?: (delayMs: number) => void | Promise<void>;
}

/** The world and what happened in it. */
export interface FakeWorld {
  readonly world: World;
  stdout(): string;
  stderr(): string;
  readonly opened: readonly string[];
  /** command lines of programs, their words parted by blanks */
  readonly ran: readonly string[];
  readonly slept: readonly number[];
  /** Ctrl-C */
  interrupt(): void;
  /** how many wait for Ctrl-C right now: none may be left behind */
  listeners(): number;
  setNow(nowMs: number): void;
  /** nobody reads standard output any more */
  closeOutput(): void;
}

/** 2026-11-22 12:00 UTC. */
export const NOW_MS = Date.UTC(2026, 10, 22, 12);

/** Makes a world. */
export function createFakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const written = { out: "", err: "" };
  const opened: string[] = [];
  const ran: string[] = [];
  const slept: number[] = [];
  const lines = [...options.stdin ?? []];
  const listeners = new Set<() => void>();
  const reader = new AbortController();
  const tty = options.tty ?? false;
  const colour = options.colour ?? false;
  let nowMs = options.nowMs ?? NOW_MS;
  return {
    world: {
      out: (text) => {
        written.out += text;
      },
      err: (text) => {
        written.err += text;
      },
      logLine: (text) => {
        written.err += text;
      },
      readerGone: reader.signal,
      isTty: { stdin: tty, stdout: tty, stderr: tty },
      columns: options.columns ?? 80,
      colour: { stdout: colour, stderr: colour },
      env: (name) => options.env?.[name],
      envNames: () => Object.keys(options.env ?? {}),
      now: () => nowMs,
      monotonicMs: () => nowMs,
      utcOffset: () => options.utcOffset ?? 0,
      os: options.os ?? "linux",
      secrets: createSecrets(),
      fetch: options.fetch ?? (() => Promise.reject(new Error("this test has no network"))),
      renewConnections: () => {},
      network: {
        connect: () => Promise.reject(new Error("this test has no network")),
        proxyFor: () => undefined,
      },
      readLine: () => {
        const line = lines.shift();
        if (line === undefined && options.keepStdinOpen === true) return new Promise(() => {});
        return Promise.resolve(line);
      },
      openUrl: async (url) => {
        opened.push(url);
        return await options.openUrl?.(url) ?? true;
      },
      runProgram: async (program, args) => {
        ran.push([program, ...args].join(" "));
        return await options.runProgram?.([program, ...args]);
      },
      startProgram: (program, args, env) => {
        ran.push([program, ...args].join(" "));
        const ended = options.startProgram?.([program, ...args], env);
        return ended === undefined ? undefined : { ended };
      },
      onInterrupt: (callback) => {
        listeners.add(callback);
        return () => listeners.delete(callback);
      },
      sleep: async (delayMs) => {
        slept.push(delayMs);
        await options.onSleep?.(delayMs);
      },
      version: "ccproxy 0.0.0 (test)",
    },
    stdout: () => written.out,
    stderr: () => written.err,
    opened,
    ran,
    slept,
    interrupt: () => {
      for (const callback of [...listeners]) callback();
    },
    listeners: () => listeners.size,
    closeOutput: () => reader.abort(),
    setNow: (value) => {
      nowMs = value;
    },
  };
}
