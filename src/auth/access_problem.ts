/** The Problems that the lack of a usable token ends in. Pure. */
import { Problem } from "../problem.ts";
import { newTokenFix } from "./credential_place.ts";
import type { UnprovenToken } from "./credential_store.ts";
import { fixHint } from "./save_login.ts";
import type { CredentialState } from "./credential_state.ts";
import type { SaveFault } from "./save_fault.ts";

/** "No valid OpenAI credentials found", with what is at the place instead and the command that helps. */
export function noCredentials(state: CredentialState): Problem {
  // The Codex CLI signs in to its own file, and a variable wins over any.
  const login = `Run "ccproxy auth login-openai"${state.shared ? ' (or "codex login")' : ""} and try again`;
  const hint = state.command === undefined || state.command === "ccproxy auth login-openai"
    ? login
    : fixHint(state.command);
  return new Problem("no_credentials", state.problem, { hint });
}

/** "Token refresh failed", because its result could not have been kept. The login is as good as before. */
export function unsavableProblem({ why, fix }: SaveFault): Problem {
  return new Problem(
    "refresh_failed",
    `the refresh token works once and was not used, because the new one could not be kept: ${why}`,
    { status: 503, type: "server_error", exitCode: 1, hint: fix },
  );
}

/**
 * The backend refuses a token that the issuer has just given out, also after a while. Neither another refresh nor
 * another login would give a better one.
 */
export function youngTokenProblem(skew: string | undefined): Problem {
  const detail = "the backend refuses an access token that the issuer gave out a moment ago (401)";
  return new Problem("backend_error", skew === undefined ? detail : `${detail}; ${skew}`, {
    status: 503,
    headers: { "retry-after": "10" },
    hint: 'Try again in a few moments: the login is good; "ccproxy doctor" shows what the backend answers',
  });
}

/** "Token refresh failed": asks for a login only when a login would help. */
export function refreshProblem(
  outcome: {
    readonly kind: "refused" | "unavailable";
    readonly detail: string;
    readonly fix?: string | undefined;
    readonly cause?: unknown;
  },
  skew: string | undefined,
): Problem {
  const detail = skew === undefined ? outcome.detail : `${outcome.detail}; ${skew}`;
  if (outcome.kind === "refused") return new Problem("refresh_failed", detail);
  return new Problem("refresh_failed", detail, {
    status: 503,
    type: "server_error",
    exitCode: 4,
    hint: `${
      outcome.fix ?? "Try again in a few moments"
    }; "ccproxy doctor" checks the connection to the issuer`,
    cause: outcome.cause,
  });
}

/** Whose an access token is could not be asked: nothing is wrong with it as far as is known. */
export function unaskedProblem({ why, fix }: UnprovenToken): Problem {
  return new Problem("network", why, {
    status: 503,
    hint: `${fix}; "ccproxy doctor" checks the connection to the issuer`,
  });
}

/** The backend goes on refusing an access token that the issuer knows. */
export function refusedTokenProblem(variable: string): Problem {
  const found = `the backend refuses the access token in ${variable} (401), which the issuer still knows`;
  return new Problem("no_credentials", found, {
    hint: `See that the workspace allows Codex to the owner of the token. ${newTokenFix(variable)}`,
  });
}

/** A refresh was asked for, and there is nothing to refresh with. */
export function unrefreshableProblem(variable: string): Problem {
  return new Problem(
    "refresh_failed",
    `the access token in ${variable} cannot be refreshed, and still works`,
    {
      status: 400,
      exitCode: 1,
      hint: `When it has ended: ${newTokenFix(variable).replace(/^C/, "c")}`,
    },
  );
}
