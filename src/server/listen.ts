import { ignore } from "../ignore.ts";
import { errorText } from "../error_text.ts";
import { urlHost } from "../config/loopback_host.ts";
import { mayNotListen } from "../config/invariants.ts";
import type { Log } from "../log.ts";
import { Problem } from "../problem.ts";
import type { ServeInfo } from "./app.ts";

/** A server that listens. */
export interface Listening {
  readonly host: string;
  /** the port it got, also when 0 was asked for */
  readonly port: number;
  /** where it listens in numbers, `127.0.0.1:8000` or `[::1]:8000` */
  readonly address: string;
  /** for clients on this machine, without a slash at the end */
  readonly url: string;
  /**
   * Takes no new connections and lets running answers finish for `graceMs`. The end of the process cuts the others.
   *
   * @returns how it ended: all answers finished, or some are to be cut
   */
  stop(graceMs: number): Promise<"finished" | "cut">;
  /** Ends the wait of {@linkcode stop} at once. */
  cut(): void;
  /** Cuts all connections, and listens again within milliseconds; resolves when it does. */
  cutAll(): Promise<void>;
  /** rejects with a Problem port_busy when the address was lost and could not be had again */
  readonly lost: Promise<never>;
}

/** How long a new server has to hold before the old one's loss is forgotten, in milliseconds. */
const STABLE_MS = 1000;
/** The first and the longest pause between two attempts to listen again, in milliseconds. */
const PAUSE_MS = { first: 1, longest: 2000 } as const;
/** After so long without a server that holds, the process is of no use, in milliseconds. */
const GIVE_UP_MS = 60_000;

interface Server {
  readonly http: Deno.HttpServer<Deno.NetAddr>;
  readonly abort: AbortController;
}

/** What may differ. */
export interface ListenOptions {
  /** how long it tries to listen again, before {@linkcode Listening.lost} rejects */
  readonly giveUpMs?: number;
  /**
   * called when the stop begins; settles when what has no end of its own is closed. The runtime waits for open streams
   * for as long as it may, and cuts open WebSockets as soon as it shuts down, running answers too
   * (deno.md#websocket-server)
   */
  readonly beforeStop?: () => Promise<void>;
}

/**
 * Listens and answers, and listens again when the runtime stopped to: out of descriptors, Deno.serve (2.9.6) rejects
 * `finished` and accepts nothing any more, while the connections it has go on.
 *
 * @throws Problem port_busy, or config for an address this program may not listen on
 */
export function listen(
  address: { readonly host: string; readonly port: number },
  handler: (request: Request, info: ServeInfo) => Promise<Response>,
  log: Log,
  { giveUpMs = GIVE_UP_MS, beforeStop = () => Promise.resolve() }: ListenOptions = {},
): Listening {
  const { host } = address;
  const { promise: wasCut, resolve: cut } = Promise.withResolvers<"cut">();
  const { promise: lost, reject: lose } = Promise.withResolvers<never>();
  // Not everybody waits for it.
  lost.catch(ignore);
  let isStopping = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** since when there is no server that holds */
  let troubleMs: number | undefined;
  let pauseMs: number = PAUSE_MS.first;
  let onReopened = () => {};

  function open(port: number): Server {
    const abort = new AbortController();
    const http = Deno.serve({
      hostname: host,
      port,
      signal: abort.signal,
      onListen: () => {},
      // Answers that fail on their way are noted where they are made; nothing may end the process from here.
      onError: () => new Response(null, { status: 500 }),
    }, handler);
    http.finished.catch((error) => onDeath(error));
    return { http, abort };
  }

  function onDeath(error: unknown): void {
    if (isStopping) return;
    clearTimeout(timer);
    if (troubleMs === undefined) {
      log("error", "no longer listening; trying to listen again", { error: errorText(error) });
      troubleMs = performance.now();
    }
    retry();
  }

  function retry(): void {
    timer = setTimeout(reopen, pauseMs);
    pauseMs = Math.min(pauseMs * 2, PAUSE_MS.longest);
  }

  function reopen(): void {
    try {
      server = open(port);
    } catch (error) {
      troubleMs ??= performance.now();
      if (performance.now() - troubleMs <= giveUpMs) return retry();
      return lose(toListenProblem(error, host, port));
    }
    onReopened();
    // A server dies with its first connection while there are no descriptors.
    timer = setTimeout(() => {
      if (troubleMs !== undefined) log("info", "listening again", { port });
      troubleMs = undefined;
      pauseMs = PAUSE_MS.first;
    }, STABLE_MS);
  }

  let server: Server;
  try {
    server = open(address.port);
  } catch (error) {
    throw toListenProblem(error, host, address.port);
  }
  const { port } = server.http.addr;
  return {
    host,
    port,
    address: `${urlHost(server.http.addr.hostname)}:${port}`,
    url: `http://${shownHost(host)}:${port}`,
    cut: () => cut("cut"),
    lost,
    cutAll() {
      clearTimeout(timer);
      server.abort.abort();
      // The address is free after a turn of the event loop.
      timer = setTimeout(reopen, 0);
      return new Promise((resolve) => onReopened = resolve);
    },
    async stop(graceMs) {
      isStopping = true;
      clearTimeout(timer);
      const grace = setTimeout(cut, graceMs, "cut");
      // What is cut ends with the process: aborting a server that is shutting down fails, and never settles (Deno
      // 2.9.6).
      const finished = beforeStop().then(() => server.http.shutdown())
        .then(() => "finished" as const, () => "finished" as const);
      const how = await Promise.race([finished, wasCut]);
      clearTimeout(grace);
      return how;
    },
  };
}

/** Wildcard addresses are reached as localhost from this machine; IPv6 needs brackets. */
function shownHost(host: string): string {
  if (host === "0.0.0.0" || host === "::" || host === "[::]") return "127.0.0.1";
  return urlHost(host);
}

function toListenProblem(error: unknown, host: string, port: number): Problem {
  if (error instanceof Deno.errors.AddrInUse) {
    return new Problem("port_busy", `port ${port} on ${host} is in use by another program`, {
      hint: `Run "ccproxy serve --port ${otherPort(port)}", or stop that program`,
      cause: error,
    });
  }
  if (error instanceof Deno.errors.NotCapable) return mayNotListen(host, error);
  if (error instanceof Deno.errors.PermissionDenied) {
    return new Problem("port_busy", `this user may not listen on port ${port}`, {
      hint: 'Choose a port from 1024 up: "ccproxy serve --port 8000"',
      cause: error,
    });
  }
  const reason = errorText(error);
  return new Problem("port_busy", `${host}:${port}: ${reason}`, { cause: error });
}

/** The port to try when one is taken. */
export function otherPort(port: number): number {
  return port === 65535 ? 8000 : port + 1;
}
