import { NOT_ACCEPTED, type ParameterTable } from "../../ask/params.ts";
import { CHAT_AND_RESPONSES, EVERYWHERE, OPENAI } from "../shared_params.ts";

/** The parameters of the Responses API, and what becomes of each (behaviour.md#parameters). */
export const RESPONSES_PARAMETERS: ParameterTable = {
  ...EVERYWHERE,
  ...OPENAI,
  ...CHAT_AND_RESPONSES,
  client_metadata: { action: "forward", note: "Of Codex clients" },
  previous_response_id: { action: "emulate", note: "From ccproxy's store" },
  conversation: { action: "emulate", note: "From ccproxy's store" },
  prompt_cache_options: {
    action: "emulate",
    note: "`comparison_response_id` is answered with `prompt_cache_diagnostics`; the rest is not accepted",
  },
  stream_options: { action: "ignore", note: "Usage is always told", harmless: () => true },
  background: { action: "emulate", note: "Runs on in ccproxy; poll with GET" },
  truncation: { action: "ignore", note: NOT_ACCEPTED, harmless: (value) => value === "disabled" },
  context_management: {
    action: "refuse",
    note: "Compact with `POST …/responses/compact`",
    harmless: (value) => Array.isArray(value) && value.length === 0,
    needed: "left out: the backend compacts on request only; call POST /responses/compact",
  },
  max_tool_calls: { action: "ignore", note: NOT_ACCEPTED },
  prompt: {
    action: "refuse",
    note: "Stored prompts of the OpenAI platform do not exist here",
    needed: "left out: stored prompts do not exist on this backend",
  },
};
