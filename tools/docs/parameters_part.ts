import { type ParamAction, type ParamRow, PARAMS } from "../../src/ask/params.ts";
import { code, markdownTable } from "./markdown.ts";

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
  return Object.entries(ACTIONS).map(([action, title]) => {
    const table = markdownTable(
      ["parameter", "routes", "how and why"],
      joined(PARAMS.filter((row) => row.action === action)),
    );
    return `#### ${title}\n\n${table}`;
  }).join("\n\n");
}

/** Parameters of which the same is to be said stand in one row. */
function joined(rows: readonly ParamRow[]): string[][] {
  const alike = Map.groupBy(rows, ({ dialects, note }) => JSON.stringify([dialects, note]));
  return [...alike.values()].map((group) => [
    group.map(({ name }) => code(name)).join(", "),
    group[0]?.dialects.join(", ") ?? "",
    group[0]?.note ?? "",
  ]);
}
