/** From a world to the settings, the login and the backend, so that commands stay short. */
import type { RefreshableAccess } from "../auth/access_source.ts";
import type { AccountRouting } from "../auth/accounts_check.ts";
import type { CredentialPlace } from "../auth/credential_place.ts";
import { type LoadedSettings, loadSettings } from "../config/load.ts";
import { configPlace, type Place } from "../config/paths.ts";
import type { Settings } from "../config/settings.ts";
import { readCacheFile } from "../models/cache_file.ts";
import { BUILT_IN, type Catalogue } from "../models/catalogue.ts";
import type { LiveCatalogue } from "../models/live.ts";
import type { BackendGet } from "../upstream/get.ts";
import type { ClientIdentity } from "../wire/client_identity.ts";
import { learnKeys } from "./learn_keys.ts";
import { placeOf } from "./place.ts";
import { cleanText } from "../clean_text.ts";
import { wireBackend } from "./wire_backend.ts";
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
  const { baseUrl, identity, cacheFile, ...backend } = wireBackend(
    { settings: () => settings, place, world, log: () => {} },
    {
      onUnsavable: (message) => world.err(`Warning: ${cleanText(message)}\n`),
      whileRefreshing: () => untilRefreshed(world),
      routesPersonal: false,
    },
  );
  const self = identity(settings);
  return {
    ...backend,
    loaded,
    settings,
    place,
    baseUrl: baseUrl(),
    identity: self,
    async cachedCatalogue() {
      if (!settings["codex.enable_dynamic_model_info"] || cacheFile === undefined) return BUILT_IN;
      const key = { accountId: await backend.access.accountId(), clientVersion: self.version };
      return await readCacheFile(cacheFile, key) ?? BUILT_IN;
    },
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

/**
 * What a signal of {@linkcode interruptible} is aborted with. No error: one that is made while modules load takes 20 ms
 * of the start (deno.md#error-at-start).
 */
export const INTERRUPTED: unique symbol = Symbol("interrupted");
