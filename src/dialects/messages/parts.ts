import { isRecord, type JsonObject, listAt, textAt } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";
import { textPart } from "../../ask/content.ts";
import { badField, optionalText, requiredText } from "../../ask/fields.ts";

/**
 * One block of a user's message, a tool's result or a document, as parts of the Responses API. Empty text makes no
 * part.
 *
 * @throws Problem bad_request or unsupported_parameter naming the block
 */
export function readParts(block: JsonObject, param: string): JsonObject[] {
  const type = requiredText(block, "type", `${param}.type`);
  switch (type) {
    case "text":
      return textParts(requiredText(block, "text", `${param}.text`));
    case "image":
      return [readImage(sourceOf(block, param), `${param}.source`)];
    case "document":
      return readDocument(block, param);
    case "search_result":
      return readSearchResult(block, param);
    case "tool_reference":
      // A client that searches among its own tools: all of them are sent at once, so the name is enough.
      return textParts(`Tool ${requiredText(block, "tool_name", `${param}.tool_name`)} is available.`);
    case "browser_state":
      return textParts(browserText(block));
    case "container_upload":
      throw uploadedFile(param);
    default:
      throw new Problem(
        "bad_request",
        `"${param}.type" is ${
          JSON.stringify(type.slice(0, 64))
        }: known here are "text", "image", "document" and ` +
          '"search_result"',
        { param: `${param}.type` },
      );
  }
}

function textParts(text: string): JsonObject[] {
  return text === "" ? [] : [textPart(text, "user")];
}

function sourceOf(block: JsonObject, param: string): JsonObject {
  const source = block["source"];
  if (!isRecord(source)) throw badField(`${param}.source`, source, "an object");
  if (source["type"] === "file" || source["file_id"] !== undefined) {
    throw uploadedFile(`${param}.source`);
  }
  return source;
}

function uploadedFile(param: string): Problem {
  return new Problem(
    "unsupported_parameter",
    `"${param}" names an uploaded file, which this backend cannot see`,
    { param, hint: 'Send the content itself, with a source of type "base64" or "url"' },
  );
}

/** The tabs of the client's browser after a call, and what the call changed. */
function browserText(block: JsonObject): string {
  const tabs = (listAt(block, "tabs") ?? []).filter(isRecord).map((tab) =>
    `- ${tab["active"] === true ? "(active) " : ""}${tab["tab_id"]}: ${tab["title"]} ${tab["url"]}`
  );
  const changes = (listAt(block, "state_changes") ?? []).map((change) => `- ${JSON.stringify(change)}`);
  return [
    tabs.length === 0 ? "No browser tabs are open." : "Open browser tabs:",
    ...tabs,
    ...(changes.length === 0 ? [] : ["Changes:", ...changes]),
  ].join("\n");
}

function readImage(source: JsonObject, param: string): JsonObject {
  return { type: "input_image", image_url: urlOf(source, param) ?? dataUrl(source, "image/png", param) };
}

/** The URL of a source that is one; undefined for one that holds its data. */
function urlOf(source: JsonObject, param: string): string | undefined {
  return source["type"] === "url" ? requiredText(source, "url", `${param}.url`) : undefined;
}

function dataUrl(source: JsonObject, defaultType: string, param: string): string {
  const type = requiredText(source, "type", `${param}.type`);
  if (type !== "base64") throw badField(`${param}.type`, type, '"base64" or "url"');
  const mediaType = optionalText(source, "media_type", `${param}.media_type`) ?? defaultType;
  return `data:${mediaType};base64,${requiredText(source, "data", `${param}.data`)}`;
}

/** A file, or the text of one. Its title becomes the file's name, its context a text in front. */
function readDocument(block: JsonObject, param: string): JsonObject[] {
  const source = sourceOf(block, param);
  const at = `${param}.source`;
  const title = optionalText(block, "title", `${param}.title`);
  const context = textParts(optionalText(block, "context", `${param}.context`) ?? "");
  if (source["type"] === "text") {
    return [...context, ...titled(title, requiredText(source, "data", `${at}.data`))];
  }
  if (source["type"] === "content") {
    const { content } = source;
    if (typeof content === "string") return [...context, ...titled(title, content)];
    if (!Array.isArray(content)) throw badField(`${at}.content`, content, "a string or an array of blocks");
    const parts = content.flatMap((part, index) => {
      if (!isRecord(part)) throw badField(`${at}.content[${index}]`, part, "an object");
      return readParts(part, `${at}.content[${index}]`);
    });
    return [...context, ...textParts(title ?? ""), ...parts];
  }
  const url = urlOf(source, at);
  if (url !== undefined) return [...context, { type: "input_file", file_url: url }];
  return [...context, {
    type: "input_file",
    // The backend refuses file data without a name.
    filename: title ?? "document.pdf",
    file_data: dataUrl(source, "application/pdf", at),
  }];
}

function readSearchResult(block: JsonObject, param: string): JsonObject[] {
  const { content } = block;
  if (!Array.isArray(content)) throw badField(`${param}.content`, content, "an array of text blocks");
  const text = content.map((part) => (isRecord(part) ? textAt(part, "text") ?? "" : "")).join("\n");
  const heading = [textAt(block, "title"), textAt(block, "source")].filter((line) => line !== undefined);
  return titled(heading.join("\n"), text);
}

function titled(title: string | undefined, text: string): JsonObject[] {
  return textParts(title === undefined || title === "" ? text : `${title}\n\n${text}`);
}
