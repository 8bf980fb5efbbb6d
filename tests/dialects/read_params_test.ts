import { assert, assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import type { DialectName } from "../../src/ask/draft.ts";
import { readParams } from "../../src/dialects/read_params.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { DIALECTS } from "./answer_ways.ts";

const NAMES = ["chat", "responses", "messages", "completions"] as const satisfies DialectName[];

/** The shortest body that each front end reads. */
const SHORTEST: Readonly<Record<DialectName, JsonObject>> = {
  chat: { messages: [{ role: "user", content: "Hi" }] },
  responses: { input: "Hi" },
  messages: { messages: [{ role: "user", content: "Hi" }] },
  completions: { prompt: "Hi" },
};

Deno.test("readParams() refuses every parameter that only other routes act on, in every mode (translation 125)", () => {
  for (const own of NAMES) {
    const table = DIALECTS[own].parameters;
    for (const other of NAMES) {
      for (const [name, { action }] of Object.entries(DIALECTS[other].parameters)) {
        if (Object.hasOwn(table, name) || action === "ignore") continue;
        for (const mode of ["ignore", "propagate", "block"] as const) {
          const thrown = assertThrows(() => readParams(own, { [name]: { something: 1 } }, mode));
          assert(thrown instanceof Problem);
          assertEquals([thrown.code, thrown.param], ["unsupported_parameter", name]);
        }
      }
    }
  }
});

Deno.test("every parameter that a table says is acted on is read by its front end (translation 125)", () => {
  for (const own of NAMES) {
    const asked = new Set<string>();
    const body = new Proxy({ ...SHORTEST[own] }, {
      get(target, key) {
        if (typeof key === "string") asked.add(key);
        return Reflect.get(target, key);
      },
    });
    DIALECTS[own].threads?.read(body);
    DIALECTS[own].readRequest(body, { unsupportedParams: "ignore", reasoningOutput: "tags" });
    for (const [name, { action }] of Object.entries(DIALECTS[own].parameters)) {
      if (action === "ignore" || action === "refuse") continue;
      assert(asked.has(name), `${own} has a row for "${name}" and never reads it`);
    }
  }
});
