import { isRecord, type JsonObject, numberAt } from "../../wire/json.ts";

/**
 * A citation of a Responses text part in the form of Chat Completions.
 *
 * @param offset code points of content before the part: its indexes count from the start of the part, those of chat
 * from the start of the whole content
 * @returns undefined for kinds that Chat Completions does not know
 * @see https://platform.openai.com/docs/guides/tools-web-search#output-and-citations
 */
export function toChatAnnotation(annotation: unknown, offset: number): JsonObject | undefined {
  if (!isRecord(annotation) || annotation["type"] !== "url_citation") return undefined;
  return {
    type: "url_citation",
    url_citation: {
      start_index: (numberAt(annotation, "start_index") ?? 0) + offset,
      end_index: (numberAt(annotation, "end_index") ?? 0) + offset,
      title: annotation["title"] ?? "",
      url: annotation["url"] ?? "",
    },
  };
}
