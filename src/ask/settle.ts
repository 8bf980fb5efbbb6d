import type { Settings } from "../config/settings.ts";
import type { Ask, InputItem } from "../wire/responses.ts";
import { promptCacheKey } from "./cache_key.ts";
import { composeAsk, isLiteWanted } from "./compose.ts";
import type { Draft } from "./draft.ts";
import { withoutParameters } from "./without_parameters.ts";

/** A request with all that decides about its ask. */
export interface Settled {
  readonly draft: Draft;
  readonly settings: Pick<Settings, "codex.lite" | "codex.system_prompt_injection_mode">;
  readonly model: {
    /** the name at the backend */
    readonly slug: string;
    /** the level that is sent, see effort.ts */
    readonly effort: string | undefined;
    /** what the catalogue says of it; undefined for a model that it does not have */
    readonly model: { readonly lite: boolean } | undefined;
  };
  readonly sessionId: string | undefined;
  /** the whole conversation, and the cache key it had before */
  readonly turn: { readonly input: readonly InputItem[]; readonly cacheKey: string | undefined };
  /** the instruction prompt for the model */
  readonly prompt: string;
  /** parameters that the backend refused lately for the model */
  readonly unwanted: readonly string[];
  /** told of each type of item or part that is not sent because the backend is not known to take it */
  readonly onLeftOut: (type: string) => void;
}

/** The body that is sent: the draft with model, prompt, conversation and cache key settled. */
export function settleAsk({ draft, settings, model, sessionId, turn, ...rest }: Settled): Ask {
  const ask = composeAsk(draft, {
    slug: model.slug,
    effort: model.effort,
    lite: isLiteWanted(settings["codex.lite"], model.model?.lite ?? false, draft.tools),
    injection: settings["codex.system_prompt_injection_mode"],
    prompt: rest.prompt,
    input: turn.input,
    promptCacheKey: promptCacheKey({
      asked: draft.promptCacheKey,
      remembered: turn.cacheKey,
      sessionId,
      clientInstructions: draft.clientInstructions,
      input: draft.input,
    }),
    onLeftOut: rest.onLeftOut,
  });
  return withoutParameters(ask, rest.unwanted);
}
