/** The exact versions of the real clients, here alone: every test that installs one takes the same. */

/** From npm. */
export const NPM = {
  "openai": "7.59.0",
  "ws": "8.23.0",
  "zod": "4.6.7",
  "ai": "7.0.173",
  "@ai-sdk/openai": "4.0.118",
  "@ai-sdk/openai-compatible": "3.0.92",
  "@openai/agents": "0.20.0",
  "@langchain/openai": "1.6.0",
  "@langchain/core": "1.4.0",
  "@anthropic-ai/sdk": "1.14.0",
  "@openai/codex": "0.171.0",
  "opencode-ai": "1.18.33",
} as const;

/** From PyPI. */
export const PYPI = {
  "openai": "3.57.0",
  "websockets": "15.0.1",
  "requests": "2.32.5",
  "openai-agents": "0.24.0",
  "litellm": "1.110.2",
  "langchain-openai": "1.7.4",
  "pydantic-ai-slim[openai]": "2.68.0",
  "instructor": "1.17.0",
  "llama-index-llms-openai": "0.8.3",
  "haystack-ai": "3.4.1",
  "smolagents[openai]": "1.26.0",
  "llm": "0.36",
  "anthropic": "2.14.0",
} as const;

/** These packages of npm with their versions, the client itself first. */
export function npm(...names: readonly (keyof typeof NPM)[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, NPM[name]]));
}

/** These packages of PyPI as `name==version`, the client itself first. */
export function pypi(...names: readonly (keyof typeof PYPI)[]): string[] {
  return names.map((name) => `${name}==${PYPI[name]}`);
}
