import { textAt } from "../wire/json.ts";
import { describeAttachment } from "./describe_attachment.ts";
import { fillSchema } from "./fill_schema.ts";
import { planText } from "./plan_text.ts";
import { createHints, type PromptHints } from "./prompt_hints.ts";
import type { DemoPrompt, OfferedTool } from "./read_prompt.ts";
import { toolPattern } from "./tool_pattern.ts";

/** One entry of the `output` of an answer, before it is told as events. */
export type DemoOutput =
  | { readonly type: "reasoning"; readonly summary: readonly string[] }
  | { readonly type: "text"; readonly text: string }
  | {
    readonly type: "call";
    readonly name: string;
    readonly namespace: string | undefined;
    readonly arguments: string;
  }
  | { readonly type: "custom_call"; readonly name: string; readonly input: string }
  | { readonly type: "web_search"; readonly query: string }
  | { readonly type: "image" }
  | { readonly type: "compaction" };

/**
 * What the stand-in answers: thoughts, then the calls of the tools that the prompt names, or JSON where it is asked
 * for, or a text. Pure: the same request has the same answer.
 */
export function planAnswer(prompt: DemoPrompt): DemoOutput[] {
  if (prompt.compacts) return [{ type: "compaction" }];
  const tools = toolsToUse(prompt);
  const hints = createHints(prompt.said, prompt.tools.map(({ name }) => name));
  const uses = tools.map((tool) => useTool(tool, prompt, hints));
  const isWaiting = uses.some(({ type }) => type === "call" || type === "custom_call");
  const said = isWaiting ? [] : [{ type: "text" as const, text: answerText(prompt, hints, tools) }];
  return [{ type: "reasoning", summary: think(prompt, tools) }, ...uses, ...said];
}

/** The tools that are called now: those that must be, else those that the prompt names and that have not answered. */
function toolsToUse(prompt: DemoPrompt): readonly OfferedTool[] {
  const { tools, choice, said, results } = prompt;
  if (choice === "none") return [];
  const named = tools.filter((tool) => isNamed(tool, said));
  if (choice === "required") return firstOrAll(named.length > 0 ? named : tools.slice(0, 1), prompt);
  if (choice !== "auto") {
    return firstOrAll(tools.filter(({ name }) => choice.includes(name)).slice(0, 1), prompt);
  }
  const open = named.filter(({ name }) => !results.some((result) => result.name === name));
  return firstOrAll(open, prompt);
}

function firstOrAll(tools: readonly OfferedTool[], { parallel }: DemoPrompt): readonly OfferedTool[] {
  return parallel ? tools : tools.slice(0, 1);
}

/** The hosted search is named by what it does, too. */
function isNamed({ kind, name }: OfferedTool, said: string): boolean {
  return toolPattern(name).test(said) || kind === "web_search" && /\bsearch the web\b/i.test(said);
}

function useTool(tool: OfferedTool, prompt: DemoPrompt, hints: PromptHints): DemoOutput {
  const { kind, name, namespace } = tool;
  switch (kind) {
    case "function":
      return {
        type: "call",
        name,
        namespace,
        arguments: JSON.stringify(fillSchema(tool.parameters, hints, true)),
      };
    case "custom":
      return { type: "custom_call", name, input: hints.nextText() ?? prompt.said };
    case "web_search":
      return { type: "web_search", query: hints.nextText() ?? prompt.said.slice(0, 200) };
    case "image_generation":
      return { type: "image" };
    default:
      kind satisfies never;
      return { type: "text", text: "" };
  }
}

function answerText(prompt: DemoPrompt, hints: PromptHints, tools: readonly OfferedTool[]): string {
  const { format, results, attachments } = prompt;
  if (format?.["type"] === "json_schema") return JSON.stringify(fillSchema(format["schema"], hints));
  if (format !== undefined) {
    return JSON.stringify({
      demo: true,
      said: prompt.said,
      ...(results.length === 0
        ? {}
        : { results: results.map(({ name, output }) => ({ tool: name, output })) }),
    });
  }
  const told = [
    ...results.map(({ name, output }) => `The tool ${name} answered: ${output}`),
    ...tools.some(({ kind }) => kind === "web_search")
      ? ["The demo searches nothing: there is no network."]
      : [],
    ...tools.some(({ kind }) => kind === "image_generation") ? ["Here is a picture of one grey pixel."] : [],
    ...attachments.map((part) => `I see ${describeAttachment(part)}.`),
  ];
  return told.length === 0 ? planText(prompt) : told.join("\n");
}

/** One part of a summary, where a summary is asked for: what was said and what follows from it. */
function think({ thinksAloud, said, results, format }: DemoPrompt, tools: readonly OfferedTool[]): string[] {
  if (!thinksAloud) return [];
  const words = said.split(/\s+/).filter((word) => word !== "").length;
  const next = tools.length > 0
    ? `It names ${tools.map(({ name }) => name).join(", ")}, so I use that.`
    : results.length > 0
    ? `I have the answer of ${results.map(({ name }) => name).join(", ")}, so I tell it.`
    : format !== undefined
    ? `It wants JSON${
      format["name"] === undefined ? "" : ` called ${textAt(format, "name") ?? ""}`
    }, so I fill it in.`
    : "It needs no tool, so I answer.";
  return [`**Reading the prompt**\n\nThe message has ${words} ${words === 1 ? "word" : "words"}. ${next}`];
}
