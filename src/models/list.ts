import type { ModelEntry, ModelList } from "../wire/openai_models.ts";
import type { MediaModel } from "./media.ts";
import { BUILT_IN_DATE, type Catalogue, findModel, type Model } from "./catalogue.ts";

/** Settings of a list of models. */
export interface ListOptions {
  /** `codex.max_output_tokens_fallback`: shown for a model whose entry has no output limit */
  readonly maxOutputTokensFallback: number;
  /** models for pictures and speech that are shown */
  readonly media: readonly MediaModel[];
  /** further names that stand in the list, each for a model of the catalogue */
  readonly names?: readonly (readonly [name: string, slug: string])[];
}

/** The backend gives no dates, and clients that sort or compare by date want a constant one. */
const CREATED_AT = `${BUILT_IN_DATE}T00:00:00Z`;

/**
 * The answer of `GET /models`, one for all readers (clients.md#two-model-lists): hidden models are in `models` only,
 * those for pictures and speech in `data` only, behind the others: they answer no conversation.
 *
 * `models` is empty when all there is is the built-in list. Observed 2026-11 (CLI 0.169.0): an entry there replaces the
 * CLI's own, with its prompt, so that ours, which have none, made it work without one; with an empty list it kept to
 * the catalogue it brings along, without an error.
 */
export function toModelList(catalogue: Catalogue, options: ListOptions): ModelList {
  const data = catalogue.models
    .filter((model) => model.visibility === "list")
    .map((model) => toModelEntry(model.slug, model, options));
  for (const [name, slug] of options.names ?? []) {
    const model = findModel(catalogue, slug);
    if (model?.visibility === "list") data.push(toModelEntry(name, model, options));
  }
  data.push(...options.media.map(toMediaEntry));
  return {
    object: "list",
    data,
    has_more: false,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    models: catalogue.source === "built-in" ? [] : catalogue.models.map((model) => model.wire),
  };
}

/** Which part of a list is asked for, in Anthropic's words: behind or in front of an id, at most so many. */
export interface ListPart {
  readonly limit: number;
  readonly afterId: string | undefined;
  readonly beforeId: string | undefined;
}

/**
 * One page of a list. An id that is not in it is no place to begin at: the page is empty.
 *
 * @see https://platform.claude.com/docs/en/api/models-list
 */
export function toModelPage(list: ModelList, { limit, afterId, beforeId }: ListPart): ModelList {
  const at = (id: string) => list.data.findIndex((entry) => entry.id === id);
  const isKnown = [afterId, beforeId].every((id) => id === undefined || at(id) !== -1);
  const start = afterId === undefined ? 0 : at(afterId) + 1;
  const end = beforeId === undefined ? list.data.length : at(beforeId);
  const rest = isKnown ? list.data.slice(start, end) : [];
  const data = beforeId === undefined ? rest.slice(0, limit) : rest.slice(-limit);
  return {
    ...list,
    data,
    has_more: data.length < rest.length,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

/**
 * The answer of `GET /models/{id}`.
 *
 * @param id the name that was asked for, which may be an alias: clients compare it with what they asked
 * @param model what the name stands for; undefined when nothing is known of it
 */
export function toModelEntry(
  id: string,
  model: Model | undefined,
  options: Pick<ListOptions, "maxOutputTokensFallback">,
): ModelEntry {
  const maxOutputTokens = model?.maxOutputTokens ?? options.maxOutputTokensFallback;
  return {
    ...identityOf(id, model?.displayName ?? id),
    ...(model === undefined || model.description === "" ? {} : { description: model.description }),
    ...(model?.contextWindow === undefined ? {} : { context_window: model.contextWindow }),
    ...(model?.maxContextWindow === undefined ? {} : { max_context_window: model.maxContextWindow }),
    max_output_tokens: maxOutputTokens,
    max_input_tokens: model?.contextWindow ?? null,
    max_tokens: maxOutputTokens,
    lifecycle: "active",
    ...(model === undefined
      ? {}
      : { input_modalities: model.inputModalities, reasoning_efforts: model.efforts }),
    ...(model?.defaultEffort === undefined ? {} : { default_reasoning_effort: model.defaultEffort }),
  };
}

/** What the entry of every model begins with, in OpenAI's shape and in Anthropic's. */
function identityOf(id: string, displayName: string) {
  return {
    id,
    object: "model",
    created: Date.parse(CREATED_AT) / 1000,
    owned_by: "openai",
    type: "model",
    display_name: displayName,
    created_at: CREATED_AT,
  } as const;
}

/** The entry of a model for pictures or speech. */
export function toMediaEntry({ id, kind, displayName }: MediaModel): ModelEntry {
  const isImage = kind === "image";
  return {
    ...identityOf(id, displayName),
    description: isImage
      ? "Makes and edits pictures: images/generations, images/edits"
      : "Speech to text: audio/transcriptions",
    max_input_tokens: null,
    max_tokens: null,
    lifecycle: "active",
    input_modalities: isImage ? ["text", "image"] : ["audio"],
    output_modalities: [isImage ? "image" : "text"],
  };
}
