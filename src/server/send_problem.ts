import type { Problem } from "../problem.ts";
import { toOpenAiError } from "../dialects/openai_error.ts";

/** A problem as an HTTP answer in OpenAI's shape, with the headers that belong to it. */
export function problemResponse(problem: Problem): Response {
  return Response.json(toOpenAiError(problem), { status: problem.status, headers: problem.headers });
}
