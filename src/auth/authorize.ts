/** The authorize URL, and the judgement on what comes back. Pure. */
import { plainText } from "./oauth_answer.ts";
import { CALLBACK_PATH, CLIENT_ID, type Endpoints, SCOPE } from "./openai.ts";

/** Hosts that a redirect may name; the listener is on 127.0.0.1 for both. */
export type RedirectHost = "127.0.0.1" | "localhost";

/**
 * The address to which the issuer sends the browser back.
 *
 * Observed: Codex CLI used `localhost` up to 0.155 and `127.0.0.1` from 0.160 on (backend.md#redirect-host), so the
 * host is a setting.
 */
export function redirectUriOf(host: RedirectHost, port: number): string {
  return `http://${host}:${port}${CALLBACK_PATH}`;
}

/**
 * The URL that a person opens to sign in: parameters in the order of Codex CLI 0.169.0 (backend.md#authorize-query).
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1 https://www.rfc-editor.org/rfc/rfc7636#section-4.3
 */
export function authorizeUrl(
  endpoints: Endpoints,
  ask: {
    readonly redirectUri: string;
    readonly codeChallenge: string;
    readonly state: string;
    readonly originator: string;
    /** ids of the workspaces that may be signed in to; none: any */
    readonly allowedWorkspaceIds?: readonly string[] | undefined;
  },
): string {
  const query = new URLSearchParams([
    ["response_type", "code"],
    ["client_id", CLIENT_ID],
    ["redirect_uri", ask.redirectUri],
    ["code_challenge", ask.codeChallenge],
    ["code_challenge_method", "S256"],
    ["state", ask.state],
    ["scope", SCOPE],
    ["id_token_add_organizations", "true"],
    ["codex_cli_simplified_flow", "true"],
    ["originator", ask.originator],
  ]);
  const workspaces = ask.allowedWorkspaceIds ?? [];
  if (workspaces.length > 0) query.append("allowed_workspace_id", workspaces.join(","));
  return `${endpoints.authorizeUrl}?${query}`;
}

/**
 * The judgement on a redirect.
 *
 * - `code`: the login goes on
 * - `wrong_state`: not an answer to our question; somebody else's, or an old one
 * - `refused`: the issuer or the user said no; `entitlement` when the workspace has no Codex
 * - `no_code`: neither a code nor an error
 */
export type Callback =
  | { readonly kind: "code"; readonly code: string }
  | { readonly kind: "wrong_state" }
  | { readonly kind: "refused"; readonly detail: string; readonly entitlement: boolean }
  | { readonly kind: "no_code" };

/**
 * Judges the query of a redirect. The state comes first: without the right one nothing else in it is believed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2 https://www.rfc-editor.org/rfc/rfc6749#section-10.12
 */
export function judgeCallback(query: URLSearchParams, state: string): Callback {
  if (query.get("state") !== state) return { kind: "wrong_state" };
  const error = query.get("error");
  if (error !== null) {
    const description = plainText(query.get("error_description") ?? "");
    // Observed 2026-11: a workspace without Codex answers access_denied with this word in the description.
    const entitlement = error === "access_denied" && description.includes("missing_codex_entitlement");
    const code = plainText(error).slice(0, 80);
    const detail = entitlement
      ? "Codex is not enabled for this workspace; ask its administrator, or sign in to another workspace"
      : description === "" || description === code
      ? `the sign-in was refused (${code})`
      : `the sign-in was refused: ${description} (${code})`;
    return { kind: "refused", detail, entitlement };
  }
  const code = query.get("code") ?? "";
  return code === "" ? { kind: "no_code" } : { kind: "code", code };
}
