import { credentialFault } from "./credential_fault.ts";
import { type JsonObject, textAt } from "./json.ts";

/** Whose an access token is, as the issuer says it. */
export interface AccountFacts {
  readonly email: string | undefined;
  /** as the issuer spells it: `business` */
  readonly plan: string | undefined;
  /** for the header `chatgpt-account-id` */
  readonly accountId: string;
  readonly userId: string | undefined;
  readonly fedramp: boolean;
}

/**
 * Reads the issuer's answer about an access token (backend.md#access-token-credential).
 *
 * @returns the facts, or what is wrong with the answer, as a clause
 */
export function readAccountFacts(answer: JsonObject): AccountFacts | string {
  const accountId = textAt(answer, "chatgpt_account_id") ?? "";
  if (accountId === "") return 'the answer of the issuer lacks "chatgpt_account_id"';
  const fault = credentialFault(accountId);
  if (fault !== undefined) return `in the answer of the issuer, "chatgpt_account_id" ${fault}`;
  return {
    email: textAt(answer, "email"),
    plan: textAt(answer, "chatgpt_plan_type"),
    accountId,
    userId: textAt(answer, "chatgpt_user_id"),
    fedramp: answer["chatgpt_account_is_fedramp"] === true,
  };
}
