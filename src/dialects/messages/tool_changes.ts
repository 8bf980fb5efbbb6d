import { isRecord, type JsonObject, textAt } from "../../wire/json.ts";
import { Problem } from "../../problem.ts";
import { badField, optionalList, requiredText } from "../../ask/fields.ts";

/**
 * The tools of a turn: those of the request, changed by the `tool_addition` and `tool_removal` blocks in its messages,
 * one after the other; those in a compaction block stand for the messages that it replaced. A tool of the request that
 * is kept back until it is found (`defer_loading`) is there from the beginning.
 *
 * @returns the tools in the words of the request; undefined when there are none and none were added
 * @throws Problem bad_request for a change that names no tool, unsupported_parameter for one of an MCP server
 */
export function changedTools(body: JsonObject): unknown[] | undefined {
  const declared = optionalList(body, "tools");
  const changes = (optionalList(body, "messages") ?? []).flatMap(changesOf);
  if (changes.length === 0) return declared;
  const known = new Map<string, unknown>();
  const offered = new Map<string, unknown>();
  for (const [index, tool] of (declared ?? []).entries()) {
    const name = nameOf(tool) ?? `tools[${index}]`;
    known.set(name, tool);
    offered.set(name, tool);
  }
  for (const { block, param } of changes) {
    const { tool } = block;
    if (!isRecord(tool)) throw badField(`${param}.tool`, tool, "an object");
    const { name, definition } = readChange(tool, `${param}.tool`);
    if (definition !== undefined) known.set(name, definition);
    if (!known.has(name)) {
      throw badField(
        `${param}.tool.name`,
        name,
        "the name of a tool that the request has or a message defined",
      );
    }
    if (block["type"] === "tool_addition") offered.set(name, known.get(name));
    else offered.delete(name);
  }
  return [...offered.values()];
}

/** True for a block that changes the tools and says nothing to the model. */
export function isToolChange(block: unknown): block is JsonObject {
  return isRecord(block) && (block["type"] === "tool_addition" || block["type"] === "tool_removal");
}

interface ToolChange {
  readonly block: JsonObject;
  readonly param: string;
}

function changesOf(message: unknown, index: number): ToolChange[] {
  const content = isRecord(message) ? message["content"] : undefined;
  if (!Array.isArray(content)) return [];
  return content.flatMap((block, at): ToolChange[] => {
    const param = `messages[${index}].content[${at}]`;
    if (isToolChange(block)) return [{ block, param }];
    const changes = isRecord(block) && block["type"] === "compaction" ? block["tool_changes"] : undefined;
    if (!Array.isArray(changes)) return [];
    return changes.filter(isToolChange).map((change, nth) => ({
      block: change,
      param: `${param}.tool_changes[${nth}]`,
    }));
  });
}

function readChange(tool: JsonObject, param: string): { name: string; definition?: JsonObject } {
  const type = requiredText(tool, "type", `${param}.type`);
  switch (type) {
    case "tool_reference":
      return { name: requiredText(tool, "name", `${param}.name`) };
    case "tool_definition": {
      const { definition } = tool;
      if (!isRecord(definition)) throw badField(`${param}.definition`, definition, "a tool");
      return { name: requiredText(definition, "name", `${param}.definition.name`), definition };
    }
    case "mcp_tool_reference":
    case "mcp_toolset_reference":
      throw new Problem(
        "unsupported_parameter",
        `"${param}" names an MCP server's tool: the backend calls no MCP servers`,
        { param, hint: "Let the client call them, as tools of its own" },
      );
    default:
      throw badField(`${param}.type`, type, '"tool_reference" or "tool_definition"');
  }
}

function nameOf(tool: unknown): string | undefined {
  return isRecord(tool) ? textAt(tool, "name") : undefined;
}
