/** Asks the issuer whose an access token is (backend.md#access-token-credential). */
import { Problem } from "../problem.ts";
import { type AccountFacts, readAccountFacts } from "../wire/account_facts.ts";
import type { ClientIdentity } from "../wire/client_identity.ts";
import { answerFix, describeAnswer, readOAuthAnswer } from "./oauth_answer.ts";
import { sendToIssuer } from "./send_to_issuer.ts";

/** What is known of an access token after the issuer was asked. */
export type WhoamiAnswer =
  | { readonly kind: "account"; readonly facts: AccountFacts }
  /** it has expired, was revoked, or was never one; `detail` continues "the access token …" */
  | { readonly kind: "refused"; readonly detail: string }
  /** nothing is known about it */
  | { readonly kind: "unavailable"; readonly detail: string; readonly fix: string | undefined };

/** People wait for it at the start of a server and in commands. */
const WHOAMI_TIMEOUT_MS = 10_000;

/** Asks the issuer. Never throws. */
export async function askWhoami(
  { fetch, identity }: { readonly fetch: typeof globalThis.fetch; readonly identity: ClientIdentity },
  { whoamiUrl, token }: { readonly whoamiUrl: string; readonly token: string },
): Promise<WhoamiAnswer> {
  const headers = {
    accept: "application/json",
    authorization: `Bearer ${token}`,
    originator: identity.originator,
    "user-agent": identity.userAgent,
  };
  try {
    return await processWhoami(await sendToIssuer({ fetch }, whoamiUrl, WHOAMI_TIMEOUT_MS, headers));
  } catch (thrown) {
    if (!(thrown instanceof Problem)) {
      return { kind: "unavailable", detail: "the request failed", fix: undefined };
    }
    return { kind: "unavailable", detail: thrown.message.replace(/^[^:]*: /, ""), fix: thrown.hint };
  }
}

/**
 * Judges the answer. Never throws. A page of Cloudflare comes instead of the issuer and says nothing about the token.
 */
export async function processWhoami(response: Response): Promise<WhoamiAnswer> {
  const answer = await readOAuthAnswer(response);
  const { status, json, error } = answer;
  if (status === 200 && json !== undefined) {
    const facts = readAccountFacts(json);
    return typeof facts === "string"
      ? { kind: "unavailable", detail: facts, fix: undefined }
      : { kind: "account", facts };
  }
  if ((status === 401 || status === 403) && json !== undefined && !answer.challenge) {
    return { kind: "refused", detail: refusal(error?.code ?? "", describeAnswer(answer)) };
  }
  return { kind: "unavailable", detail: describeAnswer(answer), fix: answerFix(answer) };
}

function refusal(code: string, detail: string): string {
  if (/expired/.test(code)) return `has expired (${code})`;
  if (/revoked|invalidated/.test(code)) return `was revoked (${code})`;
  return `is refused by the issuer: ${detail}`;
}
