import { jsonReply } from "../../wire/json_reply.ts";
import type { Endpoint } from "../endpoint.ts";

/** `GET …/usage/cache`: what the cache doctor saw of the caller's conversations. */
export const reportCache: Endpoint = ({ cacheDoctor }, { caller }) =>
  jsonReply({ object: "list", data: cacheDoctor.report(caller.owner) });
