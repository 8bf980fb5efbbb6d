import type { RefreshableAccess } from "../auth/access_source.ts";
import { startBackgroundRefresh } from "../auth/background.ts";
import { BOUNDS } from "../bounds.ts";
import { stateDirectory, whereKnown } from "../config/paths.ts";
import { MEDIA_MODELS } from "../models/media.ts";
import { readTextFileLimited } from "../read_limited.ts";
import { type App, createApp } from "../server/app.ts";
import { createBodyGate } from "../server/body_gate.ts";
import { createDeliveries } from "../server/deliveries.ts";
import type { EndpointParts } from "../server/endpoint.ts";
import { createEventNews } from "../server/event_news.ts";
import { createExchange } from "../server/exchange.ts";
import { createMetrics } from "../server/metrics.ts";
import { createObserver, type Observer } from "../server/observer.ts";
import type { ServerProof } from "../server/server_proof.ts";
import { socketGauges } from "../server/socket_gauges.ts";
import { createSockets } from "../server/websocket/sockets.ts";
import { usageUrls } from "../upstream/get.ts";
import { createUsage, type UsageSource } from "../upstream/usage.ts";
import { standardLane } from "../upstream/learned.ts";
import type { Demo } from "./demo.ts";
import { newId } from "./new_id.ts";
import { openLearned } from "./open_learned.ts";
import { createPromptSource } from "./prompt.ts";
import { type Backend, wireBackend, type WireParts } from "./wire_backend.ts";
import { wireKeys } from "./wire_keys.ts";
import { type WiredMemory, wireMemory } from "./wire_memory.ts";
import { wirePage } from "./wire_page.ts";
import { withSpans } from "./wire_spans.ts";
import { wireRecorder } from "./wire_recorder.ts";
import { wireUsage } from "./wire_usage.ts";
import { type WiredUpstream, wireUpstream } from "./wire_upstream.ts";

/** What the program is put together from. */
export interface AssembleParts extends WireParts {
  /** how the server proves whose it is; without it, it proves nothing */
  readonly prove?: (nonce: string) => Promise<ServerProof | undefined>;
  /** true for a server, which lives on: a login that cannot be saved is refreshed when it must be, and kept in memory */
  readonly holdsUnsaved: boolean;
  /** folder that every exchange is recorded into, as a golden case */
  readonly recordInto?: string | undefined;
  /** what answers in the place of the backend; its settings and its fetch are in the parts already */
  readonly demo?: Pick<Demo, "access" | "mark" | "mediaModels"> | undefined;
  /** told when clients do not take their answers, and nothing else is being answered */
  readonly onStalled?: (count: number) => void | Promise<void>;
}

/** The program, ready to answer requests. */
export interface Program {
  readonly app: App;
  readonly access: RefreshableAccess;
  /** Begins the work in the background: catalogue and token refreshes. */
  start(): Promise<void>;
  /**
   * It is about to end. What has no end of its own closes, and none of it opens any more: the page's streams at once,
   * the WebSockets of clients behind the answer that runs in them. Settles when all are closed.
   */
  ending(): Promise<void>;
  /** Ends it; what has been answered is remembered before. */
  stop(): Promise<void>;
  /** Takes over what changed in the settings beyond what is asked for each time; the catalogue follows when it comes. */
  settingsChanged(keys: readonly string[]): Promise<void>;
}

const readPromptFile = (path: string) => readTextFileLimited(path, BOUNDS.prompt);

/**
 * Puts the program together: every part gets its IO here and in the wire_*.ts next to it, and nowhere else.
 *
 * @throws Problem config when a file named by the settings cannot be used
 */
export async function assemble(parts: AssembleParts): Promise<Program> {
  const { settings, place, world, log } = parts;
  const clocks = { nowMs: () => world.now(), monotonicMs: () => world.monotonicMs() };
  const backend = wireBackend(parts, {
    holdsUnsaved: parts.holdsUnsaved,
    // A wish to end is heard elsewhere; here it only does not kill the process over tokens that are on their way.
    whileRefreshing: () => world.onInterrupt(() => {}),
    routesPersonal: true,
    inPlaceOfLogin: parts.demo?.access,
  });
  const { access, catalogue } = backend;
  const kept = wireMemory(parts, access.accountId);
  const { store, memory, backgrounds, cacheDoctor, health } = kept;
  const usage = usageOf(parts, backend, clocks);
  const hasNetwork = parts.demo === undefined;
  const learnedFile = hasNetwork ? whereKnown(() => `${stateDirectory(place)}/learned.json`) : undefined;
  const learned = await openLearned(learnedFile, store, clocks, log);
  const prompt = await createPromptSource({ settings, place, readTextFile: readPromptFile, log });
  const recorder = await wireRecorder(parts, parts.recordInto, prompt, catalogue);
  const metrics = createMetrics();
  const observer = withSpans(createObserver(metrics, clocks.monotonicMs, log), parts);
  const keys = wireKeys(parts, store);
  const history = wireUsage(parts);
  const bodyGate = createBodyGate(() => settings()["limits.body_budget_mb"] * 1024 * 1024);
  const shared = {
    ...clocks,
    memory,
    backgrounds,
    cacheDoctor,
    bodyGate,
    catalogue: catalogue.current,
    hide: world.secrets.hide,
  };
  const way = wireUpstream(parts, { backend, recorder, learned, usage, observer });
  const seen = { access, kept, keys, history, usage, observer, way, catalogue };
  const exchange = createExchange({
    ...shared,
    ...createEventNews(metrics, log),
    prompt: prompt.forModel,
    identity: (client, model, now) => backend.identity(now, client, model),
    upstream: way.upstream,
    usage,
    spend: keys.spend,
    record: recorder?.record,
    unwanted: learned.for,
    standardRefused: async (model) => learned.for(model).includes(standardLane(await access.accountId())),
    // A client sees by the name that no model answered; elsewhere the name is the one that it asked for.
    nameModel: (asked, slug) => hasNetwork ? asked ?? slug : slug,
    newId,
    log,
  });
  const page = wirePage(parts, seen);
  const sockets = createSockets({ ...shared, newId, etag: () => catalogue.current().etag });
  const app = createApp({
    settings,
    exchange,
    keys,
    sockets,
    endpoints: {
      ...shared,
      mediaModels: parts.demo?.mediaModels ?? MEDIA_MODELS,
      limits: usage.read,
      metrics: () => observer.metrics() + health.metrics() + socketGauges(sockets.count(), way.openSockets()),
      ...page,
      readiness: readinessOf(seen),
      prove: parts.prove ?? (() => Promise.resolve(undefined)),
    },
    log,
    hide: world.secrets.hide,
    monotonicMs: clocks.monotonicMs,
    newId: () => crypto.randomUUID(),
    onDone(note) {
      observer.done(note);
      history.record(note);
    },
    onRunning: observer.running,
    deliveries: createDeliveries({
      limitMs: () => settings()["limits.idle_timeout_seconds"] * 1000,
      onStalled: (count) => void parts.onStalled?.(count),
    }),
  });

  // The demo's list of models is there before its first client is: no network stands in between.
  if (parts.demo !== undefined) await catalogue.refresh();

  let stopWork = () => {};
  return {
    app: parts.demo?.mark(app) ?? app,
    access,
    async start() {
      await catalogue.start();
      const stopRefresh = startBackgroundRefresh({ access, now: clocks.nowMs, log });
      const stops = [stopRefresh, kept.startSweeping(), history.startSweeping()];
      stopWork = () => stops.forEach((stop) => stop());
    },
    async settingsChanged(keys) {
      page.restart();
      if (keys.includes("codex.instructions")) await prompt.reload();
      if (keys.includes("codex.enable_dynamic_model_info") || keys.includes("codex.base_url")) {
        void catalogue.refresh();
      }
    },
    ending() {
      page.end();
      return sockets.close();
    },
    async stop() {
      await observer.stop();
      catalogue.stop();
      stopWork();
      await backgrounds.stop();
      await way.stop();
      await memory.settled();
      await recorder?.settled();
      await Promise.all([learned.settled(), keys.settled()]);
      await Promise.all([store.close(), history.close()]);
    },
  };
}

/** What supervisors learn about the state of the program. */
function readinessOf(
  { access, kept, observer, way }: {
    readonly access: RefreshableAccess;
    readonly kept: WiredMemory;
    readonly observer: Observer;
    readonly way: WiredUpstream;
  },
): EndpointParts["readiness"] {
  return async () => {
    const { usable, problem = "no usable credentials" } = await access.peek();
    return {
      credentialsProblem: usable ? undefined : problem,
      ...observer.contact(),
      memory: await kept.probe(),
      postReason: way.fallbackReason(),
    };
  };
}

/** The account's limits, asked for where the backend has them. */
function usageOf(
  { settings, log }: AssembleParts,
  backend: Backend,
  clocks: { readonly nowMs: () => number; readonly monotonicMs: () => number },
): UsageSource {
  return createUsage({
    get: backend.get,
    urls: () => usageUrls(backend.baseUrl()),
    ...clocks,
    warnPercent: () => settings()["limits.warn_percent"],
    log,
  });
}
