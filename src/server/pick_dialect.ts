import { CHAT } from "../dialects/chat/dialect.ts";
import { COMPLETIONS } from "../dialects/completions/dialect.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { MESSAGES } from "../dialects/messages/dialect.ts";
import { RESPONSES } from "../dialects/responses/dialect.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Route } from "./routes.ts";

/**
 * On a responses route a body with `messages` and no `input` is the chat dialect: the guide's examples post chat
 * there and expect chat back.
 */
export function pickDialect(route: Route, body: JsonObject): Dialect {
  switch (route.endpoint.kind) {
    case "chat":
      return CHAT;
    case "messages":
    case "count_tokens":
      return MESSAGES;
    case "completions":
      return COMPLETIONS;
  }
  return body["messages"] !== undefined && body["input"] === undefined ? CHAT : RESPONSES;
}
