const LENGTH = 40;

/**
 * The program that asks, by its originator (a Codex client) or its user agent, and without its version, so that an
 * update does not make it another one: `codex_exec/0.171.0 (Linux)` is `codex_exec`, `OpenAI/Python 2.8.1` is
 * `OpenAI/Python`.
 *
 * @returns "" when it does not say
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.1.5
 */
export function clientName(headers: Headers): string {
  const agent = headers.get("originator") ?? headers.get("user-agent") ?? "";
  const first = /^[A-Za-z0-9][\w.+-]*(?:\/[\w.+-]+)?/.exec(agent)?.[0] ?? "";
  return first.replace(/\/v?\d.*$/, "").slice(0, LENGTH);
}
