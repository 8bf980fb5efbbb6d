/** A proxy of its own for one client that is started with it: on a free port of loopback, gone when the client ends. */
import type { LoadedSettings } from "../../config/load.ts";
import type { Settings } from "../../config/settings.ts";
import { createLog, type Log } from "../../log.ts";
import type { App } from "../../server/app.ts";
import { assemble } from "../assemble.ts";
import { assertUsable } from "../check_settings.ts";
import type { Demo } from "../demo.ts";
import { keepRunning, quietRuntime } from "../keep_running.ts";
import { learnKeys } from "../learn_keys.ts";
import { listenOrSayWho } from "../listen_or_say_who.ts";
import { placeOf } from "../place.ts";
import type { World } from "../world.ts";

/** The proxy. */
export interface OwnProxy {
  readonly url: string;
  /** `host:port` that it listens on */
  readonly address: string;
  /** Answers from now on; requests that came before have waited. */
  open(): Promise<void>;
  /** Ends it; gives what there was to say meanwhile, while the terminal was the client's. */
  close(): Promise<readonly string[]>;
}

/** Of what was to be said meanwhile, so much is kept. */
const MOST_LINES = 20;

/** Where a proxy of its own listens. */
export function ownAddress(settings: Settings): Settings {
  return { ...settings, "server.host": "127.0.0.1", "server.port": 0 };
}

/** Starts the proxy; it answers nobody before {@linkcode OwnProxy.open}. @throws Problem as `ccproxy serve` */
export async function startOwnProxy(
  world: World,
  loaded: LoadedSettings,
  demo: Demo | undefined,
): Promise<OwnProxy> {
  const place = placeOf(world);
  const given = ownAddress(loaded.settings);
  const inForce = demo?.settings(given) ?? given;
  const settings = () => inForce;
  learnKeys(world.secrets, inForce, place.env);
  await assertUsable({ ...loaded, settings: given }, place);
  const said: string[] = [];
  const write = createLog({
    level: () => demo === undefined ? "warn" : "error",
    format: () => "text",
    write: (line) => {
      if (said.length < MOST_LINES) said.push(line);
    },
    hide: world.secrets.hide,
    nowMs: () => world.now(),
  });
  // What a request ended with, its client has told already.
  const log: Log = (level, message, fields) =>
    message === "request" ? undefined : write(level, message, fields);
  const program = await assemble({
    settings,
    place,
    world: demo === undefined ? world : { ...world, fetch: demo.fetch },
    log,
    demo,
    holdsUnsaved: true,
    onStalled: () => listening.cutAll(),
  });
  keepRunning(log);
  quietRuntime(log);
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const app: App = async (request, info) => {
    await opened;
    return await program.app(request, info);
  };
  const listening = await listenOrSayWho(world, inForce, { app, ending: program.ending }, log);
  return {
    url: listening.url,
    address: listening.address,
    open: async () => {
      open();
      await program.start();
    },
    close: async () => {
      open();
      await listening.stop(inForce["server.shutdown_grace_seconds"] * 1000);
      await program.stop();
      await program.access.idle();
      return said;
    },
  };
}
