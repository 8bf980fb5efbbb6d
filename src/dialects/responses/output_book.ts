/**
 * Which items and parts of an answer were announced, and which are finished: what a client's SDK keeps, kept here to
 * see before it does what would make it throw (clients.md#stream-checks).
 */
export interface OutputBook {
  has(outputIndex: number): boolean;
  /** @param name of a call, as the client knows it; "" for other items */
  add(outputIndex: number, id: string, name: string): void;
  /** the id the item was announced with; "" for one that was not */
  idOf(outputIndex: number): string;
  /** the name the call was announced with; "" for one that was not, and for other items */
  nameOf(outputIndex: number): string;
  done(outputIndex: number): void;
  isDone(outputIndex: number): boolean;
  /** False when that part was announced before. Content parts share their numbers, whatever their kind. */
  addPart(outputIndex: number, kind: string, partIndex: number): boolean;
  /** True when that content part was announced and had not ended. */
  endPart(outputIndex: number, contentIndex: number): boolean;
  /** the place of an item that does not say where it belongs */
  nextIndex(): number;
}

interface Entry {
  readonly id: string;
  readonly name: string;
  isDone: boolean;
  readonly content: Set<number>;
  readonly summary: Set<number>;
  readonly ended: Set<number>;
}

/** An empty book for one answer. */
export function createOutputBook(): OutputBook {
  const entries = new Map<number, Entry>();
  return {
    has: (outputIndex) => entries.has(outputIndex),
    add(outputIndex, id, name) {
      entries.set(outputIndex, {
        id,
        name,
        isDone: false,
        content: new Set(),
        summary: new Set(),
        ended: new Set(),
      });
    },
    idOf: (outputIndex) => entries.get(outputIndex)?.id ?? "",
    nameOf: (outputIndex) => entries.get(outputIndex)?.name ?? "",
    done(outputIndex) {
      const entry = entries.get(outputIndex);
      if (entry !== undefined) entry.isDone = true;
    },
    isDone: (outputIndex) => entries.get(outputIndex)?.isDone ?? false,
    addPart(outputIndex, kind, partIndex) {
      const entry = entries.get(outputIndex);
      const parts = kind === "reasoning_summary" ? entry?.summary : entry?.content;
      if (parts === undefined || parts.has(partIndex)) return false;
      parts.add(partIndex);
      return true;
    },
    endPart(outputIndex, contentIndex) {
      const entry = entries.get(outputIndex);
      if (entry === undefined || !entry.content.has(contentIndex) || entry.ended.has(contentIndex)) {
        return false;
      }
      entry.ended.add(contentIndex);
      return true;
    },
    nextIndex: () => Math.max(-1, ...entries.keys()) + 1,
  };
}
