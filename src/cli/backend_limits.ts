import { usageUrls } from "../upstream/get.ts";
import type { Limits } from "../upstream/rate_limits.ts";
import { createUsage } from "../upstream/usage.ts";
import type { Context } from "./context.ts";
import type { World } from "./world.ts";

/** The limits as the backend tells them now. @throws Problem */
export async function readBackendLimits(world: World, context: Context): Promise<Limits> {
  const usage = createUsage({
    get: context.get,
    urls: () => usageUrls(context.baseUrl),
    nowMs: world.now,
    monotonicMs: world.monotonicMs,
    log: () => {},
  });
  return await usage.read();
}
