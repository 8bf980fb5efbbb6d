/** The real clients, with the exact versions they are tested in. */
import { type Client, nodeClient } from "./client.ts";

/** In the order of the README. */
export const CLIENTS: readonly Client[] = [
  nodeClient({
    name: "openai",
    title: "OpenAI SDK for JavaScript",
    packages: { openai: "7.57.0" },
    scripts: ["chat.mjs", "responses.mjs", "errors.mjs", "memory.mjs"],
    features: "chat, responses, streaming helpers, tools, structured output, errors, abort, models",
  }),
];
