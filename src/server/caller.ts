import type { Settings } from "../config/settings.ts";
import { ownerOf } from "../conversations/owner.ts";
import type { Reserve } from "../upstream/limit_guard.ts";
import type { Log } from "../log.ts";
import { apiKeyRefused, isApiKey, keysIn } from "./middleware/api_key.ts";
import type { KeyRing } from "./keys/key_ring.ts";
import { keyIdOf, type NamedKey } from "./keys/named_key.ts";

/** Who asks, as the key check found out. Memory, log, metrics and limits take it from here. */
export interface Caller {
  /** of the key it was let in with */
  readonly name: string;
  /** whose memory it sees: {@linkcode ownerOf}, or the owner of a named key */
  readonly owner: string;
  readonly limits: CallerLimits;
  /** the named key it was let in with; undefined for the owner of the proxy */
  readonly key: NamedKey | undefined;
}

/** What a caller is held to. */
export interface CallerLimits {
  /** requests to a model at once */
  readonly concurrentRequests: number;
  /** what is kept back of the plan's limits */
  readonly reserve: Reserve;
  /** the only models it may use; none: every model */
  readonly models: readonly string[];
}

/** What {@linkcode identifyCaller} needs. */
export interface CallerParts {
  readonly keys: Pick<KeyRing, "find">;
  readonly log: Log;
}

/** Names that no key can have: those of callers without one. */
export const RESERVED_NAMES: readonly string[] = ["default", "anybody", "nobody"];

/** Who asks on a route without a key. */
export const NOBODY = "nobody";

/**
 * The caller of a request: the owner of the proxy with `server.api_key`, or whoever has a named key.
 *
 * Where no key is asked for, a named key still says who comes. A text of that form that is none lets nobody in: a
 * deleted key would otherwise go on as anybody's. Why a named key is refused is for the log alone.
 *
 * @param isOpen the route asks for no key: who asks there is nobody, and nobody has no memory
 * @throws Problem api_key_refused
 */
export async function identifyCaller(
  headers: Headers,
  settings: Settings,
  isOpen: boolean,
  { keys, log }: CallerParts,
): Promise<Caller> {
  const limits = {
    concurrentRequests: settings["limits.concurrent_requests"],
    reserve: settings,
    models: [],
  };
  if (isOpen) return { name: NOBODY, owner: NOBODY, limits, key: undefined };
  const given = keysIn(headers);
  const ownKey = settings["server.api_key"];
  if (ownKey !== "" && await isApiKey(given, ownKey)) {
    return { name: "default", owner: ownerOf(ownKey), limits, key: undefined };
  }
  let isNamed = false;
  for (const text of new Set(given)) {
    const keyId = keyIdOf(text);
    if (keyId === undefined) continue;
    isNamed = true;
    const found = await keys.find(text, keyId);
    if (found.kind === "valid") return named(found.key, limits);
    log("warn", "named key refused", { reason: found.kind, key: found.name, key_id: keyId });
  }
  if (ownKey !== "" || isNamed) throw apiKeyRefused(given);
  return { name: "anybody", owner: ownerOf(""), limits, key: undefined };
}

function named(key: NamedKey, limits: CallerLimits): Caller {
  const { concurrentRequests = limits.concurrentRequests, models } = key.limits;
  return { name: key.name, owner: key.owner, limits: { ...limits, concurrentRequests, models }, key };
}
