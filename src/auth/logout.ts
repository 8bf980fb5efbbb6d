import { Problem } from "../problem.ts";
import { type AuthJson, authJsonText, withoutTokens } from "../wire/auth_json.ts";
import { type CredentialPlace, variableOf } from "./credential_place.ts";
import { endpointsOf } from "./openai.ts";
import { prepareTokenFile } from "./prepare_write.ts";
import { saveFaultOf } from "./save_fault.ts";
import { fixHint, underLocks } from "./save_login.ts";
import { processRevoke, revokeRequest } from "./token_request.ts";
import { readTokenFile, targetOf } from "./token_file.ts";

/** What a logout did. */
export interface LogoutResult {
  /**
   * - `removed`: the file is gone, nothing else was in it
   * - `cleaned`: our tokens are gone, the rest of the file stays
   * - `emptied`: nothing is left in it, but a file that is mounted cannot be removed
   * - `kept`: the file was left as it is, as asked
   * - `nothing`: there was no login
   */
  readonly file: "removed" | "cleaned" | "emptied" | "kept" | "nothing";
  /** `revoked` by the issuer, `failed` (best effort) or `skipped` as asked, or for want of a login */
  readonly revocation: "revoked" | "failed" | "skipped";
  /** why the revocation failed */
  readonly revocationDetail: string | undefined;
  /** names of what stays in the file, e.g. `OPENAI_API_KEY` */
  readonly stays: readonly string[];
}

/** Options of {@linkcode logout}. */
export interface LogoutOptions {
  readonly place: CredentialPlace;
  readonly issuer?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** default true; false for `--keep-file`: revoke nothing */
  readonly revoke?: boolean | undefined;
  /** default true; false: leave the file as it is */
  readonly removeTokens?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Ends the login: the refresh token is revoked (best effort, 10 s), then our tokens are removed from the file. API
 * keys and keys of others stay; when nothing else is left, the file itself goes. Other programs that share the file,
 * the Codex CLI first of all, are logged out with it. A revocation cannot be taken back, so it is proved before that
 * the tokens can be removed.
 *
 * @throws Problem `file` when the file cannot be read or written; `login_failed` when the login comes from the
 * environment
 * @see backend.md#revoke
 */
export async function logout(options: LogoutOptions): Promise<LogoutResult> {
  const { place } = options;
  if (place.kind !== "file") {
    const variable = variableOf(place);
    throw new Problem("usage", `the login comes from ${variable} and is not stored here`, {
      hint: `Unset ${variable}`,
    });
  }
  return await underLocks(place.path, async () => {
    const file = await readTokenFile(place.path);
    const none = { revocation: "skipped", revocationDetail: undefined, stays: [] } as const;
    if (file.kind === "missing") return { ...none, file: "nothing" };
    if (file.kind === "unreadable") {
      throw new Problem("file", `${place.path} cannot be read: ${file.why}`, { hint: fixHint(file.fix) });
    }
    if (file.json.kind === "corrupt") {
      throw new Problem("file", `${place.path} is not a credentials file: ${file.json.why}`, {
        hint: "Look at the file and remove it by hand",
      });
    }
    if (file.json.kind !== "tokens" && file.json.kind !== "unusable") {
      return { ...none, file: "nothing", stays: Object.keys(file.json.document) };
    }
    const rest = withoutTokens(file.json.document);
    const removal = options.removeTokens === false
      ? undefined
      : await prepareTokenFile(place.path, { room: rest === undefined ? "open" : "reserve" }).catch(
        (thrown) => {
          throw cannotRemove(place, thrown);
        },
      );
    // A token that cannot be sent cannot be revoked either.
    const revocation = options.revoke === false || file.json.kind === "unusable"
      ? { revocation: "skipped" as const, revocationDetail: undefined }
      : await revoke(options, file.json);
    if (removal === undefined) {
      return { ...revocation, file: "kept", stays: Object.keys(file.json.document) };
    }
    const removed = rest === undefined && !removal.inPlace;
    try {
      if (removed) {
        await Deno.remove(await targetOf(place.path));
        await removal.discard();
      } else await removal.commit(authJsonText(rest ?? {}));
    } catch (thrown) {
      await removal.discard();
      throw cannotRemove(place, thrown);
    }
    return removed
      ? { ...revocation, file: "removed", stays: [] }
      : { ...revocation, file: rest === undefined ? "emptied" : "cleaned", stays: Object.keys(rest ?? {}) };
  });
}

function cannotRemove(place: Extract<CredentialPlace, { kind: "file" }>, thrown: unknown): Problem {
  const { why, fix } = saveFaultOf(place, thrown);
  return new Problem("file", `the login cannot be removed: ${why}`, { hint: fixHint(fix), cause: thrown });
}

async function revoke(
  options: LogoutOptions,
  json: Extract<AuthJson, { kind: "tokens" }>,
): Promise<Pick<LogoutResult, "revocation" | "revocationDetail">> {
  const { refreshToken, accessToken } = json.tokens;
  const token = refreshToken === undefined
    ? { value: accessToken, hint: "access_token" } as const
    : { value: refreshToken, hint: "refresh_token" } as const;
  try {
    const endpoints = endpointsOf(options.issuer);
    const ask = { endpoints, fetch: options.fetch ?? fetch, signal: options.signal };
    const result = await processRevoke(await revokeRequest(ask, token));
    return result.revoked
      ? { revocation: "revoked", revocationDetail: undefined }
      : { revocation: "failed", revocationDetail: result.detail };
  } catch (thrown) {
    const detail = thrown instanceof Problem ? thrown.message : "the request was given up";
    return { revocation: "failed", revocationDetail: detail };
  }
}
