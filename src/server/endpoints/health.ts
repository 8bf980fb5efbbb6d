import { jsonReply } from "../../wire/json_reply.ts";
import type { Endpoint } from "../endpoint.ts";
import { versionText } from "../../version.ts";
import type { MemoryState } from "../../conversations/memory_health.ts";

/** What readiness is judged by. */
export interface Readiness {
  /** undefined when requests can be authorized, else what is wrong, in one line */
  readonly credentialsProblem: string | undefined;
  /** when the backend answered last, and when it last could not be reached, by a clock that only goes forward; undefined for never */
  readonly lastAnswerMs: number | undefined;
  readonly lastFailureMs: number | undefined;
  readonly memory: MemoryState;
  /** why requests go by POST although a WebSocket was wanted; undefined when they do not */
  readonly postReason: string | undefined;
}

/**
 * `GET /health`: the program runs. Says nothing about anybody, so it needs no key. Who gives a `nonce` learns whether
 * this is the server of their user.
 */
export const showHealth: Endpoint = async ({ prove }, { url }) =>
  jsonReply({
    status: "ok",
    version: versionText(),
    proof: await prove(url.searchParams.get("nonce") ?? ""),
  });

/**
 * `GET /health/ready`: requests can succeed. 503 without usable credentials, when the last contact with the backend
 * failed, or when the memory cannot be reached. A memory that only cannot be written fails no request: `memory` says
 * why nothing is remembered.
 */
export const showReadiness: Endpoint = async (parts) => {
  const readiness = await parts.readiness();
  const credentials = parts.hide(readiness.credentialsProblem ?? "ok");
  const backend = backendState(readiness);
  const { trouble, onlyHere, isUnreachable } = readiness.memory;
  const memory = trouble ?? (onlyHere === undefined ? "ok" : `kept in this process only: ${onlyHere}`);
  const ready = credentials === "ok" && backend !== "unreachable" && !isUnreachable;
  const transport = readiness.postReason === undefined
    ? "as set"
    : `POST, since a WebSocket failed: ${parts.hide(readiness.postReason)}`;
  return jsonReply({ status: ready ? "ready" : "not ready", credentials, backend, memory, transport }, {
    status: ready ? 200 : 503,
  });
};

function backendState({ lastAnswerMs, lastFailureMs }: Readiness): "ok" | "unknown" | "unreachable" {
  if (lastAnswerMs === undefined && lastFailureMs === undefined) return "unknown";
  return (lastFailureMs ?? 0) > (lastAnswerMs ?? 0) ? "unreachable" : "ok";
}
