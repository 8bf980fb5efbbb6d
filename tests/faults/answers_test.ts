import { IN_AN_ANSWER } from "./in_an_answer.ts";
import { INSTEAD_OF_AN_ANSWER } from "./instead_of_an_answer.ts";
import { runAnswerRow } from "./run_answer_row.ts";

for (const row of [...INSTEAD_OF_AN_ANSWER, ...IN_AN_ANSWER]) {
  Deno.test({
    name: `fault of the backend: ${row.fault}`,
    fn: () => runAnswerRow(row),
  });
}
