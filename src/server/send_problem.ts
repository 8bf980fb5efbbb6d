import type { Problem } from "../problem.ts";
import { toAnthropicError } from "../dialects/messages/problem.ts";
import { toOpenAiError } from "../dialects/openai_error.ts";

/**
 * A problem as an HTTP answer, with the headers that belong to it: in Anthropic's shape on its routes, in OpenAI's
 * everywhere else.
 *
 * @param url of the request, which may be one that leads nowhere
 * @param hide takes the secrets out: a backend may have quoted them
 */
export function problemResponse(
  problem: Problem,
  url: string,
  requestId: string,
  hide: (text: string) => string,
): Response {
  const body = isMessagesPath(url) ? toAnthropicError(problem, requestId) : toOpenAiError(problem);
  return new Response(hide(JSON.stringify(body)), {
    status: problem.status,
    headers: { "content-type": "application/json", ...problem.headers },
  });
}

/** True for a URL below `…/messages`: whoever asks there reads Anthropic's shapes. */
export function isMessagesPath(url: string): boolean {
  return /\/messages(?:\/|$)/.test(URL.parse(url)?.pathname ?? "");
}
