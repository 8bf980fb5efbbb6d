import { type AuthJson, readAuthJson, secretsIn } from "../wire/auth_json.ts";
import { credentialFault } from "../wire/credential_fault.ts";
import { claimsOfFile } from "./claims.ts";

/** Is told every secret that was read, so that it can be hidden wherever it turns up. */
export type LearnSecrets = (...values: readonly string[]) => void;

/**
 * Reads the text of an `auth.json`, and proves that everything that is sent of it can be sent. Never throws.
 *
 * The account id mostly comes from inside the tokens, so it is looked at here and not where only the shapes of files
 * are known.
 *
 * @param learn told first, so that what fails later has nothing to give away
 */
export function readLogin(text: string, learn: LearnSecrets): AuthJson {
  const json = readAuthJson(text);
  if (json.kind !== "corrupt") learn(...secretsIn(json.document));
  if (json.kind !== "tokens") return json;
  const { accountId } = claimsOfFile(json);
  const fault = accountId === undefined ? undefined : credentialFault(accountId);
  return fault === undefined
    ? json
    : { kind: "unusable", why: `the account id in the tokens ${fault}`, document: json.document };
}
