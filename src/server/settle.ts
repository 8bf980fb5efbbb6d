import { quoteJson } from "../quote.ts";
import type { Settings } from "../config/settings.ts";
import type { Draft } from "../ask/draft.ts";
import { mapEffort } from "../ask/effort.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { type Catalogue, findModel, type Model } from "../models/catalogue.ts";
import { resolveModel } from "../models/resolve.ts";
import type { EitherSending, Sending } from "../upstream/sending.ts";
import { baseUrlOf } from "../upstream/get.ts";
import type { ClientIdentity } from "../wire/client_identity.ts";
import { Problem } from "../problem.ts";
import type { Call } from "./call.ts";
import type { Caller } from "./caller.ts";

/** What is asked for each time, because it changes while running. */
export interface SettleParts {
  readonly catalogue: () => Catalogue;
  /** the instruction prompt for a model, from `codex.instructions` */
  readonly prompt: (model: Model | undefined, settings: Settings) => string;
  /** who the proxy is at the backend; a caller's own newer version counts */
  readonly identity: (client: Headers, model: Model | undefined, settings: Settings) => ClientIdentity;
  /** parameters the backend refused lately for a model */
  readonly unwanted: (model: string) => readonly string[];
  /** the standard lane was refused lately for a model, by the account in use */
  readonly standardRefused: (model: string) => Promise<boolean>;
}

/** The model a request goes to. */
export interface SettledModel {
  /** the name at the backend */
  readonly slug: string;
  /** its catalogue entry; undefined for a model the catalogue does not have */
  readonly model: Model | undefined;
  readonly effort: string | undefined;
}

/** Characters of a client's text that go into the log and onto the page: a model's name is shorter. */
export const NOTED_LENGTH = 100;

/** Which model the request goes to, and with what effort. @throws Problem model_not_available */
export function settleModel(
  parts: SettleParts,
  { caller, dialect, settings, note }: Call,
  draft: Draft,
): SettledModel {
  note.modelAsked = draft.model?.slice(0, NOTED_LENGTH);
  const { slug, model, effort } = resolveModel(draft.model, parts.catalogue(), {
    defaultModel: settings["codex.default_model"],
    aliases: settings["codex.model_aliases"],
    furtherAliases: aliasesOf(dialect, parts.catalogue()),
  });
  note.modelUsed = slug;
  refuseForeignModel(caller, draft.model, slug);
  // A field of the request wins over a suffix of the model's name.
  return { slug, model, effort: mapEffort(draft.effort ?? effort, model) };
}

/** Names that mean a model to the clients of a dialect: its own, and the catalogue's behind its prefix. */
export function aliasesOf(dialect: Dialect, catalogue: Catalogue): Readonly<Record<string, string>> {
  const names = prefixedNames(dialect, catalogue).flatMap(([name, slug]) => {
    // The dialect may have a pattern that would take the name together with its suffix.
    const efforts = findModel(catalogue, slug)?.efforts ?? [];
    return [[name, slug], ...efforts.map((effort) => [`${name}-${effort}`, `${slug}-${effort}`])];
  });
  return { ...Object.fromEntries(names), ...dialect.aliases };
}

/** The models of the catalogue under the names of a dialect's own; none for a dialect without a prefix. */
export function prefixedNames(
  { modelPrefix }: Dialect,
  catalogue: Catalogue,
): (readonly [name: string, slug: string])[] {
  return modelPrefix === undefined ? [] : catalogue.models.map(({ slug }) => [modelPrefix + slug, slug]);
}

/**
 * Keeps a named key to its models, by the name that was asked for or the one at the backend.
 *
 * @throws Problem model_not_available
 */
export function refuseForeignModel(
  { name, limits: { models } }: Caller,
  asked: string | undefined,
  slug: string | undefined,
): void {
  if (models.length === 0 || models.some((model) => model === asked || model === slug)) return;
  throw new Problem(
    "model_not_available",
    `the key "${name}" may not use ${quoteJson(asked ?? slug ?? "")}`,
    {
      hint: `Its models are: ${models.join(", ")}`,
    },
  );
}

/** What the settings say of how a request is sent that may go over either transport. */
export function askParts(
  settings: Settings,
): Pick<EitherSending, "transport" | "firstEventMs" | "answerLimitBytes"> {
  return {
    transport: settings["codex.transport"],
    firstEventMs: settings["limits.first_event_seconds"] * 1000,
    answerLimitBytes: settings["limits.answer_limit_mb"] * 1024 * 1024,
  };
}

/** Where a request goes, and what its headers are made from. */
export function sendingParts(
  parts: SettleParts,
  { request, settings }: Call,
  model: Model | undefined,
  own: { conversationId: string; lite: boolean; contentEncoding?: string | undefined },
): Pick<Sending, "baseUrl" | "headerTimeoutMs" | "headers"> {
  return {
    baseUrl: baseUrlOf(settings),
    headerTimeoutMs: settings["limits.header_timeout_seconds"] * 1000,
    headers: {
      identity: parts.identity(request.headers, model, settings),
      contentEncoding: undefined,
      ...own,
      client: request.headers,
      clientWins: settings["codex.header_override_enabled"],
    },
  };
}
