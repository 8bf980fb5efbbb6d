import { Problem } from "../problem.ts";

/** A model that makes pictures or reads speech: it has an endpoint of its own and is in no catalogue. */
export interface MediaModel {
  readonly id: string;
  readonly kind: "image" | "transcription";
  readonly displayName: string;
}

/** The picture models of the backend (backend.md#images), the usual one first. */
const IMAGE_MODELS = ["gpt-image-2", "gpt-image-2.5-flare", "gpt-image-2.5-sunburst"] as const;
/** Names that mean the usual picture model: what clients ask for that are older than it. */
const OLDER_IMAGE_MODELS = /^(?:dall-e-[23]|gpt-image-1(?:\.5|-mini)?|chatgpt-image-latest)$/;
/** Names under which speech becomes text (backend.md#transcribe). The backend takes no model here. */
const TRANSCRIPTION_MODELS = ["gpt-4o-transcribe", "whisper-1"] as const;

/** All of them, in the order of the list. */
export const MEDIA_MODELS: readonly MediaModel[] = [
  { id: "gpt-image-2", kind: "image", displayName: "GPT Image 2" },
  { id: "gpt-image-2.5-flare", kind: "image", displayName: "GPT Image 2.5 Flare" },
  { id: "gpt-image-2.5-sunburst", kind: "image", displayName: "GPT Image 2.5 Sunburst" },
  { id: "gpt-4o-transcribe", kind: "transcription", displayName: "GPT-4o Transcribe" },
  { id: "whisper-1", kind: "transcription", displayName: "Whisper" },
];

/** Those that requests may use. @param transcription `codex.transcription` */
export function servedMedia(models: readonly MediaModel[], transcription: boolean): MediaModel[] {
  return models.filter(({ kind }) => kind === "image" || transcription);
}

/** The entry of a name; undefined for every other model. */
export function findMediaModel(name: string): MediaModel | undefined {
  return MEDIA_MODELS.find(({ id }) => id === name);
}

/**
 * The picture model for the name of a request; none means the usual one.
 *
 * @param aliases `codex.model_aliases`, without patterns
 * @throws Problem model_not_available
 */
export function resolveImageModel(
  asked: string | undefined,
  aliases: Readonly<Record<string, string>>,
): string {
  const name = bareName(asked, aliases);
  if (name === "" || OLDER_IMAGE_MODELS.test(name)) return IMAGE_MODELS[0];
  return oneOf(name, IMAGE_MODELS, "pictures are made");
}

/** The transcription model for the name of a request. @throws Problem model_not_available */
export function resolveTranscriptionModel(
  asked: string | undefined,
  aliases: Readonly<Record<string, string>>,
): string {
  const name = bareName(asked, aliases);
  return name === "" ? TRANSCRIPTION_MODELS[0] : oneOf(name, TRANSCRIPTION_MODELS, "speech is read");
}

function bareName(asked: string | undefined, aliases: Readonly<Record<string, string>>): string {
  const name = asked?.trim().replace(/^openai[/:]/i, "") ?? "";
  return Object.hasOwn(aliases, name) ? aliases[name]?.trim() ?? "" : name;
}

function oneOf(name: string, models: readonly string[], what: string): string {
  if (models.includes(name)) return name;
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  const list = models.map((model) => `"${model}"`).join(", ");
  throw new Problem("model_not_available", `${JSON.stringify(shown)}: ${what} by ${list}`, {
    param: "model",
    hint: `Use one of them, or name one in codex.model_aliases`,
  });
}
