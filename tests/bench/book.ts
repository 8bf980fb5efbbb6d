/** The figures of a run: a list of values, one for each round, under a name and a lane. Pure. */

/** Middle, least and greatest of some rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Figures, by `name` then lane. */
export interface Book {
  add(name: string, lane: string, value: number): void;
  /** Values by round; empty when it was not measured. */
  values(name: string, lane: string): readonly number[];
  /** Undefined when it was not measured. */
  spread(name: string, lane: string): Spread | undefined;
  toJson(): Record<string, Record<string, readonly number[]>>;
}

/** Median of a list; the mean of the two middle ones when its length is even. `undefined` for an empty list. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.filter((value) => Number.isFinite(value)).toSorted((a, b) => a - b);
  const [min, max] = [sorted.at(0), sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const upper = sorted[sorted.length >> 1] ?? min;
  const lower = sorted[(sorted.length - 1) >> 1] ?? min;
  return { median: (lower + upper) / 2, min, max };
}

/** Round by round: what `change` makes of the values of two lists of one run. */
export function byRound(
  left: readonly number[],
  right: readonly number[],
  change: (left: number, right: number) => number,
): Spread | undefined {
  const rounds = Math.min(left.length, right.length);
  return spreadOf(
    Array.from({ length: rounds }, (_, round) => change(left[round] ?? NaN, right[round] ?? NaN)),
  );
}

/** Makes an empty book. */
export function createBook(): Book {
  const figures = new Map<string, Map<string, number[]>>();
  function values(name: string, lane: string): readonly number[] {
    return figures.get(name)?.get(lane) ?? [];
  }
  return {
    add(name, lane, value) {
      const lanes = figures.get(name) ?? new Map<string, number[]>();
      figures.set(name, lanes.set(lane, [...lanes.get(lane) ?? [], value]));
    },
    values,
    spread: (name, lane) => spreadOf(values(name, lane)),
    toJson: () => Object.fromEntries([...figures].map(([name, lanes]) => [name, Object.fromEntries(lanes)])),
  };
}
