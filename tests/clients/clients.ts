/** The real clients, with the exact versions they are tested in. */
import { connectClient } from "../cli/connect_client.ts";
import { OPEN_RESPONSES } from "../conformance/open_responses.ts";
import { CODEX } from "./codex/codex.ts";
import { DOCUMENTS } from "./documents/documents.ts";
import { GUIDE } from "./guide/guide.ts";
import { OPENCODE } from "./opencode/opencode.ts";
import { type Client, nodeClient } from "./client.ts";

const ZOD = { zod: "4.6.7" };

/** In the order of the README. */
export const CLIENTS: readonly Client[] = [
  nodeClient({
    name: "openai",
    title: "OpenAI SDK for JavaScript",
    packages: { openai: "7.57.0" },
    scripts: ["chat.mjs", "responses.mjs", "errors.mjs", "memory.mjs", "images.mjs"],
    features:
      "chat, responses, streaming helpers, tools, structured output, errors, abort, models, stored responses, conversations, sessions, pictures",
  }),
  nodeClient({
    name: "ai",
    title: "AI SDK, its three OpenAI providers",
    packages: { ai: "7.0.173", "@ai-sdk/openai": "4.0.118", "@ai-sdk/openai-compatible": "3.0.92", ...ZOD },
    scripts: ["flows.mjs"],
    features:
      "text, streams, tools over several steps, reasoning, structured output, web search, pictures, errors",
  }),
  nodeClient({
    name: "agents",
    title: "OpenAI Agents SDK",
    packages: { "@openai/agents": "0.20.0", ...ZOD },
    scripts: ["flows.mjs"],
    features: "chat and responses: text, streams, parallel tools, hand-offs, structured output, errors",
  }),
  nodeClient({
    name: "langchain",
    title: "LangChain",
    packages: { "@langchain/openai": "1.6.0", "@langchain/core": "1.4.0", ...ZOD },
    scripts: ["flows.mjs"],
    features: "chat and responses: invoke, stream, bindTools, withStructuredOutput, errors",
  }),
  nodeClient({
    name: "anthropic",
    title: "Anthropic SDK",
    packages: { "@anthropic-ai/sdk": "1.12.0" },
    scripts: ["messages.mjs"],
    features: "messages, streaming helper, thinking, tools, token counts, errors, abort",
  }),
  CODEX,
  OPENCODE,
  GUIDE,
  DOCUMENTS,
  connectClient,
  OPEN_RESPONSES,
];
