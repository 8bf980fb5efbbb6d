/** What several client scripts ask for. */

/** A tool as the SDKs take it, without `strict`. */
export const WEATHER = {
  name: "get_weather",
  description: "Tells the weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

/** The schema of the answers to `[json]`, in strict form. */
export const SCHEMA = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "number" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};

/** A response format that the OpenAI SDK parses, marked as its zod helper marks one: by keys that are not sent. */
export function parseable(format) {
  return Object.defineProperties({ ...format }, {
    $brand: { value: "auto-parseable-response-format", enumerable: false },
    $parseRaw: { value: JSON.parse, enumerable: false },
  });
}

/** A picture of one pixel, in base64. */
export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** What the model says of `[look]` with one picture. */
export const SEEN = "I see 1 pictures and 0 files";
