import type { Settings } from "../config/settings.ts";
import type { JsonObject } from "../wire/json.ts";
import { inputTokensResponse } from "./endpoints/input_tokens.ts";
import {
  addItems,
  createConversation,
  getConversation,
  getItem,
  listItems,
  removeConversation,
  removeItem,
  updateConversation,
} from "./endpoints/conversations.ts";
import {
  cancelResponse,
  getResponse,
  listInputItems,
  removeResponse,
} from "./endpoints/responses_resource.ts";
import { getSession, listSessions, removeSession } from "./endpoints/sessions.ts";
import type { BodyGate } from "./body_gate.ts";
import type { CacheDoctor } from "../conversations/cache_doctor.ts";
import type { Backgrounds } from "../conversations/background.ts";
import type { Memory } from "../conversations/memory.ts";
import { ownerOf } from "../conversations/owner.ts";
import { readBody } from "./read_body.ts";
import type { Route } from "./routes.ts";

/**
 * The resources that the memory serves: responses, conversations, sessions. No model is asked for any of them.
 *
 * @returns undefined for routes of others. @throws Problem
 */
export function createMemoryEndpoints(
  memory: Memory,
  backgrounds: Backgrounds,
  cacheDoctor: CacheDoctor,
  settings: () => Settings,
  gate: BodyGate,
): (request: Request, route: Route) => Promise<Response | undefined> {
  const { base } = memory;

  async function bodyOf(request: Request): Promise<JsonObject> {
    return (await readBody(request, settings()["server.body_limit_mb"] * 1024 * 1024, { gate })).json;
  }

  /** A body that may be left out. */
  async function optionalBodyOf(request: Request): Promise<JsonObject> {
    return request.body === null || request.headers.get("content-length") === "0"
      ? {}
      : await bodyOf(request);
  }

  return async (request, { endpoint }) => {
    const owner = ownerOf(settings()["server.api_key"]);
    const call = { base, owner, signal: request.signal };
    const { method, url } = request;
    switch (endpoint.kind) {
      case "response":
        return method === "DELETE"
          ? await removeResponse(base, owner, endpoint.id)
          : await getResponse(base, backgrounds, owner, endpoint.id, url);
      case "cancel":
        return await cancelResponse(base, backgrounds, owner, endpoint.id);
      case "input_items":
        return await listInputItems(base, owner, endpoint.id, url);
      case "input_tokens":
        return await inputTokensResponse(base, owner, await bodyOf(request));
      case "conversations":
        return await createConversation(call, await optionalBodyOf(request));
      case "conversation":
        if (method === "DELETE") return await removeConversation(call, endpoint.id);
        if (method === "POST") return await updateConversation(call, endpoint.id, await bodyOf(request));
        return await getConversation(call, endpoint.id);
      case "conversation_items":
        return method === "POST"
          ? await addItems(call, endpoint.id, await bodyOf(request), url)
          : await listItems(call, endpoint.id, url);
      case "conversation_item":
        return method === "DELETE"
          ? await removeItem(call, endpoint.id, endpoint.item)
          : await getItem(call, endpoint.id, endpoint.item, url);
      case "cache":
        return Response.json({ object: "list", data: cacheDoctor.report(owner) });
      case "sessions":
        return await listSessions(base, owner);
      case "session":
        return method === "DELETE"
          ? await removeSession(base, owner, endpoint.id, request.signal)
          : await getSession(base, owner, endpoint.id);
      default:
        return undefined;
    }
  };
}
