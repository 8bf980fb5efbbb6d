/** The real clients, with the exact versions they are tested in. */
import { connectClient } from "../cli/connect_client.ts";
import { OPEN_RESPONSES } from "../conformance/open_responses.ts";
import { CODEX } from "./codex/codex.ts";
import { DOCUMENTS } from "./documents/documents.ts";
import { GUIDE } from "./guide/guide.ts";
import { OPENCODE } from "./opencode/opencode.ts";
import { type Client, nodeClient, pythonClient } from "./client.ts";
import { npm, pypi } from "./versions.ts";

/** In the order of the README. */
export const CLIENTS: readonly Client[] = [
  nodeClient({
    name: "openai",
    title: "OpenAI SDK for JavaScript",
    packages: npm("openai", "ws"),
    scripts: [
      "chat.mjs",
      "responses.mjs",
      "errors.mjs",
      "memory.mjs",
      "images.mjs",
      "files.mjs",
      "websocket.mjs",
    ],
    features:
      "chat, responses, WebSocket, streaming helpers, tools, structured output, errors, abort, models, stored responses, conversations, sessions, pictures, files, speech to text",
  }),
  nodeClient({
    name: "ai",
    title: "AI SDK, its three OpenAI providers",
    packages: npm("ai", "@ai-sdk/openai", "@ai-sdk/openai-compatible", "zod"),
    scripts: ["flows.mjs"],
    features:
      "text, streams, tools over several steps, reasoning, structured output, web search, pictures, errors",
  }),
  nodeClient({
    name: "agents",
    title: "OpenAI Agents SDK",
    packages: npm("@openai/agents", "ws", "zod"),
    scripts: ["flows.mjs", "websocket.mjs"],
    features:
      "chat and responses, WebSocket: text, streams, parallel tools, hand-offs, structured output, errors",
  }),
  nodeClient({
    name: "langchain",
    title: "LangChain",
    packages: npm("@langchain/openai", "@langchain/core", "zod"),
    scripts: ["flows.mjs"],
    features: "chat and responses: invoke, stream, bindTools, withStructuredOutput, errors",
  }),
  nodeClient({
    name: "anthropic",
    title: "Anthropic SDK",
    packages: npm("@anthropic-ai/sdk", "zod"),
    scripts: ["messages.mjs", "threads.mjs"],
    features:
      "messages, streaming helper, thinking, tools, threads, tool runner, models, token counts, errors, abort",
  }),
  pythonClient({
    name: "anthropic_python",
    title: "Anthropic SDK for Python",
    packages: pypi("anthropic"),
    scripts: ["threads.py"],
    features: "messages, threads, tool runner, compaction, models, errors",
  }),
  pythonClient({
    name: "openai_python",
    title: "OpenAI SDK for Python",
    packages: pypi("openai", "websockets"),
    scripts: ["flows.py", "media.py"],
    features:
      "chat, responses, WebSocket, async, tools, pydantic output, pictures and files, stored responses, conversations, background, errors",
  }),
  pythonClient({
    name: "openai_agents_python",
    title: "OpenAI Agents SDK for Python",
    packages: pypi("openai-agents", "websockets"),
    scripts: ["flows.py"],
    features:
      "chat and responses, WebSocket: text, streams, parallel tools, hand-offs, structured output, pictures, sessions, errors",
  }),
  pythonClient({
    name: "litellm",
    title: "LiteLLM",
    packages: pypi("litellm"),
    scripts: ["flows.py"],
    features:
      "to chat, responses and messages, and from messages and chat to the other: streams, tools, structured output, pictures, errors",
  }),
  pythonClient({
    name: "langchain_python",
    title: "LangChain for Python",
    packages: pypi("langchain-openai"),
    scripts: ["flows.py"],
    features:
      "chat, responses and completions: invoke, stream, bind_tools, with_structured_output in each way, pictures, errors",
  }),
  pythonClient({
    name: "pydantic_ai",
    title: "Pydantic AI",
    packages: pypi("pydantic-ai-slim[openai]"),
    scripts: ["flows.py"],
    features:
      "chat and responses: streams, parallel tools, output by tool, schema and prompt, pictures, errors",
  }),
  pythonClient({
    name: "instructor",
    title: "Instructor",
    packages: pypi("instructor"),
    scripts: ["flows.py"],
    features: "six modes over chat and responses, output in pieces, pictures, async, errors",
  }),
  pythonClient({
    name: "llama_index",
    title: "LlamaIndex",
    packages: pypi("llama-index-llms-openai"),
    scripts: ["flows.py"],
    features: "chat and responses: streams, a function agent, structured output, pictures, errors",
  }),
  pythonClient({
    name: "haystack",
    title: "Haystack",
    packages: pypi("haystack-ai"),
    scripts: ["flows.py"],
    features:
      "chat and responses generators: streams, an agent with tools, structured output, pictures, errors",
  }),
  pythonClient({
    name: "smolagents",
    title: "smolagents",
    packages: pypi("smolagents[openai]"),
    scripts: ["flows.py"],
    features: "whole, streamed, an agent with a tool it has to call, structured output, pictures, errors",
  }),
  pythonClient({
    name: "llm",
    title: "llm, the command line",
    packages: pypi("llm"),
    scripts: ["flows.py"],
    features: "prompts, conversations, tools, schemas, pictures, errors",
  }),
  CODEX,
  OPENCODE,
  GUIDE,
  DOCUMENTS,
  connectClient,
  OPEN_RESPONSES,
];
