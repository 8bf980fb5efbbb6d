/**
 * What the backend refuses in the body of `POST /responses`: keys, model, version gate, lite lane
 * (backend.md#required-keys, #accepted-keys, #lite-lane, #version-gate, #models-refused).
 */
import { compareVersions } from "../semver.ts";
import { isRecord, type JsonObject } from "../wire/json.ts";
import { clientVersion } from "./client_version.ts";
import { refuseInput } from "./input_rules.ts";
import {
  detail,
  firstOf,
  invalid,
  notAmong,
  type Refusal,
  tooLong,
  unknownKey,
  wrongType,
} from "./refusal.ts";
import { refuseText, refuseToolChoice, refuseTools } from "./tool_rules.ts";

/** What the rules read of a model's entry. */
export interface BackendModel {
  readonly slug: string;
  readonly minimal_client_version: string;
  readonly use_responses_lite: boolean;
  readonly supported_reasoning_levels: readonly { readonly effort: string }[];
}

/** What decides besides the request itself. */
export interface BodyRules {
  readonly models: readonly BackendModel[];
  /** whether encrypted reasoning was made by this backend */
  readonly acceptsEncrypted: (text: string) => boolean;
  /** models whose requests are refused in the standard shape, and with what */
  readonly standardRefused?: ReadonlyMap<string, Refusal>;
}

/** The top-level keys that the backend takes; any other is an unsupported parameter. */
const BODY_KEYS = [
  "model",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning",
  "store",
  "stream",
  "include",
  "prompt_cache_key",
  "text",
  "service_tier",
  "client_metadata",
];

const INCLUDES = [
  "reasoning.encrypted_content",
  "web_search_call.action.sources",
  "web_search_call.results",
  "message.input_image.image_url",
];

const FIRST_PARTY = /^codex[_-]/;

/** Checks the body of `POST /responses`. */
export function refuseBody(
  body: unknown,
  headers: Record<string, string>,
  rules: BodyRules,
): Refusal | undefined {
  if (!isRecord(body)) return detail("Invalid JSON in request body");
  const lite = headers["x-openai-internal-codex-responses-lite"] === "true";
  const { input, model, tools } = body;
  return firstOf(
    () => {
      const key = Object.keys(body).find((name) => !BODY_KEYS.includes(name));
      return key === undefined ? undefined : detail(`Unsupported parameter: ${key}`);
    },
    () => body["store"] === false ? undefined : detail("Store must be set to false"),
    () => body["stream"] === true ? undefined : detail("Stream must be set to true"),
    () => refuseModel(model, headers, rules),
    () => "instructions" in body ? wrongType(body["instructions"], "string", "instructions") : undefined,
    () => refuseInput(input, rules.acceptsEncrypted),
    () => refuseTools(tools),
    () => refuseToolChoice(body["tool_choice"], tools),
    () => refuseText(body["text"], input),
    () => refuseReasoning(body, rules.models.find(({ slug }) => slug === model)),
    () => refuseSmall(body),
    () => lite ? undefined : rules.standardRefused?.get(String(model)),
    () => lite ? refuseLite(body, rules.models.find(({ slug }) => slug === model)) : undefined,
  );
}

/** Checks the model: known to this account, new enough client, right identity. */
function refuseModel(slug: unknown, headers: Record<string, string>, rules: BodyRules): Refusal | undefined {
  if (typeof slug !== "string") return wrongType(slug, "string", "model");
  const model = rules.models.find((entry) => entry.slug === slug);
  if (model === undefined) {
    return detail(`The '${slug}' model is not supported when using Codex with a ChatGPT account.`);
  }
  if (compareVersions(clientVersion(headers), model.minimal_client_version) < 0) {
    return detail(
      `The '${slug}' model requires a newer version of Codex. Please upgrade to the latest app or CLI and try again.`,
    );
  }
  const originator = headers["originator"] ?? "";
  const product = (headers["user-agent"] ?? "").split("/")[0];
  if (slug.includes("luna") && !(FIRST_PARTY.test(originator) && originator === product)) {
    return invalid(`Model not found ${slug}-free-1p-codexswic-ev3`, "model", "model_not_found", 404);
  }
  return undefined;
}

function refuseReasoning(body: JsonObject, model: BackendModel | undefined): Refusal | undefined {
  const { reasoning } = body;
  if (reasoning === undefined || reasoning === null) return undefined;
  if (!isRecord(reasoning)) return wrongType(reasoning, "object", "reasoning");
  const { effort, summary, context } = reasoning;
  // "ultra" is a mode of the client, never a value on the wire (backend.md#effort-levels).
  const efforts = (model?.supported_reasoning_levels ?? []).map((level) => level.effort).filter((e) =>
    e !== "ultra"
  );
  return firstOf(
    () => unknownKey(reasoning, ["effort", "summary", "context"], "reasoning"),
    () =>
      effort === undefined || effort === null || efforts.includes(`${effort}`) ? undefined : invalid(
        `Unsupported value: '${effort}' is not supported with the '${model?.slug}' model. Supported values are: ${
          efforts.map((e) => `'${e}'`).join(", ")
        }.`,
        "reasoning.effort",
        "unsupported_value",
      ),
    () =>
      summary === undefined || summary === null
        ? undefined
        : notAmong(summary, ["auto", "concise", "detailed"], "reasoning.summary"),
    () =>
      context === "all_turns" && model?.use_responses_lite === false
        ? invalid(
          `Unsupported value: 'all_turns' is not supported with the '${model.slug}' model.`,
          "reasoning.context",
          "unsupported_value",
        )
        : undefined,
  );
}

function refuseSmall(body: JsonObject): Refusal | undefined {
  const include = body["include"];
  const tier = body["service_tier"];
  const metadata = body["client_metadata"];
  return firstOf(
    () => {
      if (include === undefined || include === null) return undefined;
      if (!Array.isArray(include)) return wrongType(include, "array", "include");
      return firstOf(...include.map((entry, i) => () => notAmong(entry, INCLUDES, `include[${i}]`)));
    },
    () =>
      "prompt_cache_key" in body
        ? wrongType(body["prompt_cache_key"], "string", "prompt_cache_key")
        : undefined,
    () => tooLong(body["prompt_cache_key"], 64, "prompt_cache_key"),
    () => tier === undefined || tier === "priority" ? undefined : detail(`Unsupported service_tier: ${tier}`),
    () =>
      body["parallel_tool_calls"] === undefined
        ? undefined
        : wrongType(body["parallel_tool_calls"], "boolean", "parallel_tool_calls"),
    () => metadata === undefined ? undefined : wrongType(metadata, "object", "client_metadata"),
  );
}

function refuseLite(body: JsonObject, model: BackendModel | undefined): Refusal | undefined {
  const header = "X-OpenAI-Internal-Codex-Responses-Lite";
  const refuse = (text: string, param: string) => invalid(text, param, "unsupported_value");
  if (model?.use_responses_lite !== true) {
    return refuse(`This model is not supported when using ${header}.`, "model");
  }
  const { reasoning } = body;
  if (!isRecord(reasoning) || reasoning["context"] !== "all_turns") {
    return refuse(`${header} requires \`reasoning.context\` to be \`all_turns\`.`, "reasoning.context");
  }
  if (body["parallel_tool_calls"] !== false) {
    return refuse(`${header} requires \`parallel_tool_calls\` to be false.`, "parallel_tool_calls");
  }
  if (body["tool_choice"] !== undefined && body["tool_choice"] !== "auto") {
    return refuse(`${header} requires \`tool_choice\` to be \`auto\`.`, "tool_choice");
  }
  const tools = Array.isArray(body["tools"]) ? body["tools"] : [];
  if (tools.some((tool) => !["function", "custom", "tool_search"].includes(tool.type))) {
    return refuse(
      `${header} only supports function tools, custom tools, and client-executed tool search.`,
      "tools",
    );
  }
  return undefined;
}
