import { Problem } from "../problem.ts";
import { type Catalogue, defaultModelOf, findModel, type Model } from "./catalogue.ts";
import { findMediaModel, type MediaModel } from "./media.ts";
import { nearNames } from "../near_names.ts";
import { isEffort } from "../ask/effort.ts";

/** Settings that names are resolved with. */
export interface ResolveOptions {
  /** `codex.default_model`; undefined or empty: the catalogue's own */
  readonly defaultModel: string | undefined;
  /**
   * `codex.model_aliases`: name to name. A name may end in `*`; a target may have an effort suffix, be another alias,
   * or be `default`.
   */
  readonly aliases: Readonly<Record<string, string>>;
  /** the same, for names that the user's own aliases leave out */
  readonly furtherAliases?: Readonly<Record<string, string>> | undefined;
}

/** The model a request is sent with. */
export interface Resolved {
  readonly slug: string;
  /** from a suffix of the name; an explicit field of the request wins over it */
  readonly effort: string | undefined;
  /** undefined for a name that is let through although the list in force lacks it */
  readonly model: Model | undefined;
  /** an alias, or the default, took the place of the name */
  readonly aliased: boolean;
}

/**
 * Names that once worked and are gone for ChatGPT accounts (backend.md#retired-models), the guide's among them. They
 * mean the default model, also with a snapshot date or `-latest` behind them. A name that an account's catalogue still
 * has is never looked up here. `gpt-5.3-codex-spark` is not one of them: some plans still have it.
 */
export const RETIRED_MODELS: readonly string[] = [
  ...["gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-5-pro", "gpt-5-chat", "gpt-5-codex", "gpt-5-codex-mini"],
  ...["gpt-5.1", "gpt-5.1-chat", "gpt-5.1-codex", "gpt-5.1-codex-mini", "gpt-5.1-codex-max"],
  ...["gpt-5.2", "gpt-5.2-chat", "gpt-5.2-codex", "gpt-5.2-pro", "gpt-5.3", "gpt-5.3-codex", "gpt-5.3-chat"],
  ...["gpt-5.4", "gpt-5.4-mini", "gpt-5.4-nano", "gpt-5.4-pro", "codex-mini"],
  ...["gpt-4o", "gpt-4o-mini", "chatgpt-4o", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4.5-preview"],
  ...["gpt-4", "gpt-4-32k", "gpt-4-turbo", "gpt-4-turbo-preview", "gpt-3.5-turbo", "gpt-3.5-turbo-16k"],
  ...[
    "gpt-3.5-turbo-instruct",
    "o1",
    "o1-mini",
    "o1-preview",
    "o1-pro",
    "o3",
    "o3-mini",
    "o3-pro",
    "o4-mini",
  ],
];

/** `-2024-08-06`, `-20240806`, `-0613`, `-1106-preview`, `-latest` */
const SNAPSHOT = /-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4}(?:-preview)?|latest)$/;
/** `gpt-5.5-high`, `gpt-5.5:high`, `gpt-5.5/high`, `gpt-5.5(high)` */
const SUFFIXED = /^(.+?)(?:[-:/]([a-z]+)|\(([a-z]+)\))$/i;
/** What a name of the vendor's looks like: a list that is not the account's own may lack the newest of them. */
const VENDOR_NAME = /^(?:gpt|codex|o\d)[-\w.]*$/;
/** Gateways and some clients put the provider in front of the name. */
const PROVIDER = /^openai[/:]/i;
const ALIAS_DEPTH = 8;

/**
 * Finds the model for the name of a request (behaviour.md#model-names, translation.md#t33 and #t35).
 *
 * In this order: a slug of the catalogue, never rewritten, hidden ones too; the user's aliases; retired names, which
 * mean the default model; one of these with an effort suffix, so that the longest known name wins; no name at all:
 * the default model. A name that none of this explains is refused when the list is the account's own, fresh from the
 * backend; with a list that may be out of date, one that looks like the vendor's passes as it is.
 *
 * @throws Problem model_not_available, with the names that are near
 */
export function resolveModel(
  asked: string | undefined,
  catalogue: Catalogue,
  options: ResolveOptions,
): Resolved {
  const name = asked?.trim() ?? "";
  if (name === "") return resolveDefault(catalogue, options);
  const found = lookUp(name, catalogue, options, ALIAS_DEPTH) ??
    (PROVIDER.test(name) ? lookUp(name.replace(PROVIDER, ""), catalogue, options, ALIAS_DEPTH) : undefined);
  if (found !== undefined) return found;
  const media = findMediaModel(name.replace(PROVIDER, ""));
  if (media !== undefined) throw noConversation(media);
  if (catalogue.source !== "live") {
    const bare = name.replace(PROVIDER, "");
    if (VENDOR_NAME.test(bare)) return { slug: bare, effort: undefined, model: undefined, aliased: false };
  }
  throw unknownModel(name, catalogue, options, "model");
}

/** The model of a request that names none, and of the retired names. @throws Problem model_not_available */
function resolveDefault(catalogue: Catalogue, options: ResolveOptions): Resolved {
  const setting = options.defaultModel?.trim() ?? "";
  if (setting === "" || setting === "default") {
    const model = defaultModelOf(catalogue);
    if (model === undefined) throw new Problem("model_not_available", "the catalogue has no models");
    return { slug: model.slug, effort: undefined, model, aliased: true };
  }
  // Without its own name in the way, a retired name as the setting means the catalogue's default.
  const found = lookUp(setting, catalogue, { ...options, defaultModel: undefined }, ALIAS_DEPTH);
  if (found !== undefined) return { ...found, aliased: true };
  if (catalogue.source !== "live" && VENDOR_NAME.test(setting)) {
    return { slug: setting, effort: undefined, model: undefined, aliased: true };
  }
  throw unknownModel(setting, catalogue, options, "codex.default_model");
}

/** A known name, or a known name with a suffix; the whole name first. */
function lookUp(
  name: string,
  catalogue: Catalogue,
  options: ResolveOptions,
  depth: number,
): Resolved | undefined {
  const whole = lookUpWhole(name, catalogue, options, depth);
  if (whole !== undefined) return whole;
  const [, base = "", dashed, bracketed] = SUFFIXED.exec(name) ?? [];
  const word = dashed ?? bracketed ?? "";
  if (!isEffort(word)) return undefined;
  const found = lookUpWhole(base, catalogue, options, depth);
  return found === undefined ? undefined : { ...found, effort: word.toLowerCase() };
}

function lookUpWhole(
  name: string,
  catalogue: Catalogue,
  options: ResolveOptions,
  depth: number,
): Resolved | undefined {
  const model = findModel(catalogue, name);
  if (model !== undefined) return { slug: model.slug, effort: undefined, model, aliased: false };
  const target = aliasOf(name, options.aliases) ?? aliasOf(name, options.furtherAliases ?? {});
  if (target !== undefined) return followAlias(target, catalogue, options, depth);
  if (isRetired(name)) return resolveDefault(catalogue, options);
  const lower = name.toLowerCase();
  return lower === name ? undefined : lookUpWhole(lower, catalogue, options, depth);
}

/** What an alias points to; a circle of aliases ends as a name that is not available. */
function followAlias(
  target: string,
  catalogue: Catalogue,
  options: ResolveOptions,
  depth: number,
): Resolved | undefined {
  if (target === "" || target === "default") return resolveDefault(catalogue, options);
  if (depth === 0) return undefined;
  const found = lookUp(target, catalogue, options, depth - 1);
  if (found !== undefined) return { ...found, aliased: true };
  if (catalogue.source === "live" || !VENDOR_NAME.test(target)) {
    throw unknownModel(target, catalogue, options, "codex.model_aliases");
  }
  return { slug: target, effort: undefined, model: undefined, aliased: true };
}

/** The user's alias for a name: exactly, else the longest that ends in `*`. */
function aliasOf(name: string, aliases: Readonly<Record<string, string>>): string | undefined {
  if (Object.hasOwn(aliases, name)) return aliases[name]?.trim();
  const pattern = Object.keys(aliases)
    .filter((key) => key.endsWith("*") && name.startsWith(key.slice(0, -1)))
    .sort((a, b) => b.length - a.length)[0];
  return pattern === undefined ? undefined : aliases[pattern]?.trim();
}

function isRetired(name: string): boolean {
  return RETIRED_MODELS.includes(name) || RETIRED_MODELS.includes(name.replace(SNAPSHOT, ""));
}

/** A model for pictures or speech was asked for words. */
function noConversation({ id, kind }: MediaModel): Problem {
  const route = kind === "image" ? "images/generations and images/edits" : "audio/transcriptions";
  return new Problem("model_not_available", `"${id}" answers no conversation; it is the model of ${route}`, {
    param: "model",
    hint: kind === "image"
      ? `Send it there, or use a chat model with the tool "image_generation"`
      : "Send it there, or use a chat model",
  });
}

function unknownModel(
  name: string,
  catalogue: Catalogue,
  options: ResolveOptions,
  param: string,
): Problem {
  const listed = catalogue.models.filter((model) => model.visibility === "list").map((model) => model.slug);
  const aliases = Object.keys(options.aliases).filter((alias) => !alias.endsWith("*"));
  const near = nearNames(name, [...catalogue.models.map((model) => model.slug), ...aliases]);
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  const place = param === "model" ? "" : ` of ${param}`;
  const advice = near.length > 0 ? `near names are ${quoted(near)}` : `the models are ${quoted(listed)}`;
  return new Problem(
    "model_not_available",
    `${JSON.stringify(shown)}${place} is not in the list of this account; ${advice}`,
    {
      param,
    },
  );
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
