/** What the fake issuer asks of an authorize URL (backend.md#authorize-query). */

/** The public client id of the Codex CLI. */
export const FAKE_CLIENT_ID = "app_EMoamEEZ73f0CkXaXp7hrann";

/** The parameters that the vendor's client sends; one is optional. */
const PARAMETERS = [
  "response_type",
  "client_id",
  "redirect_uri",
  "code_challenge",
  "code_challenge_method",
  "state",
  "scope",
  "id_token_add_organizations",
  "codex_cli_simplified_flow",
  "originator",
  "allowed_workspace_id",
];

/** What is wrong with an authorize query; undefined when nothing is. */
export function refuseAuthorize(query: URLSearchParams, anyPort: boolean): string | undefined {
  const names = [...query.keys()];
  const unknown = names.find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) return `unknown parameter ${unknown}`;
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return `parameter ${twice} twice`;
  const scopes = (query.get("scope") ?? "").split(" ");
  const checks: [boolean, string][] = [
    [query.get("response_type") === "code", "response_type must be code"],
    [query.get("client_id") === FAKE_CLIENT_ID, "unknown client_id"],
    [isRegistered(query.get("redirect_uri") ?? "", anyPort), "redirect_uri is not registered"],
    [
      /^[A-Za-z0-9_-]{43}$/.test(query.get("code_challenge") ?? ""),
      "code_challenge must be 43 base64url characters",
    ],
    [query.get("code_challenge_method") === "S256", "code_challenge_method must be S256"],
    [
      /^[A-Za-z0-9_-]{22,}$/.test(query.get("state") ?? ""),
      "state must have 22 or more base64url characters",
    ],
    [
      ["openid", "profile", "email", "offline_access"].every((scope) => scopes.includes(scope)),
      "scope is short",
    ],
    [query.get("id_token_add_organizations") === "true", "id_token_add_organizations must be true"],
    [query.get("codex_cli_simplified_flow") === "true", "codex_cli_simplified_flow must be true"],
    [(query.get("originator") ?? "") !== "", "originator is missing"],
  ];
  return checks.find(([fine]) => !fine)?.[1];
}

function isRegistered(redirectUri: string, anyPort: boolean): boolean {
  const match = /^http:\/\/(?:127\.0\.0\.1|localhost):(\d+)\/auth\/callback$/.exec(redirectUri);
  return match !== null && (anyPort || match[1] === "1455" || match[1] === "1457");
}
