/** The real clients, with the exact versions they are tested in. */
import { connectClient } from "../cli/connect_client.ts";
import { OPEN_RESPONSES } from "../conformance/open_responses.ts";
import { CODEX } from "./codex/codex.ts";
import { DOCUMENTS } from "./documents/documents.ts";
import { GUIDE } from "./guide/guide.ts";
import { OPENCODE } from "./opencode/opencode.ts";
import { type Client, nodeClient, pythonClient } from "./client.ts";

const ZOD = { zod: "4.6.7" };

/** In the order of the README. */
export const CLIENTS: readonly Client[] = [
  nodeClient({
    name: "openai",
    title: "OpenAI SDK for JavaScript",
    packages: { openai: "7.59.0", ws: "8.23.0" },
    scripts: ["chat.mjs", "responses.mjs", "errors.mjs", "memory.mjs", "images.mjs", "websocket.mjs"],
    features:
      "chat, responses, WebSocket, streaming helpers, tools, structured output, errors, abort, models, stored responses, conversations, sessions, pictures",
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
    packages: { "@openai/agents": "0.20.0", ws: "8.23.0", ...ZOD },
    scripts: ["flows.mjs", "websocket.mjs"],
    features:
      "chat and responses, WebSocket: text, streams, parallel tools, hand-offs, structured output, errors",
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
    packages: { "@anthropic-ai/sdk": "1.14.0", ...ZOD },
    scripts: ["messages.mjs", "threads.mjs"],
    features:
      "messages, streaming helper, thinking, tools, threads, tool runner, models, token counts, errors, abort",
  }),
  pythonClient({
    name: "anthropic_python",
    title: "Anthropic SDK for Python",
    packages: ["anthropic==2.14.0"],
    scripts: ["threads.py"],
    features: "messages, threads, tool runner, compaction, models, errors",
  }),
  CODEX,
  OPENCODE,
  GUIDE,
  DOCUMENTS,
  connectClient,
  OPEN_RESPONSES,
];
