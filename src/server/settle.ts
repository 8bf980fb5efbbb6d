import type { ClientIdentity } from "../wire/client_identity.ts";
import type { Settings } from "../config/settings.ts";
import type { Dialect } from "../dialects/dialect.ts";
import type { Draft } from "../ask/draft.ts";
import { composeAsk, fitCacheKey, isLiteWanted } from "../ask/compose.ts";
import type { Catalogue, Model } from "../models/catalogue.ts";
import { mapEffort, resolveModel } from "../models/resolve.ts";
import type { Sending } from "../upstream/client.ts";
import { withoutParameters } from "../upstream/retry.ts";
import type { Ask, InputItem } from "../wire/responses.ts";
import { promptCacheKey } from "../ask/cache_key.ts";
import type { RequestNote } from "./note.ts";

/** What is asked for each time, because it changes while running. */
export interface SettleParts {
  readonly settings: () => Settings;
  readonly catalogue: () => Catalogue;
  /** the instruction prompt for a model, from `codex.instructions` */
  readonly prompt: (model: Model | undefined) => string;
  /** who the proxy is at the backend; a caller's own newer version counts */
  readonly identity: (client: Headers, model: Model | undefined) => ClientIdentity;
  /** parameters the backend refused lately for a model */
  readonly unwanted: (model: string) => readonly string[];
}

/** The model a request goes to. */
export interface SettledModel {
  /** the name at the backend */
  readonly slug: string;
  /** its catalogue entry; undefined for a model the catalogue does not have */
  readonly model: Model | undefined;
  readonly effort: string | undefined;
}

/** A request with its model and its conversation. */
export interface SettledTurn {
  readonly settings: Settings;
  readonly draft: Draft;
  readonly model: SettledModel;
  readonly sessionId: string | undefined;
  /** from the memory: the whole conversation, and the cache key it had before */
  readonly turn: { readonly input: readonly InputItem[]; readonly cacheKey: string | undefined };
}

/** Characters of a client's text that go into the log and onto the page: a model's name is shorter. */
export const NOTED_LENGTH = 100;

/** Which model the request goes to, and with what effort. @throws Problem model_not_available */
export function settleModel(
  parts: SettleParts,
  draft: Draft,
  dialect: Dialect,
  note: RequestNote,
): SettledModel {
  const settings = parts.settings();
  note.modelAsked = draft.model?.slice(0, NOTED_LENGTH);
  const { slug, model, effort } = resolveModel(draft.model, parts.catalogue(), {
    defaultModel: settings["codex.default_model"],
    aliases: settings["codex.model_aliases"],
    furtherAliases: dialect.aliases,
  });
  note.modelUsed = slug;
  // A field of the request wins over a suffix of the model's name.
  return { slug, model, effort: mapEffort(draft.effort ?? effort, model) };
}

/** The body that is sent: the draft with model, prompt, conversation and cache key settled. */
export function settleAsk(parts: SettleParts, { settings, draft, model, sessionId, turn }: SettledTurn): Ask {
  const key = draft.promptCacheKey ?? turn.cacheKey ?? promptCacheKey({
    asked: draft.promptCacheKey,
    sessionId,
    clientInstructions: draft.clientInstructions,
    input: draft.input,
  });
  const ask = composeAsk(draft, {
    slug: model.slug,
    effort: model.effort,
    lite: isLiteWanted(settings["codex.lite"], model.model?.lite ?? false, draft.tools),
    injection: settings["codex.system_prompt_injection_mode"],
    prompt: parts.prompt(model.model),
    input: turn.input,
    promptCacheKey: fitCacheKey(key),
  });
  return withoutParameters(ask, parts.unwanted(model.slug));
}

/** What the headers of a request are made from. */
export function headerParts(
  parts: SettleParts,
  request: Request,
  model: Model | undefined,
  own: { conversationId: string; lite: boolean },
): Sending["headers"] {
  return {
    identity: parts.identity(request.headers, model),
    ...own,
    client: request.headers,
    clientWins: parts.settings()["codex.header_override_enabled"],
    contentEncoding: undefined,
  };
}
