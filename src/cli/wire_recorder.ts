import { errorText } from "../error_text.ts";
import type { LiveCatalogue } from "../models/live.ts";
import { createRecorder, type Recorder } from "../server/recorder.ts";
import { VERSION } from "../version.ts";
import type { PromptSource } from "./prompt.ts";
import type { WireParts } from "./wire_backend.ts";

/** The recorder of `serve --record`; undefined when nothing is to be recorded. */
export async function wireRecorder(
  { world, log }: WireParts,
  folder: string | undefined,
  prompt: PromptSource,
  catalogue: LiveCatalogue,
): Promise<Recorder | undefined> {
  if (folder === undefined) return undefined;
  return await createRecorder({
    write: (path, text) => writeRecorded(`${folder}/${path}`, text),
    prompt: (slug, settings) =>
      prompt.forModel(catalogue.current().models.find((model) => model.slug === slug), settings),
    hide: world.secrets.hide,
    version: VERSION,
    nowMs: () => world.now(),
    onError: (error) =>
      log("warn", "an exchange was not recorded", {
        error: errorText(error),
      }),
  });
}

/** Recordings are redacted, but still nobody else's business. */
async function writeRecorded(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}
