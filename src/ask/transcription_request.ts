import { Problem } from "../problem.ts";
import { type FormPart, partText } from "../wire/multipart.ts";
import { soundType } from "./sound.ts";

/** A request for the text of speech that has been read. */
export interface TranscriptionRequest {
  readonly model: string | undefined;
  readonly prompt: string | undefined;
  readonly format: "json" | "text" | "verbose_json";
  readonly stream: boolean;
  readonly file: { readonly bytes: Uint8Array; readonly name: string; readonly type: string };
  /** parameters without effect */
  readonly ignored: readonly string[];
}

/** Bytes of a recording: the public API's own limit. */
const SOUND_LIMIT_BYTES = 25 * 1024 * 1024;
const FORMATS = ["json", "text", "verbose_json"] as const;
/** What is read here; everything else of the public API has no effect at this backend (backend.md#transcribe). */
const KNOWN: ReadonlySet<string> = new Set(["file", "model", "prompt", "response_format", "stream"]);

/**
 * Reads the form of audio/transcriptions.
 *
 * @param blocks `codex.unsupported_params` is "block"
 * @throws Problem bad_request, unsupported_parameter
 * @see https://platform.openai.com/docs/api-reference/audio/createTranscription
 */
export function readTranscriptionRequest(parts: readonly FormPart[], blocks: boolean): TranscriptionRequest {
  const text = (name: string) => {
    const part = parts.find((each) => each.name === name);
    return part === undefined ? undefined : partText(part);
  };
  const asked = text("response_format") ?? "json";
  const format = FORMATS.find((each) => each === asked);
  if (format === undefined) {
    throw new Problem(
      "unsupported_parameter",
      `"response_format" must be "json", "text" or "verbose_json": found ${
        JSON.stringify(asked.slice(0, 60))
      }; the backend tells no times`,
      { param: "response_format" },
    );
  }
  const times = parts.find(({ name }) => /^timestamp_granularities(?:\[\])?$/.test(name));
  if (times !== undefined) {
    throw new Problem(
      "unsupported_parameter",
      `"timestamp_granularities" must be left out: the backend tells no times`,
      {
        param: "timestamp_granularities",
      },
    );
  }
  const ignored = [...new Set(parts.map(({ name }) => name).filter((name) => !KNOWN.has(name)))];
  if (blocks && ignored.length > 0) {
    const shown = JSON.stringify(ignored[0]?.slice(0, 60));
    throw new Problem("unsupported_parameter", `the backend does not accept ${shown}`, { param: ignored[0] });
  }
  return {
    model: text("model"),
    prompt: text("prompt"),
    format,
    stream: text("stream") === "true",
    file: readFile(parts.find(({ name }) => name === "file")),
    ignored,
  };
}

function readFile(part: FormPart | undefined): TranscriptionRequest["file"] {
  const wrong = (found: string) =>
    new Problem("bad_request", `"file" must be a recording of at most 25 MiB: found ${found}`, {
      param: "file",
    });
  if (part === undefined) throw wrong("none");
  if (part.filename === undefined) throw wrong("a text");
  const { bytes } = part;
  if (bytes.length === 0) throw wrong("an empty file");
  if (bytes.length > SOUND_LIMIT_BYTES) throw wrong(`${Math.ceil(bytes.length / 1024 / 1024)} MiB`);
  const type = soundType(bytes);
  if (type === undefined) throw wrong("bytes that are none of flac, mp3, mp4, m4a, ogg, wav and webm");
  return { bytes, name: part.filename, type };
}
