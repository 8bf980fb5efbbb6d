import { eTag, ifNoneMatch } from "@std/http/etag";
import type { Settings } from "../../config/settings.ts";
import type { Catalogue } from "../../models/catalogue.ts";
import { toMediaEntry, toModelEntry, toModelList } from "../../models/list.ts";
import { findMediaModel } from "../../models/media.ts";
import { resolveModel } from "../../models/resolve.ts";
import { Problem } from "../../problem.ts";
import type { Endpoint, EndpointParts } from "../endpoint.ts";

/**
 * `GET …/models`: one answer for OpenAI SDKs (`data`) and Codex clients (`models`).
 *
 * Its tag is the backend's where the list is: a Codex client compares it with the `x-models-etag` of its answers and
 * would fetch the list again and again if they differed.
 */
export const listModels: Endpoint = async (parts, { request, settings }) => {
  const catalogue = catalogueOf(parts, settings);
  const text = JSON.stringify(toModelList(catalogue, listOptions(settings)));
  const { source, etag: backendTag } = catalogue;
  const etag = source !== "built-in" && backendTag !== undefined ? backendTag : await eTag(text);
  if (request.headers.has("if-none-match") && !ifNoneMatch(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers: { etag } });
  }
  return new Response(text, { headers: { "content-type": "application/json", etag } });
};

/** `GET …/models/{id}`, for every name that requests may use, aliases too. @throws Problem model_not_available */
export const getModel: Endpoint = (parts, { params: { id }, settings }) => {
  const media = findMediaModel(id);
  const isServed = media?.kind === "image" || settings["codex.transcription"];
  if (media !== undefined && isServed && !Object.hasOwn(settings["codex.model_aliases"], id)) {
    if (!settings["codex.enabled"]) throw new Problem("provider_disabled");
    return Response.json(toMediaEntry(media));
  }
  const { model } = resolveModel(id, catalogueOf(parts, settings), {
    defaultModel: settings["codex.default_model"],
    aliases: settings["codex.model_aliases"],
  });
  return Response.json(toModelEntry(id, model, listOptions(settings)));
};

function catalogueOf({ catalogue }: EndpointParts, settings: Settings): Catalogue {
  if (!settings["codex.enabled"]) throw new Problem("provider_disabled");
  return catalogue();
}

function listOptions(settings: Settings): Parameters<typeof toModelList>[1] {
  return {
    maxOutputTokensFallback: settings["codex.max_output_tokens_fallback"],
    transcription: settings["codex.transcription"],
  };
}
