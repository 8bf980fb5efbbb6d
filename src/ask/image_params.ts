import { NOT_ACCEPTED, type ParameterTable } from "./params.ts";

/** The parameters of images/generations and images/edits, and what becomes of each (backend.md#images). */
export const IMAGE_PARAMETERS: ParameterTable = {
  model: { action: "translate", note: "Older picture models mean `gpt-image-2`" },
  prompt: { action: "forward", note: "Required" },
  image: { action: "translate", note: "Edits: one or up to 16 files, sent as data" },
  images: { action: "translate", note: "Edits as JSON: `image_url` with a data URL" },
  mask: { action: "translate", note: "Edits: a PNG of the size of the first picture" },
  size: { action: "forward", note: "`auto` or `WIDTHxHEIGHT`" },
  quality: { action: "translate", note: "`standard` is sent as `medium`, `hd` as `high`" },
  background: { action: "forward", note: "`auto`, `opaque` or `transparent`" },
  output_format: { action: "forward", note: "`png`, `jpeg` or `webp`" },
  n: { action: "emulate", note: "1 to 10, by as many requests; a few at once" },
  response_format: { action: "emulate", note: "`b64_json`, or `url` for a data URL" },
  stream: { action: "emulate", note: "One event for each finished picture" },
  partial_images: {
    action: "ignore",
    note: "The backend is not known to give previews here",
    harmless: (value) => value === 0,
  },
  moderation: { action: "ignore", note: NOT_ACCEPTED, harmless: (value) => value === "auto" },
  output_compression: { action: "ignore", note: NOT_ACCEPTED, harmless: (value) => value === 100 },
  input_fidelity: { action: "ignore", note: NOT_ACCEPTED },
  style: { action: "ignore", note: NOT_ACCEPTED },
  user: { action: "ignore", note: NOT_ACCEPTED },
};
