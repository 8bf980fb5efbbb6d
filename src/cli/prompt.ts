import { errorText } from "../error_text.ts";
import { expandHome, type Place } from "../config/paths.ts";
import type { Settings } from "../config/settings.ts";
import { DEFAULT_PROMPT } from "../ask/prompt.ts";
import type { Log } from "../log.ts";
import type { Model } from "../models/catalogue.ts";
import { Problem } from "../problem.ts";

/** The instruction prompt in force. */
export interface PromptSource {
  /** The prompt for requests to a model, and where it came from. */
  describe(model: Model | undefined, settings: Settings): { readonly text: string; readonly origin: string };
  readonly forModel: (model: Model | undefined, settings: Settings) => string;
  /** Reads a prompt file again; a file that cannot be read leaves the last good text in force. */
  reload(): Promise<void>;
}

const FILE = "file:";

/**
 * The prompt that `codex.instructions` names: the built-in one, a file's text, a text of its own, or the real Codex
 * prompt of the model's catalogue entry.
 *
 * @throws Problem config when the file cannot be read
 */
export async function createPromptSource(options: {
  readonly settings: () => Settings;
  readonly place: Place;
  readonly readTextFile: (path: string) => Promise<string>;
  readonly log: Log;
}): Promise<PromptSource> {
  /** the file whose text is held */
  let held: { readonly setting: string; readonly text: string } | undefined;

  async function read(setting: string): Promise<void> {
    const text = await readPromptFile(setting, options.place, options.readTextFile);
    if (text !== undefined) held = { setting, text };
  }

  function describe(model: Model | undefined, settings: Settings): { text: string; origin: string } {
    const setting = settings["codex.instructions"];
    if (setting === "") return { text: DEFAULT_PROMPT, origin: "built in" };
    if (setting === "catalogue") {
      return model?.baseInstructions === undefined
        ? { text: DEFAULT_PROMPT, origin: "built in: the catalogue has none for this model" }
        : { text: model.baseInstructions, origin: "model catalogue" };
    }
    if (!setting.startsWith(FILE)) return { text: setting, origin: "codex.instructions" };
    return held === undefined
      ? { text: DEFAULT_PROMPT, origin: "built in: the file has not been read" }
      : { text: held.text, origin: held.setting.slice(FILE.length) };
  }

  await read(options.settings()["codex.instructions"]);
  return {
    describe,
    forModel: (model, settings) => describe(model, settings).text,
    async reload() {
      try {
        await read(options.settings()["codex.instructions"]);
      } catch (error) {
        options.log("error", errorText(error));
      }
    },
  };
}

/**
 * The text of the file that `codex.instructions` names; undefined when it names none.
 *
 * @throws Problem config when the file cannot be read
 */
export async function readPromptFile(
  setting: string,
  place: Place,
  readTextFile: (path: string) => Promise<string>,
): Promise<string | undefined> {
  if (!setting.startsWith(FILE)) return undefined;
  const path = expandHome(setting.slice(FILE.length), place);
  try {
    return (await readTextFile(path)).trim();
  } catch (error) {
    const isClosed = error instanceof Deno.errors.NotCapable;
    const reason = isClosed
      ? "it was not named when ccproxy started, which is when all other files are given up"
      : errorText(error);
    throw new Problem("config", `"codex.instructions" names a file that cannot be read: ${reason}`, {
      param: "codex.instructions",
      hint: isClosed
        ? "Start ccproxy again, or put the file into the directory of the settings file"
        : `Create "${path}", or correct codex.instructions`,
      cause: error,
    });
  }
}
