import { encodeLineSafe } from "../../wire/line_safe.ts";
import { jsonReply } from "../../wire/json_reply.ts";
import { SSE } from "../../dialects/framing.ts";
import { completeItem } from "../../dialects/responses/complete.ts";
import { createNameMap } from "../../ask/names.ts";
import { type JsonObject, textAt } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";
import { encodeEvents } from "../../conversations/background_run.ts";
import type { Archive } from "../../conversations/archive.ts";
import type { StoredItem } from "../../conversations/stored_items.ts";
import { replayEvents } from "../../conversations/replay.ts";
import {
  deleteResponse,
  loadContext,
  loadResponse,
  type StoredResponse,
} from "../../conversations/stored_responses.ts";
import { type Endpoint, memoryOf } from "../endpoint.ts";
import { readInclude, readPageQuery, toPage } from "./list_page.ts";

/**
 * `GET …/responses/{id}`, with `?stream=true&starting_after=N` as a stream.
 *
 * @throws Problem response_not_found
 */
export const getResponse: Endpoint = async ({ memory, backgrounds }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  const { id } = call.params;
  const query = call.url.searchParams;
  const after = readStartingAfter(query);
  const stream = query.get("stream") === "true";
  const live = stream ? backgrounds.follow(owner, id, after) : undefined;
  if (live !== undefined) return new Response(live, { headers: SSE.headers });
  const stored = await backgrounds.settle(owner, await findResponse(archive, owner, id));
  const response = toResponseObject(stored, readInclude(query));
  if (!stream) return jsonReply(response);
  const events = await backgrounds.keptEvents(owner, id) ?? replayEvents(response);
  return new Response(encodeLineSafe(encodeEvents(events, after)), { headers: SSE.headers });
};

/** `POST …/responses/{id}/cancel`. @throws Problem response_not_found, bad_request */
export const cancelResponse: Endpoint = async ({ memory, backgrounds }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  const stored = await backgrounds.cancel(owner, await findResponse(archive, owner, call.params.id));
  return jsonReply(toResponseObject(stored, new Set()));
};

/** `DELETE …/responses/{id}`. @throws Problem response_not_found */
export const removeResponse: Endpoint = async ({ memory }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  const { id } = call.params;
  const stored = await findResponse(archive, owner, id);
  await archive.queue.add(deleteResponse(owner, stored));
  return jsonReply({ id, object: "response", deleted: true });
};

/**
 * `GET …/responses/{id}/input_items`: everything the response was made from, what was said in earlier responses
 * included.
 *
 * @throws Problem response_not_found, bad_request
 */
export const listInputItems: Endpoint = async ({ memory }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  const query = readPageQuery(call.url);
  const stored = await findResponse(archive, owner, call.params.id);
  const items = await loadContext(archive, owner, stored);
  return jsonReply(toPage(items.map((kept) => toItemResource(kept, query.include)), query));
};

/** A stored response. @throws Problem response_not_found */
async function findResponse(archive: Archive, owner: string, id: string): Promise<StoredResponse> {
  const stored = await loadResponse(archive, owner, id);
  if (stored !== undefined) return stored;
  throw new Problem("response_not_found", `there is no response with id ${JSON.stringify(id)}`, {
    param: "response_id",
  });
}

/** The response object as the client got it; encrypted reasoning only on request, as in the public API. */
function toResponseObject(stored: StoredResponse, include: ReadonlySet<string>): JsonObject {
  return { ...stored.response, output: stored.output.map((kept) => toItemResource(kept, include)) };
}

/** An item as the public API lists it. */
export function toItemResource({ item }: StoredItem, include: ReadonlySet<string>): JsonObject {
  const complete = completeItem(item, NO_NAMES, "completed");
  if (!include.has("reasoning.encrypted_content")) delete complete["encrypted_content"];
  if (complete["status"] === undefined && textAt(item, "type")?.endsWith("_output")) {
    complete["status"] = "completed";
  }
  return complete;
}

/** `starting_after` of a stream; -1 for from the beginning. @throws Problem bad_request */
function readStartingAfter(query: URLSearchParams): number {
  const text = query.get("starting_after");
  const after = text === null ? -1 : Number(text);
  if (!Number.isInteger(after)) {
    throw new Problem("bad_request", '"starting_after" must be a whole number', { param: "starting_after" });
  }
  return after;
}

const NO_NAMES = createNameMap();
