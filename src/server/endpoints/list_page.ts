import type { JsonObject } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";

/** Which part of a list is asked for. */
export interface PageQuery {
  readonly limit: number;
  readonly order: "asc" | "desc";
  /** id of the item behind which the page begins */
  readonly after: string | undefined;
  /** names of what is only shown on request, e.g. `reasoning.encrypted_content` */
  readonly include: ReadonlySet<string>;
}

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

/** Reads `limit`, `order`, `after` and `include`, with OpenAI's defaults and bounds. @throws Problem bad_request */
export function readPageQuery({ searchParams: query }: URL): PageQuery {
  const limit = Number(query.get("limit") ?? LIMIT_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new Problem("bad_request", `"limit" must be a whole number from 1 to ${LIMIT_MAX}`, {
      param: "limit",
    });
  }
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") {
    throw new Problem("bad_request", '"order" must be "asc" or "desc"', { param: "order" });
  }
  return { limit, order, after: query.get("after") ?? undefined, include: readInclude(query) };
}

/** `include` in the spellings of the SDKs: repeated, with brackets, or with commas. */
export function readInclude(query: URLSearchParams): ReadonlySet<string> {
  const values = [...query.getAll("include"), ...query.getAll("include[]")];
  return new Set(values.flatMap((value) => value.split(",")));
}

/**
 * One page of a list, in OpenAI's shape.
 *
 * @param items all of them, the oldest first, each with an id
 * @throws Problem item_not_found when there is no item to begin behind
 * @see https://platform.openai.com/docs/api-reference/responses/input-items
 */
export function toPage(items: readonly JsonObject[], { limit, order, after }: PageQuery): JsonObject {
  const ordered = order === "asc" ? items : [...items].reverse();
  const at = after === undefined ? -1 : ordered.findIndex((item) => item["id"] === after);
  if (after !== undefined && at === -1) {
    throw new Problem(
      "item_not_found",
      `"after" names no item of this list: found ${JSON.stringify(after)}`,
      { param: "after" },
    );
  }
  return toList(ordered.slice(at + 1, at + 1 + limit), at + 1 + limit < ordered.length);
}

/** A list in OpenAI's shape. Its ids are texts, also where it is empty, never null (clients.md#required-keys). */
export function toList(data: readonly JsonObject[], hasMore: boolean): JsonObject {
  return {
    object: "list",
    data,
    first_id: data[0]?.["id"] ?? "",
    last_id: data.at(-1)?.["id"] ?? "",
    has_more: hasMore,
  };
}
