import { IMAGE_PARAMETERS } from "../../src/ask/image_params.ts";
import type { ParamAction } from "../../src/ask/params.ts";
import { CHAT } from "../../src/dialects/chat/dialect.ts";
import { COMPLETIONS } from "../../src/dialects/completions/dialect.ts";
import { MESSAGES } from "../../src/dialects/messages/dialect.ts";
import { RESPONSES } from "../../src/dialects/responses/dialect.ts";
import { anchors, code, markdownTable } from "./markdown.ts";

const IMAGES = { name: "images", parameters: IMAGE_PARAMETERS };

/** What becomes of a parameter, in the words of a user, in the order of the tables. */
const ACTIONS: Readonly<Record<ParamAction, string>> = {
  translate: "Sent on in the backend's form",
  forward: "Sent on as they are",
  emulate: "Done by ccproxy",
  ignore: "Ignored and reported",
  refuse: "Refused with 400, because the answer would mean something else",
};

/** Every request parameter that is known, in one table for each thing that can happen to it. */
export function parametersPart(): string {
  /** An anchor is a parameter's first place; it may stand in more than one table. */
  const anchored = new Set<string>();
  const anchorsOnce = (names: readonly string[]) => {
    const fresh = names.filter((name) => !anchored.has(name));
    for (const name of fresh) anchored.add(name);
    return anchors(fresh);
  };
  return Object.entries(ACTIONS).map(([action, title]) => {
    const rows = [CHAT, RESPONSES, MESSAGES, COMPLETIONS, IMAGES].flatMap(({ name: dialect, parameters }) =>
      Object.entries(parameters).map(([name, row]) => ({ dialect, name, ...row }))
    ).filter((row) => row.action === action);
    const alike = Map.groupBy(rows, ({ name, note }) => JSON.stringify([name, note]));
    const entries = [...alike.values()].map((group) => ({
      name: code(group[0]?.name ?? ""),
      routes: group.map(({ dialect }) => dialect).join(", "),
      note: group[0]?.note ?? "",
    }));
    // Parameters of which the same is to be said stand in one row.
    const joined = [...Map.groupBy(entries, ({ routes, note }) => JSON.stringify([routes, note])).values()];
    const table = markdownTable(
      ["parameter", "routes", "how and why"],
      joined.map((group) => [
        anchorsOnce(group.map(({ name }) => name)) + group.map(({ name }) => name).join(", "),
        group[0]?.routes ?? "",
        group[0]?.note ?? "",
      ]),
    );
    return `#### ${title}\n\n${table}`;
  }).join("\n\n");
}
