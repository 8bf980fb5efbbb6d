import type { ParameterTable } from "../../ask/params.ts";
import { CHAT_AND_COMPLETIONS, CHAT_AND_RESPONSES, EVERYWHERE, OPENAI } from "../shared_params.ts";

/** The parameters of Chat Completions, and what becomes of each (behaviour.md#parameters). */
export const CHAT_PARAMETERS: ParameterTable = {
  ...EVERYWHERE,
  ...OPENAI,
  ...CHAT_AND_RESPONSES,
  ...CHAT_AND_COMPLETIONS,
  functions: { action: "translate", note: "The form before `tools`" },
  function_call: { action: "translate", note: "The form before `tool_choice`" },
  enable_thinking: { action: "translate", note: "false becomes effort `none`" },
  thinking: { action: "translate", note: "`disabled` becomes effort `none`" },
  response_format: { action: "translate", note: "Becomes `text.format`" },
  verbosity: { action: "translate", note: "Becomes `text.verbosity`" },
  web_search_options: { action: "translate", note: "Becomes the tool `web_search`" },
};
