/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** 0 to 1, without 1 */
  next(): number;
  /** a whole number from 0 to `limit` - 1 */
  below(limit: number): number;
  /** true with this probability */
  chance(probability: number): boolean;
  pick<T>(values: readonly T[]): T;
}

/** A generator (mulberry32) started at `seed`. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  function below(limit: number): number {
    return Math.floor(next() * limit);
  }
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick(values) {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error("Nothing to pick from");
      return value;
    },
  };
}
