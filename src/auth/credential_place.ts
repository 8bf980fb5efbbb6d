/** Where the credentials are: a file, or a variable of the environment (behaviour.md#credentials-place). */
import { type Environment, envText } from "../config/environment.ts";
import { whoamiUrl } from "./openai.ts";

/** Where the credentials are: the path of a file, or the content of a variable itself. */
export type CredentialPlace =
  | {
    readonly kind: "file";
    readonly path: string;
    /** true when `auth.file` names it: the Codex CLI does not know it */
    readonly own?: boolean;
  }
  /** a whole `auth.json` */
  | { readonly kind: "env"; readonly text: string }
  /** an access token of a workspace (backend.md#access-token-credential) */
  | {
    readonly kind: "token";
    readonly variable: string;
    readonly token: string;
    /** where the issuer says whose token it is */
    readonly whoamiUrl: string;
  };

/** Name of the environment variable that holds a whole `auth.json`. */
export const AUTH_JSON_VARIABLE = "CCPROXY_AUTH_JSON";

/** Our own variable for an access token, and that of the Codex CLI. */
const ACCESS_TOKEN_VARIABLES = { own: "CCPROXY_ACCESS_TOKEN", shared: "CODEX_ACCESS_TOKEN" } as const;

/**
 * The credentials that the environment holds, undefined when it holds none. What is meant for this program alone goes
 * before what the Codex CLI reads too, and an access token before a login.
 *
 * @param issuer default: the vendor's
 * @throws Problem `config` for an address that an access token must not be sent to
 */
export function environmentPlace(
  env: Environment,
  issuer?: string,
): Exclude<CredentialPlace, { kind: "file" }> | undefined {
  const text = envText(env, AUTH_JSON_VARIABLE);
  const { own, shared } = ACCESS_TOKEN_VARIABLES;
  for (const variable of [own, shared]) {
    if (variable === shared && text !== undefined) return { kind: "env", text };
    const token = envText(env, variable)?.trim() ?? "";
    if (token === "") continue;
    return {
      kind: "token",
      variable,
      token,
      whoamiUrl: whoamiUrl(issuer, envText(env, "CODEX_AUTHAPI_BASE_URL")),
    };
  }
  return undefined;
}

/** The variable that holds the credentials. */
export function variableOf(place: Exclude<CredentialPlace, { kind: "file" }>): string {
  return place.kind === "env" ? AUTH_JSON_VARIABLE : place.variable;
}

/** Where the credentials are, in words for people: the path, or the variable. */
export function placeName(place: CredentialPlace): string {
  return place.kind === "file" ? place.path : `environment variable ${variableOf(place)}`;
}

/** What helps when an access token has ended, one sentence without a full stop: nobody can refresh it. */
export function newTokenFix(variable: string): string {
  return `Create a new access token in the settings of the ChatGPT workspace and put it into ${variable}`;
}
