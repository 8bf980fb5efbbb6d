/** The loopback listener that waits for the browser to come back from the issuer. */
import { pause } from "../pause.ts";
import { Problem } from "../problem.ts";
import { judgeCallback } from "./authorize.ts";
import { CALLBACK_PATH, CALLBACK_PORTS } from "./openai.ts";
import { type Page, pageResponse } from "./pages.ts";

/** What the browser brought. After it, `answer` must be called: the browser waits for its page. */
export type Arrival =
  | { readonly kind: "code"; readonly code: string; answer(page: Page): void }
  | { readonly kind: "refused"; readonly detail: string; readonly entitlement: boolean }
  | { readonly kind: "no_code" }
  /** another login asked for the port */
  | { readonly kind: "cancelled" };

/** A listener for one login. */
export interface CallbackServer {
  readonly port: number;
  /** settles with the first callback that carries the right state, or with a cancellation */
  readonly arrival: Promise<Arrival>;
  /** Lets the last page reach the browser, then gives the port back. Leaves nothing behind. */
  close(): Promise<void>;
}

/** Options of {@linkcode startCallbackServer}. */
export interface CallbackServerOptions {
  readonly state: string;
  /** default {@linkcode CALLBACK_PORTS} */
  readonly ports?: readonly number[] | undefined;
  /** asks the occupant of a port to leave */
  readonly fetch?: typeof fetch | undefined;
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * As the Codex CLI does (backend.md#callback-ports): the first port is asked for this often, then the second is taken.
 */
const PORT_TRIES = 10;
const PORT_PAUSE_MS = 200;
/** How long the end waits for the browser to fetch its last page. */
const LAST_PAGE_MS = 1_500;

/**
 * Listens on 127.0.0.1, on the first port that can be had. Another login on the first port is asked to cancel.
 *
 * Every callback that does not carry the state is answered 400 and changes nothing. The first one that does ends the
 * wait; a repeated one gets the same page and starts nothing. The code leaves the address bar by a redirect to a
 * page without a query.
 *
 * @throws Problem `port_busy` when all ports are taken
 */
export async function startCallbackServer(options: CallbackServerOptions): Promise<CallbackServer> {
  const arrival = Promise.withResolvers<Arrival>();
  const shown = Promise.withResolvers<void>();
  let page: Promise<Page> | undefined;
  let finalPage: Page | undefined;

  async function handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (!isOwnHost(url, server.addr.port)) return text("Not Found", 404);
    if (request.method !== "GET") return text("Method Not Allowed", 405);
    switch (url.pathname) {
      case CALLBACK_PATH:
        return await callback(url.searchParams);
      case "/done":
        if (finalPage === undefined) return text("Not Found", 404);
        queueMicrotask(shown.resolve);
        return await pageResponse(finalPage);
      case "/cancel": {
        // A page of another site may not end a login; another login program sends no such header.
        const site = request.headers.get("sec-fetch-site") ?? "none";
        if (site !== "none" && site !== "same-origin") return text("Not Found", 404);
        arrival.resolve({ kind: "cancelled" });
        queueMicrotask(shown.resolve);
        return text("Login cancelled", 200);
      }
      default:
        return text("Not Found", 404);
    }
  }

  async function callback(query: URLSearchParams): Promise<Response> {
    const judged = judgeCallback(query, options.state);
    if (judged.kind === "wrong_state") return text("State mismatch", 400);
    if (page === undefined) {
      const answer = Promise.withResolvers<Page>();
      page = answer.promise;
      if (judged.kind === "code") {
        arrival.resolve({ ...judged, answer: answer.resolve });
      } else {
        answer.resolve(
          judged.kind === "no_code"
            ? { kind: "failed", detail: "The answer of the issuer has no authorization code." }
            : judged.entitlement
            ? { kind: "not_entitled" }
            : { kind: "refused", detail: judged.detail },
        );
        arrival.resolve(judged);
      }
    }
    finalPage = await page;
    return new Response(null, {
      status: 303,
      headers: { "location": "/done", "cache-control": "no-store", "referrer-policy": "no-referrer" },
    });
  }

  const abort = new AbortController();
  const server: Deno.HttpServer<Deno.NetAddr> = await listen(options, handle, abort.signal);
  return {
    port: server.addr.port,
    arrival: arrival.promise,
    async close() {
      // A page is owed only to a browser that has come; without one the port is free at once.
      if (page !== undefined) await settled(shown.promise, LAST_PAGE_MS);
      const closed = server.shutdown();
      if (!await settled(closed, LAST_PAGE_MS)) abort.abort();
      await server.finished;
    },
  };
}

type Handler = (request: Request) => Promise<Response>;

async function listen(
  options: CallbackServerOptions,
  handle: Handler,
  signal: AbortSignal,
): Promise<Deno.HttpServer<Deno.NetAddr>> {
  const ports = options.ports ?? CALLBACK_PORTS;
  const sleep = options.sleep ?? pause;
  for (const [index, port] of ports.entries()) {
    for (let attempt = 1;; attempt++) {
      options.signal?.throwIfAborted();
      const server = tryListen(port, handle, signal);
      if (server !== undefined) return server;
      if (index > 0 || attempt === PORT_TRIES) break;
      if (attempt === 1) await askToCancel(options.fetch ?? fetch, port);
      await sleep(PORT_PAUSE_MS);
    }
  }
  throw new Problem(
    "port_busy",
    `the ports ${ports.join(" and ")} of 127.0.0.1 are in use; the login needs one of them`,
    {
      hint: 'Stop the program that uses them, or run "ccproxy auth login-openai --device"',
    },
  );
}

function tryListen(
  port: number,
  handle: Handler,
  signal: AbortSignal,
): Deno.HttpServer<Deno.NetAddr> | undefined {
  try {
    const onError = (): Response => text("Internal Server Error", 500);
    return Deno.serve({ hostname: "127.0.0.1", port, signal, onListen() {}, onError }, handle);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AddrInUse) return undefined;
    throw new Problem("port_busy", `cannot listen on 127.0.0.1:${port}`, {
      hint: 'Run "ccproxy auth login-openai --device" instead',
      cause: thrown,
    });
  }
}

/** What the Codex CLI sends to a login in its way; whatever else listens there answers something we do not read. */
async function askToCancel(ask: typeof fetch, port: number): Promise<void> {
  try {
    const signal = AbortSignal.timeout(1_000);
    const response = await ask(`http://127.0.0.1:${port}/cancel`, { signal, redirect: "manual" });
    await response.body?.cancel();
  } catch {
    // not a login, or it has left already
  }
}

/** A name that another site has pointed to 127.0.0.1 is not ours (DNS rebinding). */
function isOwnHost(url: URL, port: number): boolean {
  return (url.hostname === "127.0.0.1" || url.hostname === "localhost") && Number(url.port) === port;
}

function text(body: string, status: number): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "connection": "close",
    },
  });
}

/** True when the work settled in time. */
async function settled(work: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
