/**
 * Settings for client programs, one row each (a table, hence its length). Pure. The texts are complete, so that they
 * can be copied and run: the tests of real clients use exactly them.
 *
 * Sources: clients.md#base-url (measured 2026-11), backend.md#cli-settings for Codex, the clients' own documentation.
 */

import { quoteJs, quotePython, quoteShell, quoteToml, quoteYaml, type TerminalShell } from "../quote.ts";

/** This installation as clients see it. */
export interface Target {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  /** `server.api_key`; empty when none is asked for */
  readonly key: string;
  /** the model that is proposed */
  readonly model: string;
  /** the shell that commands are written for */
  readonly shell: TerminalShell;
  /** of that model, in tokens; undefined when it is not known */
  readonly contextWindow?: number | undefined;
}

/** One thing to do. */
export type Step =
  /** content for a file, to be added to it or to make it */
  | { readonly kind: "file"; readonly path: string; readonly language: string; readonly text: string }
  /** a program to run or to take over into one's own */
  | { readonly kind: "code"; readonly language: string; readonly text: string }
  /** lines for a shell */
  | { readonly kind: "shell"; readonly text: string }
  /** what to enter in a window of settings */
  | { readonly kind: "form"; readonly fields: readonly (readonly [name: string, value: string])[] };

/** The settings of one client. */
export interface ClientSettings {
  readonly steps: readonly Step[];
  /** what is worth knowing, each one sentence without a full stop */
  readonly notes: readonly string[];
}

/** A client that settings are known for. */
export interface Client {
  readonly name: string;
  readonly title: string;
  readonly settings: (target: Target) => ClientSettings;
}

/** Programs that insist on some key get this one when none is asked for. */
const ANY_KEY = "ccproxy";

function keyOf(target: Target): string {
  return target.key === "" ? ANY_KEY : target.key;
}

/** Most models have it; a client with too low a figure compacts too early, which costs less than too late. */
const CONTEXT_WINDOW = 272_000;

function contextOf(target: Target): number {
  return target.contextWindow ?? CONTEXT_WINDOW;
}

/** The base URL in the form that most clients want. */
export function baseUrlOf(target: Target): string {
  return `${target.url}/codex/v1`;
}

/** The clients, in the order of the list. */
export const CLIENTS: readonly Client[] = [
  { name: "curl", title: "curl", settings: curl },
  { name: "env", title: "Any program that reads OPENAI_BASE_URL", settings: environment },
  { name: "openai-python", title: "OpenAI SDK for Python", settings: openaiPython },
  { name: "openai-node", title: "OpenAI SDK for JavaScript", settings: openaiNode },
  { name: "ai-sdk", title: "AI SDK (Vercel)", settings: aiSdk },
  { name: "langchain", title: "LangChain for JavaScript", settings: langchain },
  { name: "langchain-python", title: "LangChain for Python", settings: langchainPython },
  { name: "aichat", title: "aichat", settings: aichat },
  { name: "codex", title: "Codex CLI", settings: codex },
  { name: "claude-code", title: "Claude Code", settings: claudeCode },
  { name: "opencode", title: "opencode", settings: opencode },
  { name: "continue", title: "Continue", settings: continueDev },
  { name: "cursor", title: "Cursor", settings: cursor },
  { name: "open-webui", title: "Open WebUI", settings: openWebui },
];

/** Sets a variable of the environment for the programs that the shell starts. */
function setVariable(shell: TerminalShell, name: string, value: string): string {
  const quoted = quoteShell(shell, value);
  switch (shell) {
    case "sh":
      return `export ${name}=${quoted}`;
    case "fish":
      return `set -gx ${name} ${quoted}`;
    case "powershell":
      return `$env:${name} = ${quoted}`;
  }
}

/** Lines that set variables, one each. */
export function setVariables(target: Target, variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables).map(([name, value]) => setVariable(target.shell, name, value)).join("\n");
}

function curl(target: Target): ClientSettings {
  const { shell } = target;
  const quote = (text: string) => quoteShell(shell, text);
  const body = JSON.stringify({ model: target.model, messages: [{ role: "user", content: "Hello" }] });
  const parts = [
    // In Windows PowerShell "curl" is the name of something else.
    `${shell === "powershell" ? "curl.exe" : "curl"} ${quote(`${baseUrlOf(target)}/chat/completions`)}`,
    ...target.key === "" ? [] : [`-H ${quote(`Authorization: Bearer ${target.key}`)}`],
    `-H ${quote("Content-Type: application/json")}`,
    `-d ${quote(body)}`,
  ];
  return {
    steps: [{ kind: "shell", text: parts.join(shell === "powershell" ? " `\n  " : " \\\n  ") }],
    notes: [],
  };
}

/** What the OpenAI SDKs read. */
export function openaiVariables(target: Target): Readonly<Record<string, string>> {
  return { OPENAI_BASE_URL: baseUrlOf(target), OPENAI_API_KEY: keyOf(target) };
}

function environment(target: Target): ClientSettings {
  return {
    steps: [{ kind: "shell", text: setVariables(target, openaiVariables(target)) }],
    notes: ["The OpenAI SDKs and many programs built on them read these two variables"],
  };
}

function openaiPython(target: Target): ClientSettings {
  return {
    steps: [
      { kind: "shell", text: "pip install openai" },
      {
        kind: "code",
        language: "python",
        text: `from openai import OpenAI

client = OpenAI(base_url=${quotePython(baseUrlOf(target))}, api_key=${quotePython(keyOf(target))})
response = client.responses.create(model=${quotePython(target.model)}, input="Say hello in one word.")
print(response.output_text)`,
      },
    ],
    notes: ["client.chat.completions.create works just as well"],
  };
}

function openaiNode(target: Target): ClientSettings {
  return {
    steps: [
      { kind: "shell", text: "npm install openai" },
      {
        kind: "code",
        language: "javascript",
        text: `import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${quoteJs(baseUrlOf(target))}, apiKey: ${quoteJs(keyOf(target))} });
const response = await client.responses.create({ model: ${
          quoteJs(target.model)
        }, input: "Say hello in one word." });
console.log(response.output_text);`,
      },
    ],
    notes: ["client.chat.completions.create works just as well"],
  };
}

function aiSdk(target: Target): ClientSettings {
  return {
    steps: [
      { kind: "shell", text: "npm install ai @ai-sdk/openai" },
      {
        kind: "code",
        language: "javascript",
        text: `import { createOpenAI } from "@ai-sdk/openai";
import { generateText } from "ai";

const openai = createOpenAI({ baseURL: ${quoteJs(baseUrlOf(target))}, apiKey: ${quoteJs(keyOf(target))} });
const { text } = await generateText({ model: openai(${
          quoteJs(target.model)
        }), prompt: "Say hello in one word." });
console.log(text);`,
      },
    ],
    notes: ["openai(...) speaks the Responses API, openai.chat(...) Chat Completions; both work"],
  };
}

function langchain(target: Target): ClientSettings {
  return {
    steps: [
      { kind: "shell", text: "npm install @langchain/openai @langchain/core" },
      {
        kind: "code",
        language: "javascript",
        text: `import { ChatOpenAI } from "@langchain/openai";

const model = new ChatOpenAI({
  model: ${quoteJs(target.model)},
  apiKey: ${quoteJs(keyOf(target))},
  configuration: { baseURL: ${quoteJs(baseUrlOf(target))} },
});
const answer = await model.invoke("Say hello in one word.");
console.log(answer.content);`,
      },
    ],
    notes: ["useResponsesApi: true makes it use the Responses API"],
  };
}

function langchainPython(target: Target): ClientSettings {
  return {
    steps: [
      { kind: "shell", text: "pip install langchain-openai" },
      {
        kind: "code",
        language: "python",
        text: `from langchain_openai import ChatOpenAI

model = ChatOpenAI(
    model=${quotePython(target.model)}, base_url=${quotePython(baseUrlOf(target))}, api_key=${
          quotePython(keyOf(target))
        }
)
print(model.invoke("Say hello in one word.").content)`,
      },
    ],
    notes: [],
  };
}

function aichat(target: Target): ClientSettings {
  return {
    steps: [
      {
        kind: "file",
        path: "~/.config/aichat/config.yaml",
        language: "yaml",
        text: `model: ${quoteYaml(`ccproxy:${target.model}`)}
clients:
  - type: openai-compatible
    name: ccproxy
    api_base: ${quoteYaml(baseUrlOf(target))}
    api_key: ${quoteYaml(keyOf(target))}
    models:
      - name: ${quoteYaml(target.model)}
        max_input_tokens: ${contextOf(target)}
        supports_vision: true
        supports_function_calling: true`,
      },
      { kind: "shell", text: 'aichat "Say hello in one word."' },
      {
        kind: "file",
        path: "~/.config/aichat/config.yaml, with the Anthropic form instead",
        language: "yaml",
        text: `model: ${quoteYaml(`claude:${target.model}`)}
clients:
  - type: claude
    api_base: ${quoteYaml(`${target.url}/codex`)}
    api_key: ${quoteYaml(keyOf(target))}
    models:
      - name: ${quoteYaml(target.model)}
        max_input_tokens: ${contextOf(target)}`,
      },
    ],
    notes: ['On macOS the file is in ~/Library/Application Support/aichat; "aichat --info" names it'],
  };
}

function codex(target: Target): ClientSettings {
  const auth = target.key === "" ? "" : '\nenv_key = "CCPROXY_API_KEY"';
  const steps: Step[] = [{
    kind: "file",
    path: "~/.codex/config.toml",
    language: "toml",
    text: `model_provider = "ccproxy"

[model_providers.ccproxy]
name = "ccproxy"
base_url = ${quoteToml(baseUrlOf(target))}
wire_api = "responses"
supports_websockets = true${auth}`,
  }];
  if (target.key !== "") {
    steps.push({ kind: "shell", text: setVariables(target, { CCPROXY_API_KEY: target.key }) });
  }
  const run = 'codex exec --skip-git-repo-check "Say hello in one word."';
  steps.push({
    kind: "shell",
    text: target.shell === "powershell" ? `$null | ${run}` : `${run} < /dev/null`,
  });
  return {
    steps,
    notes: [
      'The line "model_provider" must stand above the first table of the file',
      "Model and effort are chosen in Codex as usual",
      'With "supports_websockets" one connection serves a whole conversation; without the line each request is a POST',
    ],
  };
}

/** What Claude Code reads, from its environment or from `env` in its settings. */
export function claudeVariables(target: Target): Readonly<Record<string, string>> {
  return {
    ANTHROPIC_BASE_URL: `${target.url}/codex`,
    ANTHROPIC_AUTH_TOKEN: keyOf(target),
    ANTHROPIC_API_KEY: "",
    ANTHROPIC_MODEL: target.model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: target.model,
    CLAUDE_CODE_MAX_CONTEXT_TOKENS: `${contextOf(target)}`,
    CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: "1",
  };
}

function claudeCode(target: Target): ClientSettings {
  return {
    steps: [{ kind: "shell", text: `${setVariables(target, claudeVariables(target))}\nclaude` }],
    notes: [
      "The address has no /v1: Claude Code adds /v1/messages",
      "The line with the context window lets it compact in time: of a model that it does not know it assumes less",
      'Its command /model lists the models of the account as "claude-…", because it shows no others',
    ],
  };
}

function opencode(target: Target): ClientSettings {
  const settings = {
    $schema: "https://opencode.ai/config.json",
    model: `ccproxy/${target.model}`,
    provider: {
      ccproxy: {
        npm: "@ai-sdk/openai-compatible",
        name: "ccproxy",
        options: { baseURL: baseUrlOf(target), apiKey: keyOf(target) },
        models: {
          [target.model]: { name: target.model, limit: { context: contextOf(target), output: 32000 } },
        },
      },
    },
  };
  return {
    steps: [
      {
        kind: "file",
        path: "~/.config/opencode/opencode.json",
        language: "json",
        text: JSON.stringify(settings, null, 2),
      },
      { kind: "shell", text: 'opencode run "Say hello in one word."' },
    ],
    notes: ['With "npm": "@ai-sdk/openai" it uses the Responses API instead'],
  };
}

function continueDev(target: Target): ClientSettings {
  return {
    steps: [{
      kind: "file",
      path: "~/.continue/config.yaml",
      language: "yaml",
      text: `name: ccproxy
version: 1.0.0
schema: v1
models:
  - name: ${quoteYaml(`ccproxy ${target.model}`)}
    provider: openai
    model: ${quoteYaml(target.model)}
    apiBase: ${quoteYaml(baseUrlOf(target))}
    apiKey: ${quoteYaml(keyOf(target))}
    roles: [chat, edit, apply]`,
    }],
    notes: [],
  };
}

function cursor(target: Target): ClientSettings {
  return {
    steps: [{
      kind: "form",
      fields: [
        ["Settings", "Cursor Settings > Models > API Keys"],
        ["OpenAI API Key", keyOf(target)],
        ["Override OpenAI Base URL", baseUrlOf(target)],
        ["Add model", target.model],
      ],
    }],
    notes: [
      "Cursor sends requests from its own servers, which cannot reach this machine's loopback address: it needs a " +
      "public https address in front of ccproxy, an API key (server.api_key) and its name in server.allowed_hosts",
    ],
  };
}

function openWebui(target: Target): ClientSettings {
  const url = baseUrlOf(target).replace(/\/\/(127\.0\.0\.1|localhost)\b/, "//host.docker.internal");
  return {
    steps: [{
      kind: "form",
      fields: [
        ["Settings", "Admin Panel > Settings > Connections > OpenAI API"],
        ["URL", baseUrlOf(target)],
        ["Key", keyOf(target)],
      ],
    }],
    notes: [
      `Inside a container the address is ${url}; ccproxy must then listen beyond loopback (server.host, ` +
      "server.api_key) and allow that name (server.allowed_hosts)",
    ],
  };
}
