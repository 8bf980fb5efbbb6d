import { clientEntries, type ClientEntry } from "../connect/client_files.ts";
import { placeOf } from "../place.ts";
import type { World } from "../world.ts";
import type { Finding } from "./finding.ts";

/** Loopback answers at once or not at all. */
const TIMEOUT_MS = 1500;

/** Whether what the files of clients name on this machine is there; nothing where no file names any. */
export async function checkClients(world: World): Promise<Finding[]> {
  const entries = await clientEntries(placeOf(world));
  if (entries.length === 0) return [];
  const common = { check: "clients", title: "Clients" } as const;
  const listening = new Map<string, boolean>();
  for (const url of new Set(entries.map((entry) => entry.url))) {
    listening.set(url, await doesListen(world, url));
  }
  const dead = entries.filter(({ url }) => listening.get(url) !== true);
  const alive = [...new Set(entries.filter((entry) => !dead.includes(entry)).map(({ client }) => client))];
  return [
    ...alive.length === 0
      ? []
      : [{ ...common, status: "ok" as const, detail: `reach a proxy: ${alive.join(", ")}` }],
    ...dead.map((entry) => ({ ...common, status: "warn" as const, ...deadText(entry) })),
  ];
}

function deadText({ client, path, line, url }: ClientEntry): Pick<Finding, "detail" | "fix"> {
  return {
    detail: `${client} is pointed at ${url} by ${path}:${line}, where nobody listens`,
    fix:
      `Start the proxy there ("ccproxy serve --port ${
        new URL(url).port || "80"
      }"), write the present address ` +
      `("ccproxy connect ${client} --write"), or take it out ("ccproxy connect ${client} --undo")`,
  };
}

/** Whether anything listens; who it is does not matter here. */
async function doesListen(world: World, url: string): Promise<boolean> {
  try {
    const response = await world.fetch(`${url}/health`, {
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return true;
  } catch (thrown) {
    // One that does not answer in time is there all the same.
    return thrown instanceof DOMException;
  }
}
