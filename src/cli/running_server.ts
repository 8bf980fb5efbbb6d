import type { Settings } from "../config/settings.ts";
import { isRecord, parseJson, textAt } from "../wire/json.ts";
import type { World } from "./world.ts";

/** The address at which programs of this machine reach the proxy of these settings. */
export function localUrl(settings: Settings): string {
  const host = settings["server.host"];
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" || host === "[::]" ? "[::1]" : host;
  const name = reachable.includes(":") && !reachable.startsWith("[") ? `[${reachable}]` : reachable;
  return `http://${name}:${settings["server.port"]}`;
}

/** Loopback answers at once or not at all. */
const TIMEOUT_MS = 1500;

/** What is found at the address of these settings. */
export type Found =
  | { readonly kind: "ours"; readonly version: string }
  /** something else listens there */
  | { readonly kind: "other" }
  | { readonly kind: "nothing" };

/** Looks whether the proxy of these settings runs. The key is not sent: whoever listens there may not be ours. */
export async function findServer(world: World, settings: Settings): Promise<Found> {
  if (settings["server.port"] === 0) return { kind: "nothing" };
  try {
    const response = await world.fetch(`${localUrl(settings)}/health`, {
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = parseJson((await response.text()).slice(0, 4096));
    const version = isRecord(body) ? textAt(body, "version") : undefined;
    return version?.startsWith("ccproxy ") ? { kind: "ours", version } : { kind: "other" };
  } catch (thrown) {
    return thrown instanceof DOMException ? { kind: "other" } : { kind: "nothing" };
  }
}

/**
 * Asks the running proxy for a JSON answer.
 *
 * @param path beginning with a slash
 * @returns undefined when no proxy runs there, or it does not know the path
 */
export async function askServer(world: World, settings: Settings, path: string): Promise<unknown> {
  if ((await findServer(world, settings)).kind !== "ours") return undefined;
  const key = settings["server.api_key"];
  try {
    const response = await world.fetch(`${localUrl(settings)}${path}`, {
      headers: { accept: "application/json", ...(key === "" ? {} : { authorization: `Bearer ${key}` }) },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS * 10),
    });
    const text = await response.text();
    return response.ok ? parseJson(text) : undefined;
  } catch {
    return undefined;
  }
}
