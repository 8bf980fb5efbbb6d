/** The limits of the demo: they move with what is used, and never stand in the way. */

/** One window: its length, and the tokens that use about two thirds of it. */
interface Window {
  readonly minutes: number;
  readonly scaleTokens: number;
}

const WINDOWS = {
  primary: { minutes: 300, scaleTokens: 4000 },
  secondary: { minutes: 10_080, scaleTokens: 40_000 },
} as const satisfies Record<string, Window>;

const POSITIONS = ["primary", "secondary"] as const;

/** The plan that the demo tells. */
const PLAN = "demo";

/** The limits of a running demo. */
export interface DemoLimits {
  /** Counts an answer. */
  use(tokens: number): void;
  /** The `x-codex-*` headers of an answer (backend.md#limit-headers). */
  headers(): Record<string, string>;
  /** The answer of `GET …/wham/usage` (backend.md#usage-answer). */
  usage(): unknown;
}

/** Windows begin when the demo does, and again when they end. */
export function createDemoLimits(nowMs: () => number): DemoLimits {
  const state = Object.fromEntries(POSITIONS.map((position) => [position, { startMs: nowMs(), tokens: 0 }]));

  function read(position: typeof POSITIONS[number]) {
    const { minutes, scaleTokens } = WINDOWS[position];
    const lengthMs = minutes * 60_000;
    const window = state[position] ?? { startMs: nowMs(), tokens: 0 };
    if (nowMs() >= window.startMs + lengthMs) {
      window.startMs = nowMs();
      window.tokens = 0;
    }
    // Each token takes its share of what is left: nobody sees the end of it.
    const usedPercent = Math.min(99, Math.ceil(100 * (1 - Math.exp(-window.tokens / scaleTokens))));
    const resetMs = window.startMs + lengthMs;
    return {
      window,
      minutes,
      usedPercent,
      resetAt: Math.floor(resetMs / 1000),
      resetAfter: Math.ceil((resetMs - nowMs()) / 1000),
    };
  }

  return {
    use(tokens) {
      for (const position of POSITIONS) read(position).window.tokens += tokens;
    },
    headers() {
      const headers: Record<string, string> = {
        "x-codex-active-limit": "codex",
        "x-codex-plan-type": PLAN,
        "x-codex-credits-has-credits": "False",
        "x-codex-credits-unlimited": "False",
      };
      for (const position of POSITIONS) {
        const { minutes, usedPercent, resetAt, resetAfter } = read(position);
        headers[`x-codex-${position}-used-percent`] = `${usedPercent}`;
        headers[`x-codex-${position}-window-minutes`] = `${minutes}`;
        headers[`x-codex-${position}-reset-after-seconds`] = `${resetAfter}`;
        headers[`x-codex-${position}-reset-at`] = `${resetAt}`;
      }
      return headers;
    },
    usage() {
      const window = (position: typeof POSITIONS[number]) => {
        const { minutes, usedPercent, resetAt, resetAfter } = read(position);
        return {
          used_percent: usedPercent,
          limit_window_seconds: minutes * 60,
          reset_after_seconds: resetAfter,
          reset_at: resetAt,
        };
      };
      return {
        plan_type: PLAN,
        rate_limit: {
          allowed: true,
          limit_reached: false,
          primary_window: window("primary"),
          secondary_window: window("secondary"),
        },
        additional_rate_limits: [],
        code_review_rate_limit: null,
        credits: { has_credits: false, unlimited: false, balance: null },
        rate_limit_reset_credits: { available_count: 0 },
      };
    },
  };
}
