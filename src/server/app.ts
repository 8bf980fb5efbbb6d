import type { Settings } from "../config/settings.ts";
import type { Log } from "../log.ts";
import { Problem, toProblem } from "../problem.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { Call } from "./call.ts";
import { type Caller, identifyCaller } from "./caller.ts";
import type { KeyRing } from "./keys/key_ring.ts";
import type { Deliveries } from "./deliveries.ts";
import type { EndpointParts } from "./endpoint.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestBody } from "./read_body.ts";
import { keysIn } from "./middleware/api_key.ts";
import { createPlaces } from "./places.ts";
import type { DirectRoute, ModelRoute, RouteRow } from "./routes.ts";
import type { SocketDesk } from "./websocket/socket_turns.ts";
import type { Sockets } from "./websocket/sockets.ts";
import { checkOrigin, preflightResponse } from "./middleware/cors.ts";
import { checkHost } from "./middleware/host_check.ts";
import { hideInHeaders } from "./hide_in_headers.ts";
import { createNote, type RequestNote } from "./note.ts";
import { dialectOfRefusal, findRoute, refuseNotOffered } from "./find_route.ts";
import { problemResponse } from "./send_problem.ts";

/** What {@linkcode createApp} needs. */
export interface AppParts {
  /** asked for once for each request */
  readonly settings: () => Settings;
  readonly exchange: Exchange;
  readonly keys: KeyRing;
  /** for endpoints that ccproxy answers by itself */
  readonly endpoints: EndpointParts;
  readonly log: Log;
  /** takes the secrets out of text for a client */
  readonly hide: (text: string) => string;
  /** a clock that only goes forward */
  readonly monotonicMs: () => number;
  readonly newId: () => string;
  /** called when a request is over, its answer sent */
  readonly onDone: (note: RequestNote) => void;
  /** hears of every change in the number of requests that are being answered */
  readonly onRunning: (running: number) => void;
  readonly deliveries: Deliveries;
  readonly sockets: Sockets;
}

/** What Deno.serve says about a request. */
export interface ServeInfo {
  /** settles when the answer is sent, or nobody takes it any more */
  readonly completed: Promise<void>;
}

/** The program as a function. */
export type App = (request: Request, info: ServeInfo) => Promise<Response>;

/**
 * The program as one function from request to answer. The order of the checks is the order of the lines: request id,
 * Host, Origin, key, how many at once, route.
 */
export function createApp(parts: AppParts): App {
  let running = 0;
  const places = createPlaces();

  async function handle(incoming: Incoming): Promise<Response> {
    const { request, url, note } = incoming;
    const settings = parts.settings();
    // Before the URL counts: the runtime makes it of this very header, which may not fit into one.
    checkHost(request.headers, settings["server.allowed_hosts"]);
    if (url === null) throw new Problem("bad_request", "the address of the request is no URL");
    const cors = checkOrigin(
      { method: request.method, pathname: url.pathname, headers: request.headers },
      settings["server.cors_origins"],
    );
    if (request.method === "OPTIONS" && request.headers.has("access-control-request-method")) {
      return preflightResponse(request, cors);
    }
    try {
      const upgrades = asksForSocket(request.headers);
      // The Codex CLI tries WebSocket first and falls back to HTTP at once on exactly this status
      // (backend.md#websocket-refusal).
      if (upgrades && !settings["server.websocket"]) {
        refuseNotOffered(url.pathname);
        throw refusedUpgrade("server.websocket is off");
      }
      const { name, ...found } = findRoute(request.method === "HEAD" ? "GET" : request.method, url.pathname);
      note.route = name;
      if (upgrades !== "socket" in found.route) {
        throw refusedUpgrade(upgrades ? "this route answers HTTP only" : "GET is WebSocket here");
      }
      const isOpen = isOpenTo(request.headers, settings, found.route);
      const caller = await letIn(request.headers, settings, note, isOpen);
      if (caller.key !== undefined && "local" in found.route && found.route.isOwners === true) {
        throw new Problem("owner_only");
      }
      const takePlace = () => takePlaceFor(caller, settings, note);
      const dialect = "local" in found.route ? incoming.dialect : found.dialect;
      const call = { request, url, caller, settings, note, takePlace, ...found, dialect };
      return withHeaders(await answer(call), cors);
    } catch (error) {
      return withHeaders(refuse(error, incoming), cors);
    }
  }

  /** Who asks. A WebSocket is asked again for each of its messages: its key may have ended since. */
  async function letIn(
    headers: Headers,
    settings: Settings,
    note: RequestNote,
    isOpen = false,
  ): Promise<Caller> {
    const caller = await identifyCaller(headers, settings, isOpen, {
      keys: parts.keys,
      log: (level, message, fields) => parts.log(level, message, { id: note.id, ...fields }),
    });
    note.key = caller.key?.name;
    return caller;
  }

  async function answer(call: Call): Promise<Response> {
    const { route } = call;
    if ("local" in route) return await route.local(parts.endpoints, call);
    if ("socket" in route) return parts.sockets.open(call, route, desk);
    return await ask(call, route);
  }

  /** A request to the backend, in one of the places that there are. Each message of a WebSocket is one. */
  async function ask(call: Call, route: ModelRoute | DirectRoute, body?: RequestBody): Promise<Response> {
    if (call.caller.key !== undefined) parts.keys.checkBudget(call.caller.key);
    const refused = call.takePlace();
    if (refused !== undefined) throw refused;
    return await parts.exchange(call, route, body);
  }

  function takePlaceFor(caller: Caller, settings: Settings, { work }: RequestNote): Problem | undefined {
    return places.take(caller, settings["limits.concurrent_requests"], work);
  }

  /** A thrown value as an answer. */
  function refuse(error: unknown, { note, dialect }: Incoming): Response {
    return problemResponse(problemOf(error, note), dialect, note.id, parts.hide);
  }

  /** What is thrown, as a problem. What is none is a bug: its stack goes to the log, nothing to the client. */
  function problemOf(error: unknown, note: RequestNote): Problem {
    const problem = isStackOverflow(error)
      ? new Problem("bad_request", "the JSON is nested too deeply", { cause: error })
      : toProblem(error);
    note.problem = problem.code;
    if (problem.code === "internal") {
      parts.log("error", "internal error", {
        id: note.id,
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      });
    }
    return problem;
  }

  function beginNote(method: string): RequestNote {
    parts.onRunning(++running);
    return createNote(`req_${parts.newId()}`, method, parts.monotonicMs());
  }

  function endNote(note: RequestNote): void {
    note.work.finish();
    parts.onRunning(--running);
    parts.onDone(note);
  }

  const desk: SocketDesk = {
    begin: beginNote,
    async admit(opened, request, note) {
      const settings = parts.settings();
      const caller = await letIn(request.headers, settings, note);
      return {
        ...opened,
        request,
        settings,
        caller,
        note,
        takePlace: () => takePlaceFor(caller, settings, note),
      };
    },
    ask,
    problemOf,
    end: endNote,
  };

  return async (request, info) => {
    const note = beginNote(request.method);
    const url = URL.parse(request.url);
    const dialect = dialectOfRefusal(request.headers, url?.pathname ?? "");
    const incoming = { request, url, note, dialect };
    const sent = parts.deliveries.begin(note.work);
    let response: Response;
    try {
      response = await handle(incoming);
    } catch (error) {
      response = refuse(error, incoming);
    }
    note.status = response.status;
    if (!note.work.goesOn) note.work.finish();
    hideInHeaders(response.headers, parts.hide);
    // Deno resolves `completed` also when the client leaves (deno.md#completed-when-client-leaves): it says when, not
    // how.
    // A stalled stream without end would keep deliveries.ts from seeing those that matter, or count as one.
    if (note.work.isEndless) sent();
    const done = () => {
      sent();
      endNote(note);
    };
    info.completed.then(done, done);
    return withHeaders(response, { "x-request-id": note.id, ...dialect.responseHeaders?.(note.id) });
  };
}

function asksForSocket(headers: Headers): boolean {
  return headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** With the header that this status needs. @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.22 */
function refusedUpgrade(detail: string): Problem {
  return new Problem("upgrade_refused", detail, { headers: { upgrade: "websocket" } });
}

/** A request as it comes in. */
interface Incoming {
  readonly request: Request;
  /** null when it is none */
  readonly url: URL | null;
  readonly note: RequestNote;
  /** in whose shapes it is refused */
  readonly dialect: Dialect;
}

/**
 * What V8 throws when a value is nested deeper than its stack: JSON.parse takes such a body, whatever walks through it
 * afterwards, JSON.stringify first of all, does not.
 */
function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === "Maximum call stack size exceeded";
}

/** Whether a route asks for no key, of this request. */
function isOpenTo(headers: Headers, settings: Settings, route: RouteRow): boolean {
  const isOpen = "local" in route ? route.isOpen : undefined;
  if (isOpen !== "keyless") return isOpen === true;
  return settings["server.api_key"] !== "" && keysIn(headers).length === 0;
}

/** The same answer with more headers; the body object stays the same (the opaque lane depends on it). */
function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}
