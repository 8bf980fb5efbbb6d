import type { ParameterTable } from "../../ask/params.ts";
import { CHAT_AND_COMPLETIONS, EVERYWHERE, OPENAI } from "../shared_params.ts";

/** The parameters of legacy Completions, and what becomes of each (behaviour.md#parameters). */
export const COMPLETIONS_PARAMETERS: ParameterTable = {
  ...EVERYWHERE,
  ...OPENAI,
  ...CHAT_AND_COMPLETIONS,
  prompt: { action: "translate", note: "One text; becomes a user's message" },
  echo: { action: "emulate", note: "The prompt stands in front of the answer" },
  best_of: {
    action: "refuse",
    note: "One choice per request",
    harmless: (value) => value === 1,
    needed: "1: the backend gives one choice",
  },
  suffix: {
    action: "refuse",
    note: "The backend fills in no gaps",
    harmless: (value) => value === "",
    needed: "left out: the backend fills in no gaps",
  },
};
