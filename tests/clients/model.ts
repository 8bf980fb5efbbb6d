/**
 * The model that plays behind the fake backend while real clients run: what it answers follows from what it was asked,
 * so that the client scripts are plain client code. Words in square brackets in the last user message choose the
 * scene; without one it echoes.
 */
import {
  answerEvents,
  failedAnswer,
  incompleteAnswer,
  reasoningAnswer,
  refusalAnswer,
  textAnswer,
  webSearchAnswer,
} from "../fake/answers.ts";
import type { BackendRequest } from "../fake/backend.ts";
import { overloaded, rateLimited, SERVER_ERROR, usageLimitReached } from "../fake/failures.ts";
import type { EventStep, Script } from "../fake/script.ts";

type Json = Record<string, unknown>;

/** What a scene gets. */
interface Scene {
  readonly body: Json;
  readonly input: readonly Json[];
  /** different in every answer: makes the ids of its items unique */
  readonly seed: string;
  readonly options: { readonly seed: string; readonly model: string; readonly vendorFrames: true };
  /** how often the same words were asked before */
  readonly before: number;
}

/** The scenes. The texts are checked by the client scripts. */
const SCENES: Record<string, (scene: Scene) => Script> = {
  weather: ({ options }) => ({
    events: answerEvents([
      { type: "reasoning", summary: ["Looking outside"] },
      { type: "call", name: "get_weather", arguments: ['{"ci', 'ty":"Pa', 'ris"}'] },
    ], options),
  }),
  "two cities": ({ options }) => ({
    events: answerEvents([
      { type: "reasoning", summary: ["Two questions"] },
      { type: "call", name: "get_weather", arguments: ['{"city":', '"Paris"}'] },
      { type: "call", name: "get_weather", arguments: ['{"city":', '"Rome"}'] },
    ], { ...options, interleave: true }),
  }),
  "two in turn": ({ options }) => ({
    events: answerEvents([
      { type: "reasoning", summary: ["Two questions"] },
      { type: "call", name: "get_weather", arguments: ['{"city":', '"Paris"}'] },
      { type: "call", name: "get_weather", arguments: ['{"city":', '"Rome"}'] },
    ], options),
  }),
  think: ({ options }) => ({
    events: reasoningAnswer(["First this,", "then that."], ["The answer", " is 42."], options),
  }),
  json: ({ options }) => ({
    events: answerEvents([
      { type: "reasoning", summary: ["A city"] },
      { type: "text", words: ['{"city":', '"Paris",', '"degrees":21}'] },
    ], options),
  }),
  search: ({ options }) => ({ events: webSearchAnswer("deno", ["Deno", " is here."], options) }),
  refuse: ({ options }) => ({ events: refusalAnswer(["I cannot", " do that."], options) }),
  incomplete: ({ options }) => ({ events: incompleteAnswer(["Half a"], "max_output_tokens", options) }),
  "content filter": ({ options }) => ({ events: incompleteAnswer(["Half a"], "content_filter", options) }),
  fail: ({ options }) => ({
    events: failedAnswer("server_error", "The model broke down", ["Half a"], options),
  }),
  cut: ({ options }) => ({
    events: [...textAnswer(["Half a", " text"], options).slice(0, -4), { cut: true }],
  }),
  "cut once": (scene) => scene.before === 0 ? cutAnswer(scene) : { events: echo(scene) },
  /** tells what of a person's pictures and files reached the backend */
  look: ({ input, options }) => {
    const parts = input.flatMap(({ content }) => Array.isArray(content) ? content.filter(isJson) : []);
    const count = (type: string) => parts.filter((part) => part["type"] === type).length;
    return {
      events: textAnswer(
        [`I see ${count("input_image")} pictures`, ` and ${count("input_file")} files`],
        options,
      ),
    };
  },
  /** calls whatever tool was offered first, with what a place has: structured output by way of a tool */
  fill: (scene) => ({
    events: answerEvents([
      { type: "call", name: toolNames(scene)[0] ?? "none", arguments: ['{"city":"Paris",', '"degrees":21}'] },
    ], scene.options),
  }),
  /** for agents that tell what their tools gave in messages of the user, and end with a tool */
  agent: ({ input, options }) => {
    const seen = /Observation:\s*(.+)/.exec(userTexts(input).join("\n"))?.[1];
    const call = seen === undefined
      ? { name: "get_weather", arguments: ['{"city":', '"Paris"}'] }
      : { name: "final_answer", arguments: [JSON.stringify({ answer: `The tool said: ${seen}` })] };
    return { events: answerEvents([{ type: "call", ...call }], options) };
  },
  shell: ({ options }) => ({
    events: answerEvents([
      { type: "call", name: "exec_command", arguments: ['{"cmd":', '"echo from-the-tool"}'] },
    ], options),
  }),
  "read notes": ({ options }) => ({
    events: answerEvents([
      { type: "reasoning", summary: ["A file"] },
      { type: "call", name: "read", arguments: ['{"filePath":', '"notes.txt"}'] },
    ], options),
  }),
  stall: ({ options }) => {
    const events = textAnswer(["One", " two", " three"], options);
    const second = events.findIndex((event) => event["delta"] === " two");
    return { events: [...events.slice(0, second + 1), { stall: true }] };
  },
  "stall at once": () => ({ before: "stall" }),
  "usage limit": () => usageLimitReached(7200),
  429: () => rateLimited(1, true),
  "429 once": (scene) => scene.before === 0 ? rateLimited(0.1) : { events: echo(scene) },
  500: () => SERVER_ERROR,
  503: () => overloaded(),
  recall: ({ input, options }) => ({
    events: textAnswer([`I heard: ${userTexts(input).join(" | ")}`], options),
  }),
  story: ({ options }) => ({
    events: textAnswer(Array.from({ length: 40 }, (_, i) => `${i === 0 ? "" : " "}word${i}`), options),
  }),
};

/** A playing model. */
export interface PlayedModel {
  answer(request: BackendRequest): Script;
  /** the requests that were left waiting: each ends only when the program leaves */
  readonly stalled: readonly { readonly request: BackendRequest; readonly streamed: boolean }[];
}

/** A model with no memory of earlier runs. */
export function createModel(): PlayedModel {
  let count = 0;
  const asked = new Map<string, number>();
  const stalled: { request: BackendRequest; streamed: boolean }[] = [];
  function answer(request: BackendRequest): Script {
    const { json } = request;
    const body = isJson(json) ? json : {};
    const input = Array.isArray(body["input"]) ? body["input"].filter(isJson) : [];
    const seed = `${++count}`;
    const words = userTexts(input).at(-1) ?? "";
    const before = asked.get(words) ?? 0;
    asked.set(words, before + 1);
    const options = { seed, model: `${body["model"] ?? "gpt-5.5"}`, vendorFrames: true } as const;
    const scene = { body, input, seed, options, before };
    if (input.some((item) => item["type"] === "compaction_trigger")) return compaction(scene);
    const results = lastResults(input);
    if (results.length > 0) {
      return { events: textAnswer(["The tool", ` said: ${results.join(" and ")}`], options) };
    }
    const name = words.startsWith("Observation:") ? "agent" : /\[([\w ]+)\]/.exec(words)?.[1];
    // The scripts write "whole" where the client does not stream: the backend cannot see it.
    if (name?.startsWith("stall")) stalled.push({ request, streamed: !/at once|whole/.test(words) });
    return name === undefined ? { events: echo(scene) } : SCENES[name]?.(scene) ?? { events: echo(scene) };
  }
  return { answer, stalled };
}

/** The answer to a `compaction_trigger`: one item that stands for the whole conversation. */
function compaction({ seed, options }: Scene): Script {
  const [created, inProgress, ...rest] = textAnswer([], { ...options, vendorFrames: false });
  const item = { type: "compaction", id: `cmp_${seed}`, encrypted_content: `gAAAAABfakecompacted${seed}` };
  const done = ["added", "done"].map((step): EventStep => ({
    type: `response.output_item.${step}`,
    output_index: 0,
    item,
  }));
  const events = [created, inProgress, ...done, rest.at(-1)].filter((event) => event !== undefined);
  return { events: events.map((event, index) => ({ ...event, sequence_number: index })) };
}

/** Half a text, and the end of the body without a terminal event. */
function cutAnswer({ options }: Scene): Script {
  return { events: [...textAnswer(["Half a", " text"], options).slice(0, -4), { cut: true }] };
}

function echo({ input, options }: Scene): EventStep[] {
  const words = `You said: ${userTexts(input).at(-1) ?? ""}`.match(/\s*\S+/g) ?? [];
  return textAnswer(words, { ...options, usage: { inputTokens: 10, outputTokens: words.length } });
}

/** The functions that the request offers, on either lane. */
function toolNames({ body, input }: Scene): string[] {
  const offered = [body["tools"], ...input.map(({ tools }) => tools)].flatMap((list) =>
    Array.isArray(list) ? list : []
  );
  return offered.filter(isJson).flatMap(({ name }) => typeof name === "string" ? name : []);
}

/** The outputs of tools after the last message of a person. */
function lastResults(input: readonly Json[]): string[] {
  const results: string[] = [];
  for (const item of input) {
    if (item["role"] === "user") results.length = 0;
    if (item["type"] === "function_call_output" || item["type"] === "custom_tool_call_output") {
      results.push(typeof item["output"] === "string" ? item["output"] : JSON.stringify(item["output"]));
    }
  }
  return results;
}

function userTexts(input: readonly Json[]): string[] {
  return input.filter((item) => item["role"] === "user").map(({ content }) => {
    if (typeof content === "string") return content;
    const parts = Array.isArray(content) ? content.filter(isJson) : [];
    return parts.flatMap((part) => typeof part["text"] === "string" ? part["text"] : []).join(" ");
  });
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
