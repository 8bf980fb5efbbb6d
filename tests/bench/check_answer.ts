/** Looks at one answer of a lane before it is measured: a fast wrong answer is worth nothing. Pure. */
import type { LaneName } from "./candidates.ts";

interface SeenEvent {
  readonly type?: string;
  readonly delta?: string;
  readonly response?: {
    readonly output?: readonly { readonly content?: readonly { readonly text?: string }[] }[];
  };
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string };
    readonly message?: { readonly content?: string };
    readonly finish_reason?: string | null;
  }[];
}

function events(body: string): SeenEvent[] {
  return body.split("\n\n").flatMap((block) => {
    const data = block.split("\n").find((line) => line.startsWith("data: "))?.slice(6);
    return data === undefined || data === "[DONE]" ? [] : [JSON.parse(data)];
  });
}

/**
 * @param text what the model said
 * @param direct the upstream's own bytes, as text
 * @throws Error saying what is wrong
 */
export function checkAnswer(lane: LaneName, body: string, text: string, direct: string): void {
  function expect(right: boolean, wrong: string): void {
    if (!right) throw new Error(`${wrong}; the answer begins with ${JSON.stringify(body.slice(0, 300))}`);
  }
  if (lane === "filtered") {
    const seen = events(body);
    const said = seen.map((event) => event.type === "response.output_text.delta" ? event.delta ?? "" : "")
      .join("");
    expect(said === text, `expected the deltas to make ${text.length} characters, found ${said.length}`);
    const last = seen.at(-1);
    expect(
      last?.type === "response.completed",
      `expected response.completed at the end, found ${last?.type}`,
    );
    const output = last?.response?.output?.[0]?.content?.[0]?.text;
    expect(output === text, "expected the output of response.completed to be rebuilt");
    expect(!body.includes("codex.rate_limits"), "expected vendor frames to be dropped");
  } else if (lane === "translated") {
    const seen = events(body);
    const said = seen.map((event) => event.choices?.[0]?.delta?.content ?? "").join("");
    expect(said === text, `expected the chunks to make ${text.length} characters, found ${said.length}`);
    expect(seen.some((event) => event.choices?.[0]?.finish_reason === "stop"), "expected a finish reason");
    expect(body.endsWith("data: [DONE]\n\n"), "expected [DONE] at the end");
  } else if (lane === "aggregated") {
    const answer: SeenEvent = JSON.parse(body);
    expect(answer.choices?.[0]?.message?.content === text, "expected the message to hold the whole text");
  } else {
    expect(body === direct, "expected the upstream's bytes untouched");
  }
}
