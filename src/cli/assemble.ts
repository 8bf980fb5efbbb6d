import type { ClientIdentity } from "../wire/client_identity.ts";
import { errorText } from "../error_text.ts";
import { createAccess } from "../auth/access.ts";
import type { Access, RefreshableAccess } from "../auth/access_source.ts";
import { BOUNDS } from "../bounds.ts";
import { readTextFileLimited } from "../read_limited.ts";
import { createAccountRouting } from "../auth/accounts_check.ts";
import { startBackgroundRefresh } from "../auth/background.ts";
import { AUTH_JSON_VARIABLE, type CredentialPlace } from "../auth/credential_place.ts";
import {
  cacheDirectory,
  credentialsFile,
  databaseFile,
  type Place,
  stateDirectory,
} from "../config/paths.ts";
import type { Settings } from "../config/settings.ts";
import type { Log } from "../log.ts";
import { createCatalogue, type LiveCatalogue } from "../models/live.ts";
import type { Model } from "../models/catalogue.ts";
import { type App, createApp } from "../server/app.ts";
import { createBodyGate } from "../server/body_gate.ts";
import { createExchange } from "../server/exchange.ts";
import { createLocal } from "../server/local.ts";
import { createCacheDoctor } from "../conversations/cache_doctor.ts";
import { createBackgrounds } from "../conversations/background.ts";
import { createMemory } from "../conversations/memory.ts";
import { createMemoryHealth } from "../conversations/memory_health.ts";
import { probeMemory } from "../conversations/probe_memory.ts";
import { watchStore } from "../conversations/watch_store.ts";
import { createMemoryEndpoints } from "../server/memory_endpoints.ts";
import { startSweeping } from "../conversations/sweep.ts";
import { createDeliveries } from "../server/deliveries.ts";
import { createMetrics } from "../server/metrics.ts";
import { createProcessGauges } from "../server/process_gauges.ts";
import type { RequestNote } from "../server/note.ts";
import { createRecorder } from "../server/recorder.ts";
import { logRequest } from "../server/request_log.ts";
import type { ServerProof } from "../server/server_proof.ts";
import { openStoreOrGoOn } from "../store/open_store.ts";
import { createUpstream } from "../upstream/client.ts";
import { clientVersion, ORIGINATOR, readCodexVersion, userAgent } from "../upstream/client_identity.ts";
import { createBackendGet, modelsUrl, usageUrl } from "../upstream/get.ts";
import { createUsage } from "../upstream/usage.ts";
import { VERSION } from "../version.ts";
import { openLearned } from "./open_learned.ts";
import { VENDOR_EVENTS } from "../wire/responses_events.ts";
import { accountLine } from "./account_line.ts";
import { createPromptSource } from "./prompt.ts";
import type { World } from "./world.ts";

/** GETs for models and usage are small; a person waits for them. */
const GET_TIMEOUT_MS = 30_000;

/** How many requests the page shows. */
const RECENT_REQUESTS = 20;

/** What the program is put together from. */
export interface AssembleParts {
  readonly settings: () => Settings;
  readonly place: Place;
  readonly world: World;
  readonly log: Log;
  /** how the server proves whose it is; without it, it proves nothing */
  readonly prove?: (nonce: string) => Promise<ServerProof | undefined>;
  /** true for a server, which lives on: a login that cannot be saved is refreshed when it must be, and kept in memory */
  readonly holdsUnsaved: boolean;
  /** folder that every exchange is recorded into, as a golden case */
  readonly recordInto?: string | undefined;
  /** told when clients do not take their answers, and nothing else is being answered */
  readonly onStalled?: (count: number) => void | Promise<void>;
}

/** The program, ready to answer requests. */
export interface Program {
  readonly app: App;
  readonly access: RefreshableAccess;
  readonly catalogue: LiveCatalogue;
  /** Begins the work in the background: catalogue and token refreshes. */
  start(): Promise<void>;
  /** Ends it; what has been answered is remembered before. */
  stop(): Promise<void>;
  /** Takes over what changed in the settings beyond what is asked for each time; the catalogue follows when it comes. */
  settingsChanged(keys: readonly string[]): Promise<void>;
}

/**
 * Puts the program together: every part gets its IO here, and nowhere else.
 *
 * @throws Problem config when a file named by the settings cannot be used
 */
export async function assemble(parts: AssembleParts): Promise<Program> {
  const { settings, place, world, log } = parts;
  const nowMs = () => world.now();
  const monotonicMs = () => world.monotonicMs();
  const baseUrl = () => settings()["codex.base_url"].replace(/\/+$/, "");

  function identity(callerVersion?: string, model?: Model): ClientIdentity {
    const version = clientVersion({
      setting: settings()["codex.client_version"],
      callerVersion,
      minimal: model?.minimalClientVersion,
    });
    return {
      originator: ORIGINATOR,
      version,
      userAgent: userAgent(ORIGINATOR, version, { os: world.os, arch: Deno.build.arch }),
    };
  }

  const routing = createAccountRouting({
    backendBaseUrl: baseUrl(),
    file: `${stateDirectory(place)}/accounts.json`,
    identity: identity(),
    fetch: world.fetch,
    now: nowMs,
    log,
  });
  const access = createAccess({
    learn: world.secrets.learn,
    place: credentialPlace(place, settings()),
    issuer: settings()["auth.issuer"],
    identity: identity(),
    fetch: world.fetch,
    now: nowMs,
    log,
    holdsUnsaved: parts.holdsUnsaved,
    // A wish to end is heard elsewhere; here it only does not kill the process over tokens that are on their way.
    whileRefreshing: () => world.onInterrupt(() => {}),
    routingOf: (found: Access) => routing.routingOf(found),
  });
  const get = createBackendGet({
    access: access.whenSavable,
    fetch: world.fetch,
    identity,
    timeoutMs: GET_TIMEOUT_MS,
  });
  const catalogue = createCatalogue({
    fetchModels: (etag, signal) => get(modelsUrl(baseUrl(), identity().version), { etag, signal }),
    cacheFile: `${cacheDirectory(place)}/models.json`,
    enabled: () => settings()["codex.enable_dynamic_model_info"],
    accountId: access.accountId,
    clientVersion: () => identity().version,
    nowMs,
    monotonicMs,
    log,
  });

  const usage = createUsage({
    get,
    urls: () => [usageUrl(baseUrl()), `${baseUrl()}/usage`],
    nowMs,
    monotonicMs,
    log,
  });
  const storage = {
    enabled: settings()["storage.enabled"],
    path: databaseFile(place, settings()["storage.path"]),
    url: settings()["storage.url"],
  };
  const health = createMemoryHealth(nowMs, log);
  const store = watchStore(openStoreOrGoOn(storage, nowMs, health), health);
  const learned = await openLearned(
    `${stateDirectory(place)}/learned.json`,
    store,
    { nowMs, monotonicMs },
    log,
  );
  const metrics = createMetrics();
  const gauges = createProcessGauges({ monotonicMs, memory: Deno.memoryUsage });
  let running = 0;
  /** the last requests, newest first, for the page */
  const recent: { note: RequestNote; doneMs: number }[] = [];
  let lastAnswerMs: number | undefined;
  let lastFailureMs: number | undefined;
  const prompt = await createPromptSource({
    settings,
    place,
    readTextFile: (path) => readTextFileLimited(path, BOUNDS.prompt),
    log,
  });
  const promptOf = (slug: string) =>
    prompt.forModel(catalogue.current().models.find((model) => model.slug === slug));
  const { recordInto } = parts;
  const recorder = recordInto === undefined ? undefined : await createRecorder({
    write: (path, text) => writeRecorded(`${recordInto}/${path}`, text),
    settings: () => ({
      injection: settings()["codex.system_prompt_injection_mode"],
      unsupportedParams: settings()["codex.unsupported_params"],
      reasoningOutput: settings()["codex.reasoning_output"],
      prompt: promptOf,
    }),
    bodyLimitBytes: () => settings()["server.body_limit_mb"] * 1024 * 1024,
    hide: world.secrets.hide,
    version: VERSION,
    nowMs,
    onError: (error) =>
      log("warn", "an exchange was not recorded", {
        error: errorText(error),
      }),
  });
  const upstream = createUpstream({
    baseUrl,
    access,
    fetch: recorder?.wrapFetch(world.fetch) ?? world.fetch,
    headerTimeoutMs: () => settings()["limits.header_timeout_seconds"] * 1000,
    onHeaders: (headers) => {
      lastAnswerMs = monotonicMs();
      catalogue.noticeEtag(headers.get("x-models-etag"));
      usage.seen(headers);
    },
    onMended: ({ reason, parameter }, ask) => {
      log("warn", "request changed and sent again", { reason, parameter, model: ask.model });
      if (parameter !== undefined) learned.learn(ask.model, parameter);
    },
    sleep: (ms, signal) => world.sleep(ms, signal),
    random: Math.random,
    nowMs,
    log,
  });
  const memory = createMemory({
    store,
    health,
    settings,
    nowMs,
    newId: () => crypto.randomUUID().replaceAll("-", ""),
    log,
    sleep: (ms, signal) => world.sleep(ms, signal),
    accountId: access.accountId,
  });
  const backgrounds = createBackgrounds(memory.base);
  const cacheDoctor = createCacheDoctor(nowMs, log);
  const bodyGate = createBodyGate(() => settings()["limits.body_budget_mb"] * 1024 * 1024);
  const exchange = createExchange({
    settings,
    catalogue: () => catalogue.current(),
    prompt: prompt.forModel,
    identity: (client, model) => identity(readCodexVersion(client), model),
    upstream,
    memory,
    backgrounds,
    cacheDoctor,
    bodyGate,
    checkReserve: usage.checkReserve,
    onUnknownEvent: (type) => {
      // Known vendor frames are no news; a new one is worth a line, once.
      const shown = type.replaceAll(/[^\w.-]/g, "?").slice(0, 80);
      if (!VENDOR_EVENTS.has(type) && metrics.countUnknownEvent(shown)) {
        log("info", "the backend sent an event that is not known here; left out", { event: shown });
      }
    },
    onUnreadableEvent: ({ type, length, problem }, note) => {
      // Once for each request: a gateway that adds words of its own adds many.
      if (++note.unreadableEvents > 1) return;
      const shown = type === "" ? undefined : type.replaceAll(/[^\w.-]/g, "?").slice(0, 80);
      log("warn", "the backend sent an event that cannot be read", {
        id: note.id,
        event: shown,
        characters: length,
        ends_answer: problem !== undefined,
      });
    },
    unwanted: learned.for,
    hide: world.secrets.hide,
    nowMs,
    monotonicMs,
    newId: () => crypto.randomUUID().replaceAll("-", ""),
    log,
  });
  const app = createApp({
    settings,
    exchange: recorder?.wrapExchange(exchange) ?? exchange,
    local: createLocal({
      settings,
      remembered: createMemoryEndpoints(memory, backgrounds, cacheDoctor, settings, bodyGate),
      catalogue: () => catalogue.current(),
      limits: usage.read,
      metrics: () => metrics.text(running) + health.metrics() + gauges.text(),
      hide: world.secrets.hide,
      page: async () => ({
        version: world.version,
        account: accountLine(await access.peek()),
        limits: usage.current(),
        memory: health.state(),
        requests: recent,
        needsKey: settings()["server.api_key"] !== "",
        nowMs: nowMs(),
        monotonicMs: monotonicMs(),
      }),
      nowMs,
      prove: parts.prove ?? (() => Promise.resolve(undefined)),
      readiness: async () => {
        const state = await access.peek();
        return {
          credentialsProblem: state.usable ? undefined : state.problem ?? "no usable credentials",
          lastAnswerMs,
          lastFailureMs,
          memory: await probeMemory(store, health, nowMs),
        };
      },
    }),
    log,
    hide: world.secrets.hide,
    monotonicMs,
    newId: () => crypto.randomUUID(),
    onDone: (note) => {
      if (note.problem === "backend_unreachable" || note.problem === "backend_timeout") {
        lastFailureMs = monotonicMs();
      }
      metrics.count(note, monotonicMs());
      if (note.route !== "/") recent.unshift({ note, doneMs: monotonicMs() });
      if (recent.length > RECENT_REQUESTS) recent.pop();
      logRequest(log, note, monotonicMs());
    },
    onRunning: (count) => gauges.running(running = count),
    deliveries: createDeliveries({
      limitMs: () => settings()["limits.idle_timeout_seconds"] * 1000,
      onStalled: (count) => void parts.onStalled?.(count),
    }),
  });

  let stopRefresh = () => {};
  let stopSweeping = () => {};
  return {
    app,
    access,
    catalogue,
    async start() {
      await catalogue.start();
      stopRefresh = startBackgroundRefresh({ access, now: nowMs, log });
      stopSweeping = startSweeping(store, settings, log);
    },
    async settingsChanged(keys) {
      if (keys.includes("codex.instructions")) await prompt.reload();
      if (keys.includes("codex.enable_dynamic_model_info") || keys.includes("codex.base_url")) {
        void catalogue.refresh();
      }
    },
    async stop() {
      gauges.stop();
      catalogue.stop();
      stopRefresh();
      stopSweeping();
      await backgrounds.stop();
      await memory.settled();
      await recorder?.settled();
      await learned.settled();
      await store.close();
    },
  };
}

/** Recordings are redacted, but still nobody else's business. */
async function writeRecorded(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}

/** Credentials come from the environment in containers, else from the file (product.md 8). */
export function credentialPlace(place: Place, settings: Settings): CredentialPlace {
  const text = place.env.get(AUTH_JSON_VARIABLE);
  return text === undefined || text === ""
    ? { kind: "file", path: credentialsFile(place, settings["auth.file"]) }
    : { kind: "env", text };
}
