import type { RefreshableAccess } from "../auth/access_source.ts";
import type { Settings } from "../config/settings.ts";
import { createDemoFetch } from "../demo/demo_fetch.ts";
import { demoSlug } from "../demo/demo_models.ts";
import { BUILT_IN } from "../models/catalogue.ts";
import { MEDIA_MODELS, type MediaModel } from "../models/media.ts";
import type { App } from "../server/app.ts";
import { createDemoAccess } from "./demo_access.ts";
import type { World } from "./world.ts";

/** What `serve --demo` puts in the place of the login, the network and the memory. */
export interface Demo {
  readonly access: RefreshableAccess;
  readonly fetch: typeof fetch;
  /** as they are listed, each marked */
  readonly mediaModels: readonly MediaModel[];
  /** The settings as the demo reads them. */
  settings(given: Settings): Settings;
  /** The same program, with the header that marks each answer as the demo's. */
  mark(app: App): App;
}

/** Marks every answer of the demo. */
export const DEMO_HEADER = "x-ccproxy-demo";

/** An address that cannot exist (RFC 6761): a request that got past the demo would reach nobody. */
const NOWHERE = "https://demo.invalid/backend-api/codex";

/** Every name of the built-in list, as a name of the model that stands for it here; the others by their marked names. */
const ALIASES = Object.fromEntries([
  ...BUILT_IN.models.map(({ slug, visibility }) =>
    [slug, visibility === "list" ? demoSlug(slug) : "default"] as const
  ),
  ...MEDIA_MODELS.map(({ id }) => [demoSlug(id), id] as const),
]);

/**
 * Makes the demo: no login is read or needed, no network is used, and what is remembered is gone when it ends.
 *
 * @param paceMs between two words of a stream
 */
export function createDemo(world: World, paceMs: number): Demo {
  return {
    access: createDemoAccess(),
    fetch: createDemoFetch({
      models: BUILT_IN.models.map(({ wire }) => wire),
      paceMs,
      nowMs: () => world.now(),
      sleep: (ms, signal) => world.sleep(ms, signal),
    }),
    mediaModels: MEDIA_MODELS.map((model) => ({
      ...model,
      id: demoSlug(model.id),
      displayName: `${model.displayName} (demo)`,
    })),
    settings: (given) => ({
      ...given,
      "codex.base_url": NOWHERE,
      // Its backend is a function in the place of fetch.
      "codex.transport": "sse",
      "codex.enable_dynamic_model_info": true,
      "codex.default_model": "",
      "codex.model_aliases": { ...ALIASES, ...given["codex.model_aliases"] },
      "storage.enabled": false,
      "storage.url": "",
    }),
    mark: (app) => async (request, info) => {
      const response = await app(request, info);
      response.headers.set(DEMO_HEADER, "true");
      return response;
    },
  };
}
