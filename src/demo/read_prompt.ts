/** What a request says, as far as the stand-in understands it. */
import { isRecord, type JsonObject, listAt, recordAt, textAt } from "../wire/json.ts";

/** A tool that a request offers, wherever it stands. */
export interface OfferedTool {
  readonly kind: "function" | "custom" | "web_search" | "image_generation";
  readonly name: string;
  /** of the namespace it stands in */
  readonly namespace: string | undefined;
  /** JSON schema of the arguments of a function */
  readonly parameters: JsonObject;
}

/** What a tool answered since the user spoke last. */
export interface ToolResult {
  readonly name: string;
  readonly output: string;
}

/** A request, read. */
export interface DemoPrompt {
  readonly model: string;
  /** the text of the last message of the user */
  readonly said: string;
  /** the texts of the user's messages before it, oldest first */
  readonly saidBefore: readonly string[];
  /** pictures and files of the last message, as the parts of its content */
  readonly attachments: readonly JsonObject[];
  readonly results: readonly ToolResult[];
  readonly tools: readonly OfferedTool[];
  /** `auto`, `none`, `required`, or the only names that may be called */
  readonly choice: "auto" | "none" | "required" | readonly string[];
  readonly parallel: boolean;
  /** `text.format` when it asks for JSON */
  readonly format: JsonObject | undefined;
  /** true when a summary of the thinking is asked for, and the request is one that is thought about */
  readonly thinksAloud: boolean;
  /** the conversation is to be compacted */
  readonly compacts: boolean;
}

/** Reads a body that src/demo/body_rules.ts `refuseBody()` took. */
export function readPrompt(body: JsonObject): DemoPrompt {
  const input = (listAt(body, "input") ?? []).filter(isRecord);
  const users = input.filter((item) => item["role"] === "user");
  const last = users.at(-1);
  const since = last === undefined ? input : input.slice(input.lastIndexOf(last) + 1);
  const reasoning = recordAt(body, "reasoning") ?? {};
  const format = recordAt(recordAt(body, "text") ?? {}, "format");
  const summary = textAt(reasoning, "summary") ?? "none";
  const said = last === undefined ? "" : textOf(last);
  // "auto" leaves it to the model, and a model thinks about little that it was not told to think about.
  const isThoughtAbout = summary !== "auto" || typeof reasoning["effort"] === "string" ||
    /\bthink\b/i.test(said);
  return {
    model: textAt(body, "model") ?? "",
    said,
    saidBefore: users.slice(0, -1).map(textOf).filter((text) => text !== ""),
    attachments: last === undefined
      ? []
      : partsOf(last).filter(({ type }) => type === "input_image" || type === "input_file"),
    results: readResults(input, since),
    tools: readTools(body, input),
    choice: readChoice(body["tool_choice"]),
    parallel: body["parallel_tool_calls"] !== false,
    format: format?.["type"] === "json_schema" || format?.["type"] === "json_object" ? format : undefined,
    thinksAloud: summary !== "none" && isThoughtAbout,
    compacts: input.at(-1)?.["type"] === "compaction_trigger",
  };
}

function partsOf(item: JsonObject): JsonObject[] {
  const { content } = item;
  if (typeof content === "string") return [{ type: "input_text", text: content }];
  return Array.isArray(content) ? content.filter(isRecord) : [];
}

/** The text of a message; what an agent puts in between for the model alone is no word of the user. */
function textOf(item: JsonObject): string {
  const whole = partsOf(item).flatMap((part) => textAt(part, "text") ?? []).join("\n");
  return ASIDES.reduce(withoutAsides, whole).trim();
}

/** Elements of a message that are the agent's: Claude Code's reminders, the Codex CLI's description of its machine. */
const ASIDES: readonly string[] = ["system-reminder", "environment_context"];

function withoutAsides(text: string, name: string): string {
  const [open, close] = [`<${name}>`, `</${name}>`];
  let kept = "";
  let from = 0;
  for (;;) {
    const start = text.indexOf(open, from);
    const end = start === -1 ? -1 : text.indexOf(close, start);
    if (end === -1) return kept + text.slice(from);
    kept += text.slice(from, start);
    from = end + close.length;
  }
}

function readResults(input: readonly JsonObject[], since: readonly JsonObject[]): ToolResult[] {
  const names = new Map(
    input.flatMap((item) =>
      typeof item["name"] === "string" ? [[item["call_id"], item["name"]] as const] : []
    ),
  );
  return since.flatMap((item) => {
    if (item["type"] !== "function_call_output" && item["type"] !== "custom_tool_call_output") return [];
    const { output } = item;
    const text = typeof output === "string" ? output : textOf({ content: output });
    return [{ name: names.get(item["call_id"]) ?? "tool", output: text }];
  });
}

/** Tools stand at the top or, in the lite lane, in items of the input; both may hold namespaces. */
function readTools(body: JsonObject, input: readonly JsonObject[]): OfferedTool[] {
  const lists = [body, ...input.filter(({ type }) => type === "additional_tools")];
  return lists.flatMap((holder) => flatten(listAt(holder, "tools") ?? [], undefined));
}

function flatten(tools: readonly unknown[], namespace: string | undefined): OfferedTool[] {
  return tools.filter(isRecord).flatMap((tool): OfferedTool[] => {
    const name = textAt(tool, "name") ?? "";
    switch (tool["type"]) {
      case "function":
        return [{ kind: "function", name, namespace, parameters: recordAt(tool, "parameters") ?? {} }];
      case "custom":
        return [{ kind: "custom", name, namespace, parameters: {} }];
      case "namespace":
        return flatten(listAt(tool, "tools") ?? [], name);
      case "web_search":
      case "image_generation":
        return [{ kind: tool["type"], name: tool["type"], namespace, parameters: {} }];
      default:
        return [];
    }
  });
}

function readChoice(choice: unknown): DemoPrompt["choice"] {
  if (choice === "none" || choice === "required") return choice;
  if (!isRecord(choice)) return "auto";
  if (choice["type"] !== "allowed_tools") return [textAt(choice, "name") ?? textAt(choice, "type") ?? ""];
  if (choice["mode"] !== "required") return "auto";
  return (listAt(choice, "tools") ?? []).filter(isRecord).map((tool) =>
    textAt(tool, "name") ?? textAt(tool, "type") ?? ""
  );
}
