import type { ParameterTable } from "../../ask/params.ts";
import { CHAT_AND_COMPLETIONS, CHAT_AND_RESPONSES, EVERYWHERE, OPENAI } from "../shared_params.ts";

/** The parameters of Chat Completions, and what becomes of each (behaviour.md#parameters). */
export const CHAT_PARAMETERS: ParameterTable = {
  ...EVERYWHERE,
  ...OPENAI,
  ...CHAT_AND_RESPONSES,
  ...CHAT_AND_COMPLETIONS,
  messages: { action: "translate", note: "Becomes `input`" },
};
