import type { Settings } from "../config/settings.ts";
import { ownerOf } from "../conversations/owner.ts";
import { checkApiKey } from "./middleware/api_key.ts";

/** Who asks, as the key check found out. Memory, log, metrics and limits take it from here. */
export interface Caller {
  /** of the key it was let in with */
  readonly name: string;
  /** whose memory it sees: {@linkcode ownerOf} */
  readonly owner: string;
  readonly limits: CallerLimits;
}

/** What a caller is held to. */
export interface CallerLimits {
  /** requests to a model at once */
  readonly concurrentRequests: number;
  /** percent of the plan that is kept back from it */
  readonly reservePercent: number;
}

/**
 * The caller of a request.
 *
 * @param isOpen the route asks for no key: who asks there is nobody, and nobody has no memory
 * @throws Problem api_key_refused
 */
export async function identifyCaller(
  headers: Headers,
  settings: Settings,
  isOpen: boolean,
): Promise<Caller> {
  const limits = {
    concurrentRequests: settings["limits.concurrent_requests"],
    reservePercent: settings["limits.reserve_percent"],
  };
  if (isOpen) return { name: "nobody", owner: "nobody", limits };
  const key = settings["server.api_key"];
  await checkApiKey(headers, key);
  return { name: key === "" ? "anybody" : "default", owner: ownerOf(key), limits };
}
