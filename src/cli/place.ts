import type { Place } from "../config/paths.ts";
import type { World } from "./world.ts";

/** The environment and system of a world, as the configuration wants them. */
export function placeOf(world: World): Place {
  return { env: { get: (name) => world.env(name), names: () => world.envNames() }, os: world.os };
}
