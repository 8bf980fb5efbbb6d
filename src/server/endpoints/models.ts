import { eTag, ifNoneMatch } from "@std/http/etag";
import type { Catalogue } from "../../models/catalogue.ts";
import { resolveModel, type ResolveOptions } from "../../models/resolve.ts";
import { toModelEntry, toModelList } from "../../models/list.ts";

/** What the model endpoints show. */
export interface ModelView {
  readonly catalogue: Catalogue;
  /** `codex.max_output_tokens_fallback` */
  readonly outputFallback: number;
  readonly names: ResolveOptions;
}

/**
 * `GET …/models`: one answer for OpenAI SDKs (`data`) and Codex clients (`models`).
 *
 * Its tag is the backend's where the list is: a Codex client compares it with the `x-models-etag` of its answers and
 * would fetch the list again and again if they differed.
 */
export async function modelListResponse(request: Request, view: ModelView): Promise<Response> {
  const text = JSON.stringify(toModelList(view.catalogue, { maxOutputTokensFallback: view.outputFallback }));
  const { source, etag: backendTag } = view.catalogue;
  const etag = source !== "built-in" && backendTag !== undefined ? backendTag : await eTag(text);
  if (request.headers.has("if-none-match") && !ifNoneMatch(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers: { etag } });
  }
  return new Response(text, { headers: { "content-type": "application/json", etag } });
}

/** `GET …/models/{id}`, for every name that requests may use, aliases too. @throws Problem model_not_available */
export function modelResponse(id: string, view: ModelView): Response {
  const { model } = resolveModel(id, view.catalogue, view.names);
  return Response.json(toModelEntry(id, model, { maxOutputTokensFallback: view.outputFallback }));
}
