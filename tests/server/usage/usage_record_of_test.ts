import { assertEquals } from "@std/assert";
import type { Caller } from "../../../src/server/caller.ts";
import type { NamedKey } from "../../../src/server/keys/named_key.ts";
import { createNote, type RequestNote } from "../../../src/server/note.ts";
import { clientName } from "../../../src/server/usage/client_name.ts";
import { countUse } from "../../../src/server/usage/count_use.ts";
import { usageRecordOf } from "../../../src/server/usage/usage_record_of.ts";

/** A chat request that was sent to the backend after 5 ms, answered whole after 105 ms. */
function note(more: Partial<RequestNote> = {}): RequestNote {
  return {
    ...createNote("req_1", "POST", 1000),
    status: 200,
    sentMs: 5,
    firstByteMs: 55,
    backendDoneMs: 105,
    dialect: "chat",
    client: "curl",
    modelUsed: "gpt-5.5",
    ...more,
  };
}

Deno.test("usageRecordOf() parts the time into ours and the backend's, in whole milliseconds", () => {
  const record = usageRecordOf(note(), 1110.4, 5000.6);
  assertEquals(record?.label, { key: "", client: "curl", model: "gpt-5.5", dialect: "chat", transport: "" });
  assertEquals(
    [record?.atMs, record?.firstMs, record?.ownFirstMs, record?.totalMs, record?.ownMs],
    [5001, 55, 5, 110, 10],
  );
  // A stream that nobody here looks at ends with its backend.
  const opaque = usageRecordOf(note({ backendDoneMs: undefined, lane: "opaque" }), 1110, 0);
  assertEquals([opaque?.ownMs, opaque?.tokens], [5, undefined]);
});

Deno.test("usageRecordOf() writes nothing of what was never sent to the backend", () => {
  assertEquals(usageRecordOf(createNote("req_1", "GET", 0), 5, 5), undefined);
});

Deno.test("usageRecordOf() knows that what was refused has used nothing", () => {
  const used = { input: 0, cached: 0, output: 0, reasoning: 0, isEstimate: false };
  assertEquals(usageRecordOf(note({ status: 429, lane: "opaque" }), 1, 1)?.tokens, used);
  assertEquals(usageRecordOf(note({ status: 502 }), 1, 1)?.tokens, used);
});

Deno.test("countUse() gives the budget and the usage the same, of all that a request asked for", () => {
  const usage = {
    input_tokens: 30,
    input_tokens_details: { cached_tokens: 20 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 3 },
  };
  const spent: number[] = [];
  const parts = { spend: (_: unknown, tokens: number) => void spent.push(tokens) };
  const key = { name: "alice", owner: "o" } as unknown as NamedKey;
  const caller = { name: "alice", owner: "o", limits: {}, key } as unknown as Caller;
  const whole = note();
  countUse(parts, { caller, note: whole }, usage, () => 99);
  assertEquals(usageRecordOf(whole, 1, 1)?.tokens, {
    input: 30,
    cached: 20,
    output: 7,
    reasoning: 3,
    isEstimate: false,
  });
  // Cut, behind a compaction that was whole.
  countUse(parts, { caller, note: whole }, undefined, () => 12);
  const both = usageRecordOf(whole, 1, 1)?.tokens;
  assertEquals([both?.input, both?.output, both?.isEstimate], [42, 7, true]);
  assertEquals(spent, [37, 12]);
  countUse(parts, { caller: { ...caller, key: undefined }, note: whole }, usage, () => 0);
  assertEquals(spent.length, 2);
});

Deno.test("clientName() names the program without its version, and nothing that could be a formula", () => {
  const cases: Record<string, string> = {
    "codex_exec/0.171.0 (Linux; x86_64)": "codex_exec",
    "OpenAI/Python 2.8.1": "OpenAI/Python",
    "claude-cli/2.0.1 (external, cli)": "claude-cli",
    "Mozilla/5.0 (X11)": "Mozilla",
    "ai-sdk/openai/3.0": "ai-sdk/openai",
    "curl/v8": "curl",
    "=cmd|' /C calc'!A0": "",
    "": "",
  };
  for (const [agent, name] of Object.entries(cases)) {
    assertEquals(clientName(new Headers({ "user-agent": agent })), name, agent);
  }
  assertEquals(clientName(new Headers()), "");
  assertEquals(clientName(new Headers({ originator: "codex_vscode", "user-agent": "node" })), "codex_vscode");
  assertEquals(clientName(new Headers({ "user-agent": "x".repeat(500) })).length, 40);
});
