import type { Environment } from "../config/environment.ts";
import type { Settings } from "../config/settings.ts";
import type { Secrets } from "../secrets.ts";

/** The proxies of the runtime's own fetch; their addresses may hold a password. */
const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);

/** Makes the keys and passwords of the settings and the environment known to the masking, before they are used. */
export function learnKeys(secrets: Secrets, settings: Settings, env: Environment): void {
  const addresses = [settings["storage.url"], ...PROXIES.map((name) => env.get(name) ?? "")];
  secrets.learnKeys(settings["server.api_key"], ...addresses.flatMap(passwordsIn));
}

/** The password of an address as it is written there, and as it is sent. */
function passwordsIn(address: string): string[] {
  const written = URL.parse(address)?.password ?? "";
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
