import type { Settings } from "../config/settings.ts";
import { type Catalogue, defaultModelOf } from "../models/catalogue.ts";
import { resolveModel } from "../models/resolve.ts";

/** The model of requests that name none, from the settings and a list that is at hand; the network is not asked. */
export function proposedModel(known: Catalogue, settings: Settings): string {
  try {
    return resolveModel(undefined, known, {
      defaultModel: settings["codex.default_model"],
      aliases: settings["codex.model_aliases"],
    }).slug;
  } catch {
    return defaultModelOf(known)?.slug ?? "gpt-5";
  }
}
