import { urlHost } from "../config/loopback_host.ts";
import { mayNotListen } from "../config/invariants.ts";
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
}

/**
 * Listens and answers.
 *
 * @throws Problem port_busy, or config for an address this program may not listen on
 */
export function listen(
  address: { readonly host: string; readonly port: number },
  handler: (request: Request, info: ServeInfo) => Promise<Response>,
): Listening {
  const { host, port } = address;
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({
      hostname: host,
      port,
      onListen: () => {},
      // Answers that fail on their way are noted where they are made; nothing may end the process from here.
      onError: () => new Response(null, { status: 500 }),
    }, handler);
  } catch (error) {
    throw toListenProblem(error, host, port);
  }
  const { promise: wasCut, resolve: cut } = Promise.withResolvers<"cut">();
  return {
    host,
    port: server.addr.port,
    address: `${urlHost(server.addr.hostname)}:${server.addr.port}`,
    url: `http://${shownHost(host)}:${server.addr.port}`,
    cut: () => cut("cut"),
    async stop(graceMs) {
      const timer = setTimeout(cut, graceMs, "cut");
      // What is cut ends with the process: aborting a server that is shutting down fails, and never settles (Deno 2.9.6).
      const how = await Promise.race([server.shutdown().then(() => "finished" as const), wasCut]);
      clearTimeout(timer);
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
    return new Problem("port_busy", `port ${port} on ${host} is in use by another program`, { cause: error });
  }
  if (error instanceof Deno.errors.NotCapable) return mayNotListen(host, error);
  if (error instanceof Deno.errors.PermissionDenied) {
    return new Problem("port_busy", `this user may not listen on port ${port}`, {
      hint: "Choose a port from 1024 up",
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new Problem("port_busy", `${host}:${port}: ${reason}`, { cause: error });
}
