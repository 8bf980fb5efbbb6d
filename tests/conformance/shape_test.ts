import { assertEquals } from "@std/assert";
import { answerEvents } from "../fake/answers.ts";
import { frame } from "../fake/script.ts";
import { RESPONSE_RESOURCE } from "./response_resource.ts";
import { streamFaults } from "./stream_order.ts";

Deno.test("RESPONSE_RESOURCE names each missing key and each null that the schema refuses", () => {
  const faults = RESPONSE_RESOURCE(
    { object: "response", temperature: null, output: [{ type: "message" }] },
    "r",
  );
  assertEquals(faults.filter((fault) => /missing/.test(fault) && !/output/.test(fault)).length, 27);
  assertEquals(faults.filter((fault) => !/missing/.test(fault)), [
    "r.temperature: found null, needed is a number",
  ]);
  assertEquals(faults.filter((fault) => /output\[0\]/.test(fault)), [
    "r.output[0].id: missing",
    "r.output[0].status: missing",
    "r.output[0].role: missing",
    "r.output[0].content: missing",
  ]);
});

Deno.test("streamFaults finds what the backend's own stream lacks: keys, output, public events only", () => {
  const events = answerEvents([{ type: "text", words: ["Hello", " there"] }], { vendorFrames: true });
  const faults = streamFaults(events.map((event) => frame(event)).join(""));
  const kinds = new Set(faults.map((fault) => fault.replace(/ at \d+$/, "")));
  for (
    const expected of [
      "unknown event codex.rate_limits",
      "begins with codex.rate_limits",
      "response.completed.completed_at: missing",
      "output of response.completed is not what the items were",
    ]
  ) assertEquals([expected, kinds.has(expected)], [expected, true]);
});

Deno.test("streamFaults finds pieces without their part, changed ids and a doubled index", () => {
  const item = { id: "msg_1", type: "message", status: "completed", role: "assistant", content: [] };
  const stream = [
    { type: "response.created", sequence_number: 0 },
    { type: "response.output_item.added", output_index: 0, item, sequence_number: 1 },
    { type: "response.output_item.added", output_index: 0, item, sequence_number: 2 },
    {
      type: "response.output_text.delta",
      output_index: 0,
      item_id: "msg_1",
      content_index: 0,
      delta: "a",
      sequence_number: 2,
    },
    {
      type: "response.output_item.done",
      output_index: 0,
      item: { ...item, id: "msg_2" },
      sequence_number: 4,
    },
  ];
  assertEquals(streamFaults(stream.map((event) => frame(event)).join("")), [
    "ends with response.output_item.done",
    "sequence_number 2 at 3",
    "response ids ",
    "item msg_1 has output_index 0, needed is 1",
    "id changes from msg_1 to msg_2",
    "response.output_text.delta before its part was added",
  ]);
});
