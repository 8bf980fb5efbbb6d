import type { ContentBlock, MessageEvent } from "../../wire/anthropic.ts";
import { encodeEvent } from "../../sse/encode.ts";

/**
 * The content blocks of a message stream, one after the other, each with its own index: SDKs take what comes between
 * a block's start and its stop as that block's. What the backend interleaves (calls made side by side) is held until
 * the block in front is complete; deltas of that one go out as they come.
 */
export interface BlockStream {
  /** Keeps a place for an item's block: what is started later comes behind it. */
  reserve(outputIndex: number): void;
  /** True once the item's block was started. */
  has(outputIndex: number): boolean;
  start(outputIndex: number, block: ContentBlock): string;
  /** @param delta as JSON text: what is added to the block */
  delta(outputIndex: number, delta: string): string;
  /** The block is complete; nothing when the item has none. */
  stop(outputIndex: number): string;
  /** A block that is complete from the start, behind those that were started. */
  whole(block: ContentBlock, deltas?: readonly string[]): string;
  /** The answer is over: everything still held goes out. */
  end(): string;
}

interface Block {
  /** undefined for a place that is kept */
  start: ContentBlock | undefined;
  /** -1 until its start was written */
  index: number;
  held: string[];
  isDone: boolean;
}

/** Writes one event of a message stream. */
export function writeEvent(event: MessageEvent): string {
  return encodeEvent(event.type, JSON.stringify(event));
}

/** The most frequent event, from text: most deltas came as the JSON literal that they leave as. */
function writeDelta(index: number, delta: string): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":${delta}}\n\n`;
}

/** No blocks yet. */
export function createBlockStream(): BlockStream {
  const blocks = new Map<number, Block>();
  /** in order of their starts; the first one is being written */
  const queue: Block[] = [];
  let count = 0;

  /** Writes whatever may go out now: the block in front, and those behind it as soon as it is done. */
  function flush(): string {
    let text = "";
    for (let block = queue[0]; block !== undefined; block = queue[0]) {
      if (block.start === undefined) {
        if (!block.isDone) break;
        queue.shift();
        continue;
      }
      if (block.index === -1) {
        block.index = count++;
        text += writeEvent({ type: "content_block_start", index: block.index, content_block: block.start });
      }
      for (const delta of block.held) {
        text += writeDelta(block.index, delta);
      }
      block.held = [];
      if (!block.isDone) break;
      text += writeEvent({ type: "content_block_stop", index: block.index });
      queue.shift();
    }
    return text;
  }

  function reserve(outputIndex: number): Block {
    let block = blocks.get(outputIndex);
    if (block === undefined) {
      block = { start: undefined, index: -1, held: [], isDone: false };
      blocks.set(outputIndex, block);
      queue.push(block);
    }
    return block;
  }

  return {
    reserve: (outputIndex) => void reserve(outputIndex),
    has: (outputIndex) => blocks.get(outputIndex)?.start !== undefined,
    start(outputIndex, start) {
      const block = reserve(outputIndex);
      if (block.start !== undefined || block.isDone) return "";
      block.start = start;
      return flush();
    },
    delta(outputIndex, delta) {
      const block = blocks.get(outputIndex);
      if (block === undefined || block.isDone) return "";
      if (block === queue[0] && block.index !== -1) {
        return writeDelta(block.index, delta);
      }
      block.held.push(delta);
      return "";
    },
    stop(outputIndex) {
      const block = blocks.get(outputIndex);
      if (block === undefined) return "";
      block.isDone = true;
      return flush();
    },
    whole(start, deltas = []) {
      queue.push({ start, index: -1, held: [...deltas], isDone: true });
      return flush();
    },
    end() {
      for (const block of queue) block.isDone = true;
      return flush();
    },
  };
}
