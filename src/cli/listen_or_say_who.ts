import type { Settings } from "../config/settings.ts";
import type { Log } from "../log.ts";
import { Problem } from "../problem.ts";
import { listen, type Listening, otherPort } from "../server/listen.ts";
import type { Program } from "./assemble.ts";
import { findServer, runningText } from "./running_server.ts";
import type { World } from "./world.ts";

/** Whoever starts it twice is told so, instead of that some program has the port. @throws Problem port_busy */
export async function listenOrSayWho(
  world: World,
  settings: Settings,
  { app, ending }: Pick<Program, "app" | "ending">,
  log: Log,
): Promise<Listening> {
  try {
    const address = { host: settings["server.host"], port: settings["server.port"] };
    return listen(address, app, log, { beforeStop: ending });
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== "port_busy") throw thrown;
    const found = await findServer(world, settings);
    if (found.kind !== "ours") throw thrown;
    throw new Problem("port_busy", runningText(settings, found), {
      hint:
        `Use it at ${found.url}/codex/v1, or run "ccproxy serve --port ${
          otherPort(settings["server.port"])
        }" ` +
        "for a second one",
      cause: thrown,
    });
  }
}
