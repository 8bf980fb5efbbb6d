import { encodeLineSafe } from "../../wire/line_safe.ts";
import { jsonReply } from "../../wire/json_reply.ts";
import { eTag, ifNoneMatch } from "@std/http/etag";
import type { Settings } from "../../config/settings.ts";
import type { Catalogue } from "../../models/catalogue.ts";
import { type ListPart, toMediaEntry, toModelEntry, toModelList, toModelPage } from "../../models/list.ts";
import { findMediaModel, servedMedia } from "../../models/media.ts";
import { resolveModel } from "../../models/resolve.ts";
import { Problem } from "../../problem.ts";
import type { Endpoint, EndpointParts } from "../endpoint.ts";
import { aliasesOf, prefixedNames } from "../settle.ts";

/**
 * `GET …/models`: one answer for OpenAI SDKs (`data`) and Codex clients (`models`).
 *
 * Its tag is the backend's where the list is: a Codex client compares it with the `x-models-etag` of its answers and
 * would fetch the list again and again if they differed.
 */
export const listModels: Endpoint = async (parts, { request, settings, url, dialect }) => {
  const catalogue = catalogueOf(parts, settings);
  const names = prefixedNames(dialect, catalogue);
  const media = dialect.onlyText === true
    ? []
    : servedMedia(parts.mediaModels, settings["codex.transcription"]);
  const list = toModelList(catalogue, { ...entryOptions(settings), names, media });
  const part = readPart(url.searchParams, list.data.length);
  const text = JSON.stringify(part === undefined ? list : toModelPage(list, part));
  const { source, etag: backendTag } = catalogue;
  const etag = source !== "built-in" && backendTag !== undefined ? backendTag : await eTag(text);
  if (request.headers.has("if-none-match") && !ifNoneMatch(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers: { etag } });
  }
  return new Response(encodeLineSafe(text), { headers: { "content-type": "application/json", etag } });
};

/** `GET …/models/{id}`, for every name that requests may use, aliases too. @throws Problem model_not_available */
export const getModel: Endpoint = (parts, { dialect, params: { id }, settings }) => {
  const catalogue = catalogueOf(parts, settings);
  const aliases = settings["codex.model_aliases"];
  const media = findMediaModel(Object.hasOwn(aliases, id) ? aliases[id] ?? id : id);
  if (media !== undefined && servedMedia([media], settings["codex.transcription"]).length > 0) {
    return jsonReply(toMediaEntry({ ...media, id }));
  }
  const { model } = resolveModel(id, catalogue, {
    defaultModel: settings["codex.default_model"],
    aliases,
    furtherAliases: aliasesOf(dialect, catalogue),
  });
  return jsonReply(toModelEntry(id, model, entryOptions(settings)));
};

/** Which page is asked for; undefined for the whole list. @throws Problem bad_request */
function readPart(query: URLSearchParams, all: number): ListPart | undefined {
  const [asked, afterId, beforeId] = ["limit", "after_id", "before_id"].map((key) =>
    query.get(key) || undefined
  );
  if (asked === undefined && afterId === undefined && beforeId === undefined) return undefined;
  const limit = asked === undefined ? Math.max(1, all) : Number(asked);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new Problem("bad_request", `"limit" must be a whole number from 1 to ${LIMIT_MAX}`, {
      param: "limit",
    });
  }
  return { limit, afterId, beforeId };
}

/** The most entries of one page, as Anthropic has it. */
const LIMIT_MAX = 1000;

function catalogueOf({ catalogue }: EndpointParts, settings: Settings): Catalogue {
  if (!settings["codex.enabled"]) throw new Problem("provider_disabled");
  return catalogue();
}

function entryOptions(settings: Settings): Parameters<typeof toModelEntry>[2] {
  return { maxOutputTokensFallback: settings["codex.max_output_tokens_fallback"] };
}
