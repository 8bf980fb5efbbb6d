import { compareVersions } from "../semver.ts";
import { sha256Hex } from "../sha256.ts";
import { isRecord, type JsonObject, listAt, textAt } from "../wire/json.ts";
import type { BackendModel } from "./body_rules.ts";

/** Behind every name: clients that look how a name begins take it for the model it stands for. */
const MARK = "-demo";

/** The name of a model in the demo. */
export function demoSlug(slug: string): string {
  return slug.endsWith(MARK) ? slug : slug + MARK;
}

/** The list of the demo, as `GET …/models` gives it and as the rules read it. */
export interface DemoModels {
  readonly etag: string;
  /** the list for a client of this version: newer models are left out, as the backend does (backend.md#version-gate) */
  entriesFor(version: string): readonly JsonObject[];
  /** what the rules read; a Codex client asks for models by the names that it brings along, so those count too */
  readonly rules: readonly BackendModel[];
}

/** Makes the list of these entries of a catalogue (backend.md#models-answer), each marked as a demo; hidden ones are left out. */
export function toDemoModels(catalogue: readonly JsonObject[]): DemoModels {
  const entries = catalogue.filter((entry) => entry["visibility"] !== "hide").map((entry): JsonObject => ({
    ...entry,
    slug: demoSlug(slugOf(entry)),
    display_name: `${textAt(entry, "display_name") ?? slugOf(entry)} (demo)`,
    description: "No model: the demo of ccproxy answers",
  }));
  return {
    etag: `W/"${sha256Hex(JSON.stringify(entries)).slice(0, 16)}"`,
    entriesFor: (version) => entries.filter((entry) => compareVersions(version, leastVersion(entry)) >= 0),
    rules: [...catalogue, ...entries].map((entry) => ({
      slug: slugOf(entry),
      minimal_client_version: leastVersion(entry),
      use_responses_lite: entry["use_responses_lite"] === true,
      supported_reasoning_levels: (listAt(entry, "supported_reasoning_levels") ?? []).filter(isRecord)
        .map((level) => ({ effort: textAt(level, "effort") ?? "" })),
    })),
  };
}

function slugOf(entry: JsonObject): string {
  return textAt(entry, "slug") ?? "";
}

function leastVersion(entry: JsonObject): string {
  return textAt(entry, "minimal_client_version") ?? "0.0.0";
}
