import type { CredentialState } from "../auth/credential_state.ts";

/** The account in one line, or what is wrong with it and the command that fixes it. */
export function accountLine(state: CredentialState): { ok: boolean; text: string } {
  if (!state.usable) {
    const command = state.command ?? "ccproxy auth login-openai";
    return {
      ok: false,
      text: `${state.kind === "unavailable" ? "Unknown" : "No valid OpenAI credentials found"}: ${
        state.problem ?? "not signed in"
      }; ${/^[a-z]/.test(command) ? `run "${command}"` : command}`,
    };
  }
  const plan = state.plan === undefined ? "" : ` (${state.plan.toUpperCase()})`;
  return { ok: true, text: `${state.email ?? state.accountId ?? "signed in"}${plan}` };
}
