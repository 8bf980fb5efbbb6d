import { readUsage } from "../../answer/usage.ts";
import { ignore } from "../../ignore.ts";
import { createEventReader } from "../../sse/event_reader.ts";
import { isRecord, parseJson, recordAt } from "../../wire/json.ts";
import type { ResponsesUsage } from "../../wire/responses.ts";

/**
 * The same bytes, whose usage is read on their way. Only for callers with a budget, which would not hold otherwise:
 * looking at a stream that is handed on untouched costs as much as the rest of its lane.
 *
 * @param onEnd called once, when the stream has ended or nobody takes it any more; undefined when it told no usage
 */
export function watchUsage(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onEnd: (usage: ResponsesUsage | undefined) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let usage: ResponsesUsage | undefined;
  let isOver = false;
  let isReadable = true;
  const reader = createEventReader((data) => {
    // Only the last event has it; the others are not parsed.
    if (!data.includes('"usage"')) return;
    const event = parseJson(data);
    usage = (isRecord(event) ? readUsage(recordAt(event, "response")) : undefined) ?? usage;
  });
  function look(work: () => void): void {
    if (!isReadable) return;
    try {
      work();
    } catch {
      // An event beyond all bounds: the stream goes on to the client, who judges it.
      isReadable = false;
    }
  }
  function end(): void {
    if (isOver) return;
    isOver = true;
    look(() => reader.end());
    onEnd(usage);
  }
  const source = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await source.read();
        if (done) {
          end();
          controller.close();
        } else {
          look(() => reader.read(value));
          controller.enqueue(value);
        }
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    async cancel(reason) {
      end();
      await source.cancel(reason).catch(ignore);
    },
  });
}
