import { dataOf } from "../e2e/setup.ts";

/** The way of an answer: the dialect of the client, streamed or whole; `opaque` is a Codex client's own stream. */
export type Lane =
  | "opaque"
  | "responses stream"
  | "chat stream"
  | "messages stream"
  | "completions stream"
  | "responses whole"
  | "chat whole"
  | "messages whole"
  | "completions whole";

/** Every lane that reads the backend's answer, that is, all but the opaque one. */
export const READ_LANES: readonly Lane[] = [
  "responses stream",
  "chat stream",
  "messages stream",
  "completions stream",
  "responses whole",
  "chat whole",
  "messages whole",
  "completions whole",
];

/** The lanes of {@linkcode READ_LANES} that stream. */
export const STREAM_LANES: readonly Lane[] = READ_LANES.filter((lane) => lane.endsWith("stream"));

/** Every lane. */
export const ALL_LANES: readonly Lane[] = ["opaque", ...READ_LANES];

/** How an answer ended, as its client sees it; `both` says that it failed and that it was complete. */
export type Ending = "complete" | "failed" | "cut" | "broken" | "both";

/** A request on a lane. */
export interface LaneRequest {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Record<string, unknown>;
}

/** The session that a lane's request belongs to; undefined for the opaque lane, which has none. */
export function sessionOf(lane: Lane): string | undefined {
  return lane === "opaque" ? undefined : lane.replace(" ", "-");
}

/** The text that tells the backend which lane a request came by. */
export function markOf(lane: Lane): string {
  return `by lane ${lane.replace(" ", "-")};`;
}

/** The request of a lane, on a session of its own. */
export function requestOf(lane: Lane): LaneRequest {
  const text = markOf(lane);
  const [dialect, way] = lane.split(" ");
  const stream = way === "stream";
  const path = (tail: string) => `/codex/${sessionOf(lane)}/v1/${tail}`;
  switch (dialect) {
    case "opaque": {
      const input = [{ type: "message", role: "user", content: [{ type: "input_text", text }] }];
      return {
        path: "/v1/responses",
        headers: { originator: "codex_exec" },
        body: { model: "gpt-5.5", stream: true, store: false, input },
      };
    }
    case "responses":
      return { path: path("responses"), headers: {}, body: { input: text, stream } };
    case "messages": {
      const messages = [{ role: "user", content: text }];
      return {
        path: path("messages"),
        headers: { "anthropic-version": "2023-06-01" },
        body: { model: "claude-sonnet-4-5", max_tokens: 1000, messages, stream },
      };
    }
    case "completions":
      return { path: path("completions"), headers: {}, body: { model: "gpt-5.5", prompt: text, stream } };
    default: {
      const messages = [{ role: "user", content: text }];
      return { path: path("chat/completions"), headers: {}, body: { model: "gpt-5.5", messages, stream } };
    }
  }
}

/** How an answer with this status and text ended. */
export function endingOf(lane: Lane, status: number, text: string, broken: boolean): Ending {
  if (status >= 400) return "failed";
  if (broken) return "broken";
  if (lane.endsWith("whole")) return "complete";
  const { failed, complete } = signsOf(lane, dataOf(text.replaceAll(/\r\n?/g, "\n")));
  if (failed && complete) return "both";
  return failed ? "failed" : complete ? "complete" : "cut";
}

function signsOf(lane: Lane, data: readonly string[]): { failed: boolean; complete: boolean } {
  const values = data.filter((text) => text !== "[DONE]").map(parse);
  const types = values.map((value) => value["type"]);
  switch (lane.split(" ")[0]) {
    case "messages":
      return { failed: types.includes("error"), complete: types.includes("message_stop") };
    case "chat":
    case "completions": {
      const choices = values.flatMap((value) => Array.isArray(value["choices"]) ? value["choices"] : []);
      return {
        failed: values.some((value) => value["error"] !== undefined),
        complete: choices.some((choice) =>
          choice.finish_reason !== null && choice.finish_reason !== undefined
        ),
      };
    }
    default:
      return {
        failed: types.includes("error") || types.includes("response.failed"),
        complete: types.includes("response.completed") || types.includes("response.incomplete"),
      };
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
