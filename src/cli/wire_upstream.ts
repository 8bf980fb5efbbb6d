import type { Observer } from "../server/observer.ts";
import type { Recorder } from "../server/recorder.ts";
import { createUpstream, type Upstream } from "../upstream/client.ts";
import { standardLane } from "../upstream/learned.ts";
import type { UsageSource } from "../upstream/usage.ts";
import { createTransportMemory } from "../upstream/websocket/fallback.ts";
import { createSockets, type Sockets } from "../upstream/websocket/sockets.ts";
import type { KeptParameters } from "./open_learned.ts";
import type { Backend, WireParts } from "./wire_backend.ts";

/** The way of model requests. */
export interface WiredUpstream {
  readonly upstream: Upstream;
  /** why requests go by POST at the moment although a WebSocket was wanted; undefined when they do not */
  readonly fallbackReason: () => string | undefined;
  /** WebSockets to the backend that are open */
  readonly openSockets: () => number;
  /** Closes the sockets in order. */
  stop(): Promise<void>;
}

/** A WebSocket that does not open in this time is not waited for (websocket.md#keep-sockets). */
const OPEN_DEADLINE_MS = 10_000;
/** What did not work is not tried again for so long: it costs its time once. */
const FALLBACK_MS = 10 * 60_000;
/** Idle sockets are dropped and old ones renewed by these, before the backend ends them (websocket.md#ws-limits). */
const IDLE_MS = 5 * 60_000;
const RENEW_MS = 55 * 60_000;
/** As many conversations as one person has at a time, and their agents; an idle socket costs 110 KiB over TLS. */
const MOST_SOCKETS = 64;

/** Puts the two transports together; what answers tell goes to those who want to know. */
export function wireUpstream(
  { settings, world, log }: WireParts,
  { backend: { access, catalogue }, recorder, learned, usage, observer }: {
    readonly backend: Backend;
    readonly recorder: Recorder | undefined;
    readonly learned: KeptParameters;
    readonly usage: UsageSource;
    readonly observer: Observer;
  },
): WiredUpstream {
  const clocks = { nowMs: () => world.now(), monotonicMs: () => world.monotonicMs() };
  const memory = createTransportMemory(clocks.monotonicMs, FALLBACK_MS);
  const onHeaders = (headers: Headers) => {
    observer.answered();
    catalogue.noticeEtag(headers.get("x-models-etag"));
    usage.seen(headers);
  };
  // A golden case is what an event stream brought, byte by byte.
  const sockets: Sockets | undefined = recorder !== undefined ? undefined : createSockets({
    ...clocks,
    network: world.network,
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    openDeadlineMs: () => OPEN_DEADLINE_MS,
    // Asked for when a socket is opened.
    get limitBytes() {
      return settings()["limits.event_limit_mb"] * 1024 * 1024;
    },
    idleMs: IDLE_MS,
    renewMs: RENEW_MS,
    mostSockets: MOST_SOCKETS,
    onHeaders,
  });
  const upstream = createUpstream({
    ...clocks,
    access,
    fetch: recorder?.wrapFetch(world.fetch) ?? world.fetch,
    renewConnections: () => world.renewConnections(),
    sockets,
    memory,
    onHeaders,
    onLimits: usage.told,
    onMended: ({ reason, parameter, place }, ask) => {
      log("warn", "request changed and sent again", {
        reason,
        parameter: parameter ?? place,
        model: ask.model,
      });
      if (parameter !== undefined) learned.learn(ask.model, parameter);
    },
    onLite: (model) => {
      log("warn", "the standard lane was refused, the lite lane took the request", { model });
      void access.accountId().then((account) => learned.learn(model, standardLane(account)));
    },
    sleep: (ms, signal) => world.sleep(ms, signal),
    random: Math.random,
    log,
  });
  return {
    upstream,
    fallbackReason: () => settings()["codex.transport"] === "auto" ? memory.current() : undefined,
    openSockets: () => sockets?.count() ?? 0,
    stop: async () => await sockets?.close(),
  };
}
