/** What the backend refuses in message content: text, images, files (backend.md#content-forms). */
import { isRecord, type JsonObject } from "../wire/json.ts";
import { firstOf, invalid, missing, notAmong, type Refusal, unknownKey, wrongType } from "./refusal.ts";

/** Checks one part of the content of a message, or of the output of a tool. */
export function refusePart(part: unknown, ofAssistant: boolean, at: string): Refusal | undefined {
  if (!isRecord(part)) return wrongType(part, "object", at);
  const allowed = ofAssistant ? ["output_text", "refusal"] : ["input_text", "input_image", "input_file"];
  return firstOf(() => notAmong(part["type"], allowed, `${at}.type`), () => {
    switch (part["type"]) {
      case "input_text":
        return unknownKey(part, ["type", "text"], at) ?? wrongType(part["text"], "string", `${at}.text`);
      case "output_text":
        return unknownKey(part, ["type", "text", "annotations", "logprobs"], at) ??
          wrongType(part["text"], "string", `${at}.text`);
      case "refusal":
        return unknownKey(part, ["type", "refusal"], at);
      case "input_image":
        return refuseImage(part, at);
      default:
        return refuseFile(part, at);
    }
  });
}

function refuseImage(part: JsonObject, at: string): Refusal | undefined {
  const url = part["image_url"];
  return firstOf(
    () =>
      (part["file_id"] ?? null) === null
        ? undefined
        : invalid("Input images by 'file_id' are not supported.", `${at}.file_id`),
    () => unknownKey(part, ["type", "image_url", "detail", "file_id"], at),
    () => wrongType(url, "string", `${at}.image_url`),
    () =>
      /^(https?:\/\/|data:image\/(png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=]+$)/.test(`${url}`)
        ? undefined
        : invalid(
          `Invalid '${at}.image_url'. Expected a valid URL, but got a value with an invalid format.`,
          `${at}.image_url`,
          "invalid_value",
        ),
    () =>
      part["detail"] === undefined
        ? undefined
        : notAmong(part["detail"], ["low", "high", "auto", "original"], `${at}.detail`),
  );
}

function refuseFile(part: JsonObject, at: string): Refusal | undefined {
  return firstOf(
    () =>
      (part["file_id"] ?? null) === null
        ? undefined
        : invalid("Input files by 'file_id' are not supported.", `${at}.file_id`),
    () => unknownKey(part, ["type", "filename", "file_data", "file_url", "file_id", "detail"], at),
    () =>
      part["file_data"] === undefined && part["file_url"] === undefined
        ? missing(`${at}.file_data`)
        : undefined,
    () =>
      part["file_data"] !== undefined && part["filename"] === undefined
        ? missing(`${at}.filename`)
        : undefined,
    () =>
      part["file_data"] === undefined || /^data:[\w.+-]+\/[\w.+-]+;base64,/.test(`${part["file_data"]}`)
        ? undefined
        : invalid(
          `Invalid '${at}.file_data'. Expected a base64-encoded data URL with a MIME type (e.g. 'data:application/pdf;base64,aGVsbG8='), but got a value without the 'data:' prefix.`,
          `${at}.file_data`,
          "invalid_value",
        ),
  );
}
