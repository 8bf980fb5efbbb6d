import { NESTING_LIMIT } from "../../bounds.ts";
import { Problem } from "../../problem.ts";
import { isRecord, isTooDeep, type JsonObject, typeName } from "../../wire/json.ts";

/** A message of a client, read. */
export type ClientMessage =
  | {
    readonly type: "response.create";
    /** the body that a POST would have: everything but what only a message has */
    readonly body: JsonObject;
    /** undefined for the lane that all share who name none */
    readonly lane: string | undefined;
    /** false: only the beginning of a conversation, nothing is asked */
    readonly generates: boolean;
  }
  | { readonly type: "response.cancel"; readonly lane: string | undefined }
  | { readonly type: "response.steer"; readonly lane: string | undefined; readonly message: JsonObject }
  | { readonly type: "response.processed" };

const KNOWN = "response.create, response.cancel, response.steer and response.processed";
/** The longest `stream_id`, in characters. */
const LANE_LENGTH = 128;

/**
 * Reads one message that was parsed (websocket.md#ws-protocol).
 *
 * @throws Problem bad_request saying what was found and what is needed
 */
export function readMessage(message: JsonObject): ClientMessage {
  const { type } = message;
  const lane = readLane(message["stream_id"]);
  switch (type) {
    case "response.create":
      return readCreate(message, lane);
    case "response.cancel":
      return { type, lane };
    case "response.steer":
      return { type, lane, message };
    case "response.processed":
      return { type };
    default: {
      const found = typeof type === "string" ? JSON.stringify(type.slice(0, 100)) : typeName(type);
      throw new Problem("bad_request", `"type" must be one of ${KNOWN}: found ${found}`, { param: "type" });
    }
  }
}

function readCreate(message: JsonObject, lane: string | undefined): ClientMessage {
  const { type: _, stream_id: __, generate = true, stream_options: ___, background, ...body } = message;
  if (typeof generate !== "boolean") {
    throw new Problem("bad_request", `"generate" must be true or false: found ${typeName(generate)}`, {
      param: "generate",
    });
  }
  if (background === true) {
    throw new Problem("bad_request", '"background" must not be true over WebSocket', {
      param: "background",
      hint: "Send it with POST",
    });
  }
  return { type: "response.create", body: { ...body, stream: true }, lane, generates: generate };
}

function readLane(id: unknown): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id === "string" && id !== "" && id.length <= LANE_LENGTH) return id;
  const found = typeof id === "string" ? `${id.length} characters` : typeName(id);
  throw new Problem(
    "bad_request",
    `"stream_id" must be a text of 1 to ${LANE_LENGTH} characters: found ${found}`,
    { param: "stream_id" },
  );
}

/** The object in a message, as the socket gave it. @throws Problem bad_request */
export function parseMessage(data: unknown): JsonObject {
  if (typeof data !== "string") {
    throw new Problem("bad_request", "a message must be text with a JSON object: found a binary one");
  }
  if (isTooDeep(data)) {
    throw new Problem("bad_request", `the JSON is nested too deeply: the limit is ${NESTING_LIMIT} levels`);
  }
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (error) {
    // The error quotes the message, which may be a prompt.
    throw new Problem("bad_request", "the message is not valid JSON", { cause: error });
  }
  if (isRecord(value)) return value;
  throw new Problem("bad_request", `a message must be a JSON object: found ${typeName(value)}`);
}
