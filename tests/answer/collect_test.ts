import { assertEquals } from "@std/assert";
import { type AnswerNeeds, type CollectingSteps, collectSteps } from "../../src/answer/collect.ts";
import { type Place, SILENT } from "../../src/answer/steps.ts";

const PLACE: Place = { outputIndex: 0, partIndex: 0, itemId: "item_1" };

function end(steps: CollectingSteps, status = "completed") {
  steps.finished({ id: "resp_1", status, output: [] });
  return steps.facts.response?.output.map(({ id, type }) => [id, type]);
}

Deno.test("collectSteps() gives an item that was never announced the id that its pieces name", () => {
  const ways: Record<string, (steps: CollectingSteps) => unknown> = {
    text: (steps) => steps.text(PLACE, '"Hi"'),
    refusal: (steps) => steps.refusal(PLACE, '"No"'),
    reasoning: (steps) => steps.reasoning(PLACE, '"Well"'),
    annotation: (steps) => steps.annotation(PLACE, { type: "url_citation" }),
  };
  const found = Object.entries(ways).map(([way, run]) => {
    const steps = collectSteps(SILENT);
    run(steps);
    return [way, end(steps)?.[0]?.[0]];
  });
  assertEquals(found, Object.keys(ways).map((way) => [way, "item_1"]));
});

Deno.test("collectSteps() writes what came of a call before its name right behind the name", () => {
  const steps = collectSteps({
    ...SILENT,
    callStarted: (_, { name }) => `[${name}]`,
    callPiece: (_index, _kind, literal) => literal,
  });
  assertEquals(steps.callPiece(0, "function", '"{\\"a\\""'), "");
  const call = { kind: "function", id: "call_1", name: "add", namespace: undefined } as const;
  assertEquals(steps.callStarted(0, call as never), '[add]"{\\"a\\""');
  assertEquals(steps.callStarted(0, call as never), "");
  assertEquals(steps.callPiece(0, "function", '":1}"'), '":1}"');
});

Deno.test("collectSteps() ends an answer that lacks what it has to have as a failed one, and only a complete one", () => {
  const call = { type: "function_call", call_id: "c", name: "add", arguments: "[1]" };
  const problem = (needs: AnswerNeeds, item: { readonly type: string }, status?: string) => {
    const steps = collectSteps(SILENT, needs);
    steps.itemDone(0, item);
    end(steps, status);
    assertEquals([steps.isOver, steps.facts.response === undefined], [
      true,
      steps.facts.problem !== undefined,
    ]);
    return steps.facts.problem?.code;
  };
  assertEquals(problem({ objectArguments: true }, call), "answer_damaged");
  assertEquals(problem({ objectArguments: true }, call, "incomplete"), undefined);
  assertEquals(problem({}, call), undefined);
  for (const text of ["", " ", "{}"]) {
    assertEquals(
      problem({ objectArguments: true }, { ...call, arguments: text } as typeof call),
      undefined,
      text,
    );
  }
  assertEquals(problem({ compacts: true }, call), "backend_error");
  for (const type of ["compaction", "compaction_summary"]) {
    assertEquals(problem({ compacts: true }, { type }), undefined);
  }
});
