/** Figures of the program at one moment. */
export interface Sample {
  /** since the start of the soak */
  readonly atMs: number;
  readonly rssBytes: number;
  readonly descriptors: number;
  /** the latest turn of the event loop in the last half minute */
  readonly loopDelayMs: number;
}

/** One figure over the time: how much it would grow from the first to the last sample. */
export interface Trend {
  readonly figure: string;
  readonly median: number;
  /** growth over the time that was measured, by the slope; negative when it falls */
  readonly growth: number;
  /** growth that still counts as flat */
  readonly tolerance: number;
  readonly isFlat: boolean;
}

const FIGURES = [
  // An allocator's and a garbage collector's saw teeth, not a leak.
  { figure: "memory, MB", of: (sample: Sample) => sample.rssBytes / 1e6, part: 0.1, least: 16 },
  { figure: "descriptors", of: (sample: Sample) => sample.descriptors, part: 0.1, least: 4 },
  { figure: "event-loop delay, ms", of: (sample: Sample) => sample.loopDelayMs, part: 0.5, least: 50 },
];

/**
 * Judges whether the figures are flat. The slope is the median of the slopes between all pairs of samples (Theil and
 * Sen): a single odd sample, or a garbage collection at one of the ends, does not move it.
 *
 * @param samples those after the warm-up
 */
export function judge(samples: readonly Sample[]): Trend[] {
  const spanMs = (samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0);
  return FIGURES.map(({ figure, of, part, least }) => {
    const points = samples.map((sample) => ({ x: sample.atMs, y: of(sample) }));
    const slopes = points.flatMap((a, index) =>
      points.slice(index + 1).map((b) => (b.y - a.y) / Math.max(1, b.x - a.x))
    );
    const median = medianOf(points.map(({ y }) => y));
    const growth = medianOf(slopes) * spanMs;
    const tolerance = Math.max(least, median * part);
    return { figure, median, growth, tolerance, isFlat: samples.length >= 3 && growth <= tolerance };
  });
}

/** The middle value; 0 of none. */
export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
