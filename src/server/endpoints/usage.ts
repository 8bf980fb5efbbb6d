import { jsonReply } from "../../wire/json_reply.ts";
import { toCodexUsage } from "../../upstream/codex_usage.ts";
import type { Endpoint } from "../endpoint.ts";

/** `GET /codex/usage` and `/api/codex/usage`: the account's limits in the form the Codex CLI reads. */
export const showUsage: Endpoint = async ({ limits, nowMs }) =>
  jsonReply(toCodexUsage(await limits(), nowMs()));
