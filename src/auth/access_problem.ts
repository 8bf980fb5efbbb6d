/** The two Problems that the lack of a usable token ends in. Pure. */
import { Problem } from "../problem.ts";
import type { CredentialState } from "./credential_state.ts";

/** "No valid OpenAI credentials found", with what is at the place instead and the command that mends it. */
export function noCredentials(state: CredentialState): Problem {
  const login = 'Run "ccproxy auth login-openai" (or "codex login") and try again';
  const hint = state.command === undefined || state.command.includes("login")
    ? login
    : `Run "${state.command}"`;
  return new Problem("no_credentials", state.problem, { hint });
}

/** "Token refresh failed": asks for a login only when a login would help. */
export function refreshProblem(
  outcome: { readonly kind: "refused" | "unavailable"; readonly detail: string; readonly cause?: unknown },
  skew: string | undefined,
): Problem {
  const detail = skew === undefined ? outcome.detail : `${outcome.detail}; ${skew}`;
  if (outcome.kind === "refused") return new Problem("refresh_failed", detail);
  return new Problem("refresh_failed", detail, {
    status: 503,
    type: "server_error",
    exitCode: 4,
    hint: 'Try again in a few moments; "ccproxy doctor" checks the connection to the issuer',
    cause: outcome.cause,
  });
}
