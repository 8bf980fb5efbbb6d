import { isRecord, type JsonObject } from "../../wire/json.ts";

/** Keys of `output_config` that are read. */
const CONFIG: ReadonlySet<string> = new Set(["effort", "format"]);

/**
 * Wishes inside of parameters and blocks that have no effect here, by their names: they are told in
 * `x-ccproxy-ignored-params` as those at the top are.
 *
 * `citations` of a document asks for the passages an answer rests on: the backend marks none.
 */
export function nestedWishes(body: JsonObject): string[] {
  const found = new Set<string>();
  const config = body["output_config"];
  if (isRecord(config)) {
    for (const [key, value] of Object.entries(config)) {
      if (!CONFIG.has(key) && value !== undefined && value !== null) found.add(`output_config.${key}`);
    }
  }
  for (const message of listOf(body["messages"])) {
    if (isRecord(message) && hasCitations(message["content"])) found.add("citations");
  }
  for (const tool of listOf(body["tools"])) {
    if (!isRecord(tool)) continue;
    if (listOf(tool["input_examples"]).length > 0) found.add("tools.input_examples");
    if (listOf(tool["allowed_callers"]).some((caller) => caller !== "direct")) {
      found.add("tools.allowed_callers");
    }
  }
  return [...found];
}

/** True when a block, or one inside of it, asks for citations. */
function hasCitations(content: unknown): boolean {
  return listOf(content).some((block) => {
    if (!isRecord(block)) return false;
    const { citations } = block;
    return (isRecord(citations) && citations["enabled"] === true) || hasCitations(block["content"]);
  });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
