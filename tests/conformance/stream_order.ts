/**
 * What the order of a Responses stream must be, for clients that build the answer from it (clients.md#stream-checks,
 * #one-write-per-event).
 */
import { OUTPUT_ITEM, RESPONSE_RESOURCE } from "./response_resource.ts";
import { isObject } from "./shape.ts";

type Event = Record<string, unknown>;

/** The public events; the SDKs throw on any other. */
const KNOWN =
  /^(keepalive|error|response\.(created|queued|in_progress|completed|failed|incomplete|output_item\.(added|done)|content_part\.(added|done)|output_text\.(delta|done)|output_text\.annotation\.added|refusal\.(delta|done)|function_call_arguments\.(delta|done)|custom_tool_call_input\.(delta|done)|reasoning_text\.(delta|done)|reasoning_summary_part\.(added|done)|reasoning_summary_text\.(delta|done)|web_search_call\.(in_progress|searching|completed)))$/;

const TERMINAL = /^response\.(completed|failed|incomplete)$/;

/** Events that carry a piece, the key of the piece, and the key of the whole in the matching `.done` event. */
const PIECES: Record<string, string> = {
  "response.output_text": "text",
  "response.refusal": "refusal",
  "response.function_call_arguments": "arguments",
  "response.custom_tool_call_input": "input",
  "response.reasoning_summary_text": "text",
  "response.reasoning_text": "text",
};

/** The frames of a stream, as event name and data. @throws SyntaxError for data that is not JSON */
export function readFrames(stream: string): { name: string | undefined; event: Event }[] {
  return stream.split("\n\n").filter((frame) => frame !== "" && !frame.startsWith(":")).flatMap((frame) => {
    const data = frame.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
    if (data.join("\n") === "[DONE]") return [];
    return [{ name: /^event: (.*)$/m.exec(frame)?.[1], event: JSON.parse(data.join("\n")) }];
  });
}

/** Lists what is wrong with the order or the objects of a stream; empty for a good one. */
export function streamFaults(stream: string): string[] {
  const frames = readFrames(stream);
  const events = frames.map(({ event }) => event);
  const types = events.map(({ type }) => `${type}`);
  return [
    ...frames.flatMap(({ name, event }) =>
      name === event["type"] ? [] : [`event: ${name} carries ${event["type"]}`]
    ),
    ...types.flatMap((type) => KNOWN.test(type) ? [] : [`unknown event ${type}`]),
    ...types[0] === "response.created" ? [] : [`begins with ${types[0]}`],
    ...TERMINAL.test(types.at(-1) ?? "") ? [] : [`ends with ${types.at(-1)}`],
    ...types.filter((type) => TERMINAL.test(type)).length > 1 ? ["has two terminal events"] : [],
    ...numberFaults(events),
    ...lifecycleFaults(events),
    ...itemFaults(events),
    ...pieceFaults(events),
  ];
}

function numberFaults(events: readonly Event[]): string[] {
  const numbers = events.map((event) => event["sequence_number"]);
  return numbers.flatMap((number, i) =>
    typeof number !== "number" || (i > 0 && number <= Number(numbers[i - 1]))
      ? [`sequence_number ${number} at ${i}`]
      : []
  );
}

function lifecycleFaults(events: readonly Event[]): string[] {
  const responses = events.flatMap(({ type, response }) => isObject(response) ? [{ type, response }] : []);
  const ids = new Set(responses.map(({ response }) => response["id"]));
  return [
    ...responses.flatMap(({ type, response }) => RESPONSE_RESOURCE(response, `${type}`)),
    ...ids.size === 1 ? [] : [`response ids ${[...ids].join(", ")}`],
  ];
}

/** Items come in order, each with one id from added to done to the terminal event, which holds them all. */
function itemFaults(events: readonly Event[]): string[] {
  const faults: string[] = [];
  const added = new Map<unknown, Event>();
  const done: unknown[] = [];
  for (const { type, output_index: index, item, item_id: itemId, response } of events) {
    if (type === "response.output_item.added" && isObject(item)) {
      if (index !== added.size) {
        faults.push(`item ${item["id"]} has output_index ${index}, needed is ${added.size}`);
      }
      added.set(index, item);
    } else if (type === "response.output_item.done" && isObject(item)) {
      faults.push(...OUTPUT_ITEM(item, "output_item.done"));
      const first = added.get(index);
      for (const key of ["id", "type", "call_id", "name"]) {
        if (first?.[key] !== item[key]) faults.push(`${key} changes from ${first?.[key]} to ${item[key]}`);
      }
      done[Number(index)] = item;
    } else if (itemId !== undefined && added.get(index)?.["id"] !== itemId) {
      faults.push(`${type} names item ${itemId}, added was ${added.get(index)?.["id"]}`);
    }
    if (
      TERMINAL.test(`${type}`) && isObject(response) &&
      JSON.stringify(response["output"]) !== JSON.stringify(done)
    ) {
      faults.push(`output of ${type} is not what the items were`);
    }
  }
  return faults;
}

/** A part is added before its pieces, and the pieces make what `.done` says. */
function pieceFaults(events: readonly Event[]): string[] {
  const faults: string[] = [];
  const open = new Set<string>();
  const texts = new Map<string, string>();
  for (const event of events) {
    const [, kind = "", step = ""] = /^(.*)\.(added|delta|done)$/.exec(`${event["type"]}`) ?? [];
    const part = `${event["item_id"]} ${event["content_index"] ?? event["summary_index"] ?? ""}`;
    if (/content_part|summary_part/.test(kind) && step === "added") open.add(part);
    const whole = PIECES[kind];
    if (whole === undefined) continue;
    const key = `${kind} ${part}`;
    const needsPart = kind !== "response.function_call_arguments" &&
      kind !== "response.custom_tool_call_input";
    if (needsPart && !open.has(part)) faults.push(`${event["type"]} before its part was added`);
    if (step === "delta") texts.set(key, (texts.get(key) ?? "") + event["delta"]);
    if (step === "done" && event[whole] !== (texts.get(key) ?? "")) {
      faults.push(`${kind}: deltas differ from done`);
    }
  }
  return faults;
}
