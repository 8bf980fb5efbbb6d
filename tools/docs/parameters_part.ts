import { type ParamAction, PARAMS } from "../../src/dialects/params.ts";
import { code, markdownTable } from "./markdown.ts";

/** What becomes of a parameter, in the words of a user. */
const ACTIONS: Readonly<Record<ParamAction, string>> = {
  forward: "sent on as it is",
  translate: "sent on in the backend's form",
  emulate: "done by ccproxy",
  ignore: "ignored and reported",
  refuse: "refused with 400",
};

/** Every request parameter that is known, and what becomes of it. */
export function parametersPart(): string {
  return markdownTable(
    ["parameter", "routes", "what happens", "how and why"],
    PARAMS.map(({ name, dialects, action, note }) => [
      code(name),
      dialects.join(", "),
      ACTIONS[action],
      note,
    ]),
  );
}
