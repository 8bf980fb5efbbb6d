import { cleanText } from "../clean_text.ts";
import { hideSecrets } from "../secrets.ts";
import { BOUNDS } from "../bounds.ts";
import { Problem } from "../problem.ts";
import { readTextLimited } from "../read_limited.ts";
import { isRecord, type JsonObject, parseJson, recordAt, textAt } from "../wire/json.ts";

/** An answer of the issuer, read whole and judged as far as all endpoints have in common. */
export interface OAuthAnswer {
  readonly status: number;
  /** the body, when it is a JSON object */
  readonly json: JsonObject | undefined;
  /** an HTML page instead of an answer: most often a challenge of Cloudflare */
  readonly html: boolean;
  /** the page with which Cloudflare asks for a browser: it comes instead of the issuer, and says nothing of the login */
  readonly challenge: boolean;
  /** the error's code and message, in either of the two shapes the issuer uses */
  readonly error: { readonly code: string | undefined; readonly message: string | undefined } | undefined;
  /** the issuer's clock (header `date`) */
  readonly dateMs: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** why the body could not be read: too long, or cut */
  readonly unreadable: string | undefined;
}

/**
 * Reads an answer to its end, or to `BOUNDS.oauthAnswer`. Never throws.
 *
 * Error bodies come as `{"error":"code","error_description":"…"}` (RFC 6749 section 5.2) and, from this issuer, as
 * `{"error":{"code":"…","message":"…"}}` (backend.md#oauth-error-bodies). The returned messages are shortened, free of
 * control characters, and free of anything that looks like a token.
 */
export async function readOAuthAnswer(response: Response): Promise<OAuthAnswer> {
  const date = Date.parse(response.headers.get("date") ?? "");
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  const common = {
    status: response.status,
    dateMs: Number.isNaN(date) ? undefined : date,
    retryAfterMs: Number.isFinite(retryAfter) && retryAfter >= 0 ? retryAfter * 1000 : undefined,
  };
  let text: string;
  try {
    text = await readTextLimited(response.body, BOUNDS.oauthAnswer);
  } catch (error) {
    const unreadable = error instanceof Problem
      ? `the answer is longer than ${BOUNDS.oauthAnswer.bytes} bytes`
      : "the answer was cut off";
    return { ...common, json: undefined, html: false, challenge: false, error: undefined, unreadable };
  }
  const parsed = parseJson(text);
  const json = isRecord(parsed) ? parsed : undefined;
  const isHtml = /^text\/html\b/i.test(response.headers.get("content-type") ?? "") ||
    /^\s*<(!|html)/i.test(text);
  const html = json === undefined && isHtml;
  const challenge = response.headers.get("cf-mitigated") === "challenge" ||
    html && response.status === 403 && /just a moment|cf-chl|cloudflare/i.test(text);
  return { ...common, json, html, challenge, error: errorOf(json), unreadable: undefined };
}

/**
 * A foreign text made fit for a message: one line, no control characters, nothing that looks like a token, cut at
 * 300 characters.
 */
export function plainText(text: string): string {
  // The issuer's own words are short: a long one is a code or a token, whatever it begins with.
  const masked = hideSecrets(cleanText(text).trim()).replaceAll(/[\w-]{60,}/g, "[hidden]");
  return masked.length > 300 ? `${masked.slice(0, 300)}…` : masked;
}

/** In few words what an answer without tokens was, for the detail of a message. */
export function describeAnswer(answer: OAuthAnswer): string {
  if (answer.unreadable !== undefined) return answer.unreadable;
  if (answer.challenge) return `Cloudflare asks this machine for a browser check (${answer.status})`;
  const { code, message } = answer.error ?? {};
  if (message !== undefined && message !== code) {
    return code === undefined ? `status ${answer.status}: ${message}` : `${message} (${code})`;
  }
  if (code !== undefined) return `status ${answer.status}: ${code}`;
  if (answer.html) return `status ${answer.status} with an HTML page instead of an answer`;
  if (answer.status >= 300 && answer.status < 400) {
    return `status ${answer.status}, and redirects are not followed`;
  }
  return answer.json === undefined
    ? `status ${answer.status} without a JSON body`
    : `status ${answer.status}`;
}

/** What helps after an answer without tokens; undefined where only its own message says it. */
export function answerFix(answer: OAuthAnswer): string | undefined {
  if (answer.challenge) {
    return "Try from another network, or set HTTPS_PROXY; this is no problem of the login";
  }
  if (answer.status === 429) return "Wait a few minutes and try again: the issuer has been asked too often";
  if (answer.status >= 500) {
    return "Wait and try again: the issuer has a fault of its own; see https://status.openai.com";
  }
  return undefined;
}

function errorOf(json: JsonObject | undefined): OAuthAnswer["error"] {
  if (json === undefined) return undefined;
  const nested = recordAt(json, "error");
  const code = nested === undefined
    ? textAt(json, "error")
    : textAt(nested, "code") ?? textAt(nested, "type");
  const message = nested === undefined
    ? textAt(json, "error_description") ?? (code === undefined ? textAt(json, "detail") : undefined)
    : textAt(nested, "message");
  if (code === undefined && message === undefined) return undefined;
  return {
    code: code === undefined ? undefined : plainText(code).slice(0, 80),
    message: message === undefined ? undefined : plainText(message),
  };
}
