/** From a world to the settings, the login and the backend, so that commands stay short. */
import type { ClientIdentity } from "../wire/client_identity.ts";
import { createAccess } from "../auth/access.ts";
import type { Access, RefreshableAccess } from "../auth/access_source.ts";
import { type AccountRouting, createAccountRouting, isPersonal } from "../auth/accounts_check.ts";
import type { CredentialPlace } from "../auth/credential_place.ts";
import { type LoadedSettings, loadSettings } from "../config/load.ts";
import { cacheDirectory, configPlace, type Place, stateDirectory } from "../config/paths.ts";
import type { Settings } from "../config/settings.ts";
import { readCacheFile } from "../models/cache_file.ts";
import { BUILT_IN, type Catalogue } from "../models/catalogue.ts";
import { createCatalogue, type LiveCatalogue } from "../models/live.ts";
import { clientVersion, ORIGINATOR, userAgent } from "../upstream/client_identity.ts";
import { type BackendGet, createBackendGet, modelsUrl } from "../upstream/get.ts";
import { credentialPlace } from "./assemble.ts";
import { learnKeys } from "./learn_keys.ts";
import { placeOf } from "./place.ts";
import { cleanText } from "../clean_text.ts";
import type { World } from "./world.ts";

/** What commands work with. Everything is made when it is first asked for; making it reads nothing. */
export interface Context {
  readonly loaded: LoadedSettings;
  readonly settings: Settings;
  readonly place: Place;
  /** `codex.base_url` without a slash at its end */
  readonly baseUrl: string;
  readonly credentials: CredentialPlace;
  readonly identity: ClientIdentity;
  readonly routing: AccountRouting;
  readonly access: RefreshableAccess;
  /** a GET to the backend with the login */
  readonly get: BackendGet;
  readonly catalogue: LiveCatalogue;
  /** the last list that was fetched, else the built-in one, without asking the network */
  cachedCatalogue(): Promise<Catalogue>;
}

/** A person waits for the answer. */
const GET_TIMEOUT_MS = 20_000;

/**
 * Reads the settings.
 *
 * @param config the text of `--config`
 * @throws Problem "config" or "file" as loadSettings
 */
export async function openContext(world: World, config: string | undefined): Promise<Context> {
  const place = placeOf(world);
  const loaded = await loadSettings({ ...configPlace(place, config), env: place.env });
  return createContext(world, place, loaded);
}

/** {@linkcode openContext} for settings that are already read. */
export function createContext(world: World, place: Place, loaded: LoadedSettings): Context {
  const { settings } = loaded;
  learnKeys(world.secrets, settings, place.env);
  const baseUrl = settings["codex.base_url"].replace(/\/+$/, "");
  const version = clientVersion({
    setting: settings["codex.client_version"],
    callerVersion: undefined,
    minimal: undefined,
  });
  const system = { os: world.os, arch: Deno.build.arch };
  const identity = { originator: ORIGINATOR, version, userAgent: userAgent(ORIGINATOR, version, system) };
  const credentials = credentialPlace(place, settings);
  const routing = createAccountRouting({
    backendBaseUrl: baseUrl,
    file: `${stateDirectory(place)}/accounts.json`,
    identity,
    fetch: world.fetch,
    now: world.now,
  });
  const access = createAccess({
    learn: world.secrets.learn,
    place: credentials,
    issuer: settings["auth.issuer"],
    identity,
    fetch: world.fetch,
    now: world.now,
    sleep: (ms) => world.sleep(ms),
    onUnsavable: (message) => world.err(`Warning: ${cleanText(message)}\n`),
    whileRefreshing: () => untilRefreshed(world),
    // A command does not start what it does not wait for: the check of a personal account runs in the background.
    routingOf: (found: Access) =>
      isPersonal(found.plan) ? Promise.resolve(undefined) : routing.routingOf(found),
  });
  const get = createBackendGet({
    access,
    fetch: world.fetch,
    identity: () => identity,
    timeoutMs: GET_TIMEOUT_MS,
  });
  const cacheFile = `${cacheDirectory(place)}/models.json`;
  const accountId = async () => (await access.peek()).accountId;
  const catalogue = createCatalogue({
    fetchModels: (etag, signal) => get(modelsUrl(baseUrl, version), { etag, signal }),
    cacheFile,
    enabled: () => settings["codex.enable_dynamic_model_info"],
    accountId,
    clientVersion: () => version,
    nowMs: world.now,
    monotonicMs: world.monotonicMs,
    log: () => {},
  });
  const cachedCatalogue = async () => {
    if (!settings["codex.enable_dynamic_model_info"]) return BUILT_IN;
    return await readCacheFile(cacheFile, { accountId: await accountId(), clientVersion: version }) ??
      BUILT_IN;
  };
  return {
    loaded,
    settings,
    place,
    baseUrl,
    credentials,
    identity,
    routing,
    access,
    get,
    catalogue,
    cachedCatalogue,
  };
}

/**
 * Ctrl-C in the middle of a refresh would lose the new tokens when the old ones are already spent: it counts when the
 * refresh is over.
 *
 * @returns what is called then; it throws {@linkcode INTERRUPTED} after a Ctrl-C
 */
function untilRefreshed(world: World): () => void {
  let interrupted = false;
  const release = world.onInterrupt(() => {
    if (!interrupted) world.err("\nEnding when the token refresh is over\n");
    interrupted = true;
  });
  return () => {
    release();
    if (interrupted) throw INTERRUPTED;
  };
}

/** Runs work that Ctrl-C ends: the signal is aborted, and the work is expected to clean up and throw. */
export async function interruptible<T>(world: World, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const release = world.onInterrupt(() => controller.abort(INTERRUPTED));
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}

/** What a signal of {@linkcode interruptible} is aborted with. */
export const INTERRUPTED = new DOMException("Interrupted", "AbortError");
