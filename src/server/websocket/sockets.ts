import { Problem } from "../../problem.ts";
import { isCodexClient } from "../../upstream/client_identity.ts";
import type { BodyGate } from "../body_gate.ts";
import type { Call } from "../call.ts";
import type { SocketRoute } from "../routes.ts";
import { sessionIdFromHeaders, sessionIdToHeader } from "../session_id.ts";
import { type Conversation, createConversation } from "./conversation.ts";
import type { SocketDesk } from "./socket_turns.ts";
import { createSocketMemories } from "./remembered.ts";
import { createSender } from "./sender.ts";

/** The WebSockets of clients. */
export interface Sockets {
  /** Upgrades a request that was let in. @throws Problem bad_request, too_many_requests */
  open(call: Call, route: SocketRoute, desk: SocketDesk): Response;
  /** sockets that are open */
  count(): number;
  /**
   * Closes all, those with a running answer behind it; settles when nothing runs any more. Opens none from
   * now on.
   */
  close(): Promise<void>;
}

/** What {@linkcode createSockets} needs. */
export interface SocketsParts {
  readonly bodyGate: BodyGate;
  /** takes the secrets out of the text of a failure */
  readonly hide: (text: string) => string;
  readonly nowMs: () => number;
  /** a clock that only goes forward */
  readonly monotonicMs: () => number;
  /** a new unique id, without prefix */
  readonly newId: () => string;
  /** version of the model list, which Codex clients compare */
  readonly etag: () => string | undefined;
}

/**
 * What all sockets together remember of answers with `"store": false`, in bytes. A Codex client's conversation is
 * some hundred kilobytes; it sends everything again when it is forgotten.
 */
const REMEMBERED_BYTES = 256 * 1024 * 1024;
/** A client may take nothing for so long, in milliseconds; less where `limits.idle_timeout_seconds` is less. */
const STALLED_MS = 30_000;
/** The runtime pings after half of it, and closes without an answer after it. */
const SILENT_SECONDS = 60;
const SHUTDOWN = { code: 1001, reason: "the server is shutting down" } as const;

interface OpenSocket {
  readonly conversation: Conversation;
  /** when its last answer ended, or it was opened */
  idleSinceMs: number;
}

/** No socket is open yet. */
export function createSockets(parts: SocketsParts): Sockets {
  const open = new Set<OpenSocket>();
  const memories = createSocketMemories(REMEMBERED_BYTES);
  let isClosing = false;

  /** One place for a new socket: that of the one that was idle longest. */
  function makeRoom(limit: number): void {
    if (open.size < limit) return;
    let longest: OpenSocket | undefined;
    for (const each of open) {
      if (each.conversation.isIdle && each.idleSinceMs < (longest?.idleSinceMs ?? Infinity)) longest = each;
    }
    if (longest === undefined) {
      throw new Problem("too_many_requests", `${limit} WebSockets are open, and all are at work`, {
        headers: { "retry-after": "1" },
      });
    }
    open.delete(longest);
    longest.conversation.end({ code: 1001, reason: "idle for longest" });
  }

  function serve(
    socket: WebSocket,
    call: Call,
    headers: Headers,
    route: SocketRoute,
    desk: SocketDesk,
  ): void {
    const stalledMs = Math.min(STALLED_MS, call.settings["limits.idle_timeout_seconds"] * 1000);
    const conversation = createConversation({
      ...parts,
      opened: call,
      headers,
      route,
      desk,
      sender: createSender(socket, stalledMs),
      memory: memories(),
      onIdle: () => own.idleSinceMs = parts.monotonicMs(),
    });
    const own: OpenSocket = { conversation, idleSinceMs: parts.monotonicMs() };
    open.add(own);
    const seconds = call.settings["limits.websocket_seconds"];
    const timer = setTimeout(() => {
      const problem = new Problem("socket_expired", `${Math.round(seconds / 60)} minutes`);
      conversation.end({ code: 1000, reason: "connection limit reached", problem });
    }, seconds * 1000);
    // A client that vanishes can bring both, and two of the second (deno.md#websocket-server).
    const leave = () => {
      clearTimeout(timer);
      conversation.leave();
      open.delete(own);
    };
    socket.onmessage = ({ data }) => conversation.receive(data);
    socket.onerror = leave;
    socket.onclose = leave;
  }

  return {
    open(call, route, desk) {
      if (isClosing) throw new Problem("overloaded", "the server is shutting down");
      makeRoom(call.settings["limits.websockets"]);
      // After the upgrade they cannot be read any more (deno.md#websocket-server).
      const headers = new Headers(call.request.headers);
      const session = call.params.session ?? sessionIdFromHeaders(headers);
      const { socket, response } = upgrade(call.request);
      const protocol = protocolFor(headers.get("sec-websocket-protocol"));
      if (protocol !== undefined) response.headers.set("sec-websocket-protocol", protocol);
      if (session !== undefined) response.headers.set("x-session-id", sessionIdToHeader(session));
      const etag = isCodexClient(headers) ? parts.etag() : undefined;
      if (etag !== undefined) response.headers.set("x-models-etag", etag);
      serve(socket, call, headers, route, desk);
      return response;
    },
    count: () => open.size,
    async close() {
      isClosing = true;
      await Promise.all([...open].map(({ conversation }) => conversation.end(SHUTDOWN)));
    },
  };
}

/**
 * The runtime looks at the header `connection` only.
 *
 * @throws Problem bad_request for a handshake that is none
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-4.2.1
 */
function upgrade(request: Request): Deno.WebSocketUpgrade {
  const version = request.headers.get("sec-websocket-version");
  if (version !== "13") {
    throw new Problem("bad_request", `"Sec-WebSocket-Version" must be 13: found ${shown(version)}`, {
      status: 426,
      headers: { upgrade: "websocket", "sec-websocket-version": "13" },
    });
  }
  const key = request.headers.get("sec-websocket-key");
  if (key === null || !/^[A-Za-z0-9+/]{22}==$/.test(key.trim())) {
    throw new Problem("bad_request", `"Sec-WebSocket-Key" must be 16 bytes in base64: found ${shown(key)}`);
  }
  try {
    return Deno.upgradeWebSocket(request, { idleTimeout: SILENT_SECONDS });
  } catch (error) {
    throw new Problem("bad_request", '"Connection" must have "Upgrade"', { cause: error });
  }
}

function shown(value: string | null): string {
  return value === null ? "none" : JSON.stringify(value.slice(0, 100));
}

/**
 * The subprotocol that is chosen: node's ws fails when it offered some and none is chosen. Never one that carries a
 * key, as browsers send them (websocket.md#ws-clients). Set by hand, since the runtime wants a space behind each comma
 * (deno.md#websocket-server).
 */
function protocolFor(offered: string | null): string | undefined {
  const names = offered?.split(",").map((name) => name.trim()) ?? [];
  return names.find((name) =>
    name !== "" && !/^openai-(?:insecure-api-key|organization|project)\./i.test(name)
  );
}
