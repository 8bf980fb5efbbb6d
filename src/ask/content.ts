import { defined, isRecord, type JsonObject, typeName } from "../wire/json.ts";
import type { InputItem } from "../wire/responses.ts";
import { Problem } from "../problem.ts";
import { badField, optionalText, requiredText } from "./fields.ts";

/**
 * Message content of both APIs, read into the parts of the Responses API.
 *
 * Only the fields that the backend knows are taken over: it refuses others (`prompt_cache_breakpoint`), and cache
 * marks of other vendors mean nothing to it.
 */

/**
 * Parts of a message from the client's `content`: a text, a list of parts, or nothing.
 *
 * @param role `assistant` makes output parts, any other role input parts
 * @throws Problem bad_request or unsupported_parameter naming the part
 */
export function readContent(content: unknown, role: string, param: string): JsonObject[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return content === "" ? [] : [textPart(content, role)];
  if (!Array.isArray(content)) throw badField(param, content, "a string or an array of parts");
  return content.map((part, index) => readPart(part, role, `${param}[${index}]`));
}

/** The parts of a user's message: never none, because a turn of the user is a turn even when it is empty. */
export function readUserContent(content: unknown, param: string): JsonObject[] {
  const parts = readContent(content, "user", param);
  return parts.length === 0 ? [textPart("", "user")] : parts;
}

/** A text part: `output_text` for the assistant, `input_text` for everybody else. */
export function textPart(text: string, role: string): JsonObject {
  return { type: role === "assistant" ? "output_text" : "input_text", text };
}

/** A message, or nothing when it has no content: an empty assistant message is no item (translation.md#t24). */
export function messageItem(role: string, content: JsonObject[], more: JsonObject = {}): InputItem[] {
  return content.length === 0 ? [] : [{ ...more, type: "message", role, content }];
}

/** A developer message with this text; none for an empty one. */
export function developerMessage(text: string): InputItem[] {
  return text === "" ? [] : messageItem("developer", [textPart(text, "developer")]);
}

function readPart(part: unknown, role: string, param: string): JsonObject {
  if (typeof part === "string") return textPart(part, role);
  if (!isRecord(part)) throw badField(param, part, "an object");
  const type = requiredText(part, "type", `${param}.type`);
  switch (type) {
    case "text":
    case "input_text":
    case "output_text":
    case "summary_text":
      return textPart(requiredText(part, "text", `${param}.text`), role);
    case "refusal":
      return { type: "refusal", refusal: requiredText(part, "refusal", `${param}.refusal`) };
    case "image_url":
    case "input_image":
      return readImage(part, param);
    case "image":
      return { type: "input_image", image_url: dataUrl(part, "data", "image/png", param) };
    case "resource":
      return readResource(part, param);
    case "resource_link":
      return textPart(JSON.stringify(part), role);
    case "file":
    case "input_file":
      return readFile(part, param);
    case "input_audio":
      throw new Problem(
        "unsupported_parameter",
        `"${param}" is audio: the backend takes text, images and files`,
        { param, hint: "Send its transcript as text" },
      );
    default:
      throw new Problem(
        "bad_request",
        `"${param}.type" is ${JSON.stringify(type)}: known are text, image and file parts`,
        {
          param: `${param}.type`,
        },
      );
  }
}

/** `image_url` is an object in Chat Completions and a string in Responses; both are seen in both. */
function readImage(part: JsonObject, param: string): JsonObject {
  refuseFileId(part, param);
  const holder = isRecord(part["image_url"]) ? part["image_url"] : part;
  const url = holder === part ? part["image_url"] : holder["url"];
  if (typeof url !== "string" || url === "") {
    throw badField(
      holder === part ? `${param}.image_url` : `${param}.image_url.url`,
      url,
      "a URL or a data URL",
    );
  }
  const detail = optionalText(holder, "detail", `${param}.detail`) ??
    optionalText(part, "detail", `${param}.detail`);
  return defined({ type: "input_image", image_url: url, detail });
}

/**
 * A resource of an MCP server: its text, its picture, or its file.
 *
 * @see https://modelcontextprotocol.io/specification/2025-06-18/server/tools#tool-result
 */
function readResource(part: JsonObject, param: string): JsonObject {
  const at = `${param}.resource`;
  const { resource } = part;
  if (!isRecord(resource)) throw badField(at, resource, "an object");
  const text = optionalText(resource, "text", `${at}.text`);
  if (text !== undefined) return textPart(text, "user");
  const url = dataUrl(resource, "blob", "application/octet-stream", at);
  if (url.startsWith("data:image/")) return { type: "input_image", image_url: url };
  const name = optionalText(resource, "uri", `${at}.uri`)?.split("/").at(-1);
  return defined({ type: "input_file", filename: name, file_data: url });
}

/** Base64 with its `mimeType`, as MCP has it, as a data URL. */
function dataUrl(holder: JsonObject, key: string, otherwise: string, param: string): string {
  const data = requiredText(holder, key, `${param}.${key}`);
  return `data:${optionalText(holder, "mimeType", `${param}.mimeType`) ?? otherwise};base64,${data}`;
}

function readFile(part: JsonObject, param: string): JsonObject {
  const file = isRecord(part["file"]) ? part["file"] : part;
  const at = file === part ? param : `${param}.file`;
  refuseFileId(file, at);
  const [url, data, name] = ["file_url", "file_data", "filename"].map((key) =>
    optionalText(file, key, `${at}.${key}`)
  );
  if (url === undefined && data === undefined) {
    throw new Problem("bad_request", `"${at}" must have "file_data" or "file_url": found neither`, {
      param: at,
    });
  }
  return defined({ type: "input_file", filename: name, file_data: data, file_url: url });
}

/** Uploaded files live on the OpenAI platform; the ChatGPT backend cannot see them. */
function refuseFileId(holder: JsonObject, param: string): void {
  if (holder["file_id"] === undefined || holder["file_id"] === null) return;
  throw new Problem(
    "unsupported_parameter",
    `"${param}.file_id" names an uploaded file, which this backend cannot see`,
    { param: `${param}.file_id`, hint: "Send the content itself, as a data URL or file_data" },
  );
}

/**
 * The output of a tool as the backend takes it: a text stays a text, one text part becomes a text, anything more is
 * a list of parts (images become `input_image`).
 *
 * @throws Problem bad_request naming the part
 */
export function readToolOutput(output: unknown, param: string): string | JsonObject[] {
  if (typeof output === "string") return output;
  if (output === undefined || output === null) return "";
  // Seen from several frameworks: a result object where the API wants text. Nothing is lost by writing it as JSON.
  if (!Array.isArray(output)) return typeName(output) === "object" ? JSON.stringify(output) : String(output);
  if (output.length === 0) return "";
  if (!output.every((part) => isRecord(part) && typeof part["type"] === "string")) {
    return JSON.stringify(output);
  }
  const parts = output.map((part, index) => readPart(part, "user", `${param}[${index}]`));
  const [first] = parts;
  if (parts.length === 1 && first?.["type"] === "input_text" && typeof first["text"] === "string") {
    return first["text"];
  }
  return parts;
}
