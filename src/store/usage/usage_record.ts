/** By what requests are told apart in the sums: few values each. */
export interface UsageLabel {
  /** name of the named key; "" for the owner of the proxy */
  readonly key: string;
  /** program that asked, without its version; "" when it did not say */
  readonly client: string;
  /** at the backend */
  readonly model: string;
  readonly dialect: string;
  /** to the backend: `websocket` or `sse` */
  readonly transport: string;
}

/** Counts that are summed. Times are sums of milliseconds. */
export interface UsageSums {
  readonly requests: number;
  /** of them those that ended with a problem or a status from 400 */
  readonly failed: number;
  /** of them those whose tokens nobody told */
  readonly unknown: number;
  /** of them those whose input is an estimate, because the answer was cut before the backend told it */
  readonly estimated: number;
  /** tokens, those from the prompt cache too */
  readonly input: number;
  readonly cached: number;
  /** tokens, those of the reasoning too */
  readonly output: number;
  readonly reasoning: number;
  /** requests with a first byte */
  readonly firsts: number;
  /** until the first byte, for those */
  readonly firstMs: number;
  /** of that what was spent here, before the request was sent to the backend */
  readonly ownFirstMs: number;
  readonly totalMs: number;
  /** of that what was spent here, before and after the backend's answer */
  readonly ownMs: number;
}

/** Names of {@linkcode UsageSums}, in one order. */
export const SUM_NAMES = [
  "requests",
  "failed",
  "unknown",
  "estimated",
  "input",
  "cached",
  "output",
  "reasoning",
  "firsts",
  "firstMs",
  "ownFirstMs",
  "totalMs",
  "ownMs",
] as const satisfies readonly (keyof UsageSums)[];

/** One request that was sent to the backend and is over. Times are whole milliseconds. */
export interface UsageRecord {
  readonly label: UsageLabel;
  /** when it was over */
  readonly atMs: number;
  readonly status: number;
  /** code of the problem it ended with */
  readonly problem: string | undefined;
  /** undefined when nobody told them */
  readonly tokens: UsageTokens | undefined;
  /** undefined when nothing came */
  readonly firstMs: number | undefined;
  readonly ownFirstMs: number;
  readonly totalMs: number;
  readonly ownMs: number;
}

/** What a request has used. */
export interface UsageTokens {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
  /** the backend did not tell them: the input is an estimate, the output 0 */
  readonly isEstimate: boolean;
}

/** The sums of the requests with one label. */
export interface LabelSums extends UsageSums {
  readonly label: UsageLabel;
}

/** The sums of one request. */
export function sumsOf(record: UsageRecord): UsageSums {
  const { tokens, status, problem, firstMs } = record;
  return {
    requests: 1,
    failed: status >= 400 || problem !== undefined ? 1 : 0,
    unknown: tokens === undefined ? 1 : 0,
    estimated: tokens?.isEstimate === true ? 1 : 0,
    input: tokens?.input ?? 0,
    cached: tokens?.cached ?? 0,
    output: tokens?.output ?? 0,
    reasoning: tokens?.reasoning ?? 0,
    firsts: firstMs === undefined ? 0 : 1,
    firstMs: firstMs ?? 0,
    ownFirstMs: firstMs === undefined ? 0 : record.ownFirstMs,
    totalMs: record.totalMs,
    ownMs: record.ownMs,
  };
}

/** Of nothing. */
export const NO_USE: UsageSums = {
  requests: 0,
  failed: 0,
  unknown: 0,
  estimated: 0,
  input: 0,
  cached: 0,
  output: 0,
  reasoning: 0,
  firsts: 0,
  firstMs: 0,
  ownFirstMs: 0,
  totalMs: 0,
  ownMs: 0,
};

/** Both together. */
export function addSums(one: UsageSums, other: UsageSums): UsageSums {
  const sum = { ...NO_USE };
  for (const name of SUM_NAMES) sum[name] = one[name] + other[name];
  return sum;
}
