import { NOT_ACCEPTED, type ParameterTable } from "../../ask/params.ts";
import { EVERYWHERE } from "../shared_params.ts";

import { namesOnlySession } from "./conversation_name.ts";

/** The parameters of Anthropic Messages, and what becomes of each (behaviour.md#parameters). */
export const MESSAGES_PARAMETERS: ParameterTable = {
  ...EVERYWHERE,
  messages: {
    action: "translate",
    note: "Becomes `input`; the last one must be the user's, uploaded files and unknown blocks are refused",
  },
  system: {
    action: "translate",
    note: "As `instructions`; Claude Code's billing line, new in each request, is taken out",
  },
  tools: {
    action: "translate",
    note:
      "With `input_schema`: functions; `web_search_…`: the backend's; other tools of Anthropic's are refused",
  },
  tool_choice: {
    action: "translate",
    note: "`any` becomes `required`; `disable_parallel_tool_use` becomes `parallel_tool_calls`",
  },
  thinking: {
    action: "translate",
    note: "Thinking blocks; a budget under 4,096 tokens is effort `low`, under 16,384 `medium`, else `high`",
  },
  output_config: {
    action: "translate",
    note: "`effort` wins over `thinking`, which is then reported as ignored; `format` becomes `text.format`",
  },
  output_format: { action: "translate", note: "As `output_config.format`" },
  speed: {
    action: "translate",
    note: "`fast` becomes the service tier `priority`",
    harmless: (value) => value === "standard",
    takes: (value) => value === "fast",
  },
  compaction: {
    action: "emulate",
    note: "The backend compacts; the block that comes back stands for the messages before it",
  },
  context_management: {
    action: "emulate",
    note:
      "`clear_tool_uses_…`, `clear_thinking_…` and `compact_…` are done here and told; other edits are refused",
  },
  thread: {
    action: "emulate",
    note: "Kept here: `create` and `continue`; of an id that is not kept, 404 with `thread_not_found`",
  },
  stop_sequences: { action: "emulate", note: "As `stop`, any number of them" },
  stop: { action: "emulate", note: "As `stop_sequences`, up to 4" },
  response_format: { action: "translate", note: "Becomes `text.format`" },
  prompt_cache_key: { action: "translate", note: "As in OpenAI's APIs" },
  functions: {
    action: "refuse",
    note: "OpenAI's old form of `tools`",
    needed: 'left out: here it is "tools"',
  },
  parallel_tool_calls: {
    action: "refuse",
    note: "OpenAI's",
    harmless: (value) => value === true,
    needed: 'left out: here it is "tool_choice.disable_parallel_tool_use"',
  },
  stream_options: { action: "ignore", note: "Usage is always told", harmless: () => true },
  top_k: { action: "ignore", note: NOT_ACCEPTED },
  metadata: {
    action: "ignore",
    note: "A session in `user_id` (Claude Code's) becomes the prompt cache key; nothing else of it is used",
    harmless: namesOnlySession,
  },
  cache_control: { action: "ignore", note: "The backend caches by itself", harmless: () => true },
  service_tier: {
    action: "ignore",
    note: NOT_ACCEPTED,
    harmless: (value) => value === "auto" || value === "standard_only",
  },
  container: {
    action: "refuse",
    note: "Containers of Anthropic's platform do not exist here",
    needed: "left out: containers and skills do not exist on this backend",
  },
  mcp_servers: {
    action: "refuse",
    note: "The backend calls no servers of the client's",
    harmless: (value) => Array.isArray(value) && value.length === 0,
    needed: "left out: the backend calls no MCP servers; let the client call them as tools",
  },
};
