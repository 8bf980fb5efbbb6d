import { isLegacyKey, isSettingKey, LEGACY_SETTINGS, type SettingKey } from "../../config/settings.ts";
import { parseValue, unknownSetting } from "../../config/validate.ts";
import type { ConfigEdit } from "../../config/write_config.ts";
import { type ExitCode, Problem } from "../../problem.ts";
import { changeSettings } from "../change_settings.ts";
import { CONFIG_FLAG, defineCommand, JSON_FLAG } from "../command.ts";

/** `ccproxy codex set`: the guide's toggles, and any other setting. */
export const codexSetCommand = defineCommand({
  path: ["codex", "set"],
  summary: "Change settings in the settings file",
  description:
    "Writes into the TOML file and leaves everything else in it as it is: comments, order, line ends. A value that " +
    "would not load, or that serve would not start with, is refused and nothing is written. A running server takes the " +
    "change over within two seconds.",
  flags: {
    "enable-dynamic-model-info": {
      kind: "boolean",
      off: "disable-dynamic-model-info",
      doc: "Take the model list from the backend, or the built-in one",
    },
    "max-output-tokens-fallback": {
      kind: "integer",
      value: "N",
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
      doc: "Output limit shown for models without one",
    },
    "propagate-unsupported-params": {
      kind: "boolean",
      doc: "Send parameters on that the backend does not know",
    },
    "block-unsupported-params": {
      kind: "boolean",
      doc: "Refuse requests with parameters that the backend does not know",
    },
    "ignore-unsupported-params": { kind: "boolean", doc: "Leave such parameters out and say so in a header" },
    "system-prompt-injection-mode": {
      kind: "choice",
      choices: ["override", "append", "disabled"],
      doc: "The prompt in front: ours, ours and then the client's, or the client's alone",
    },
    "verbose-logging": {
      kind: "boolean",
      off: "no-verbose-logging",
      doc: "Write requests and answers to the log, without secrets",
    },
    "header-override-enabled": {
      kind: "boolean",
      off: "header-override-disabled",
      doc: "Let a client's own Codex headers win",
    },
    "default-model": {
      kind: "text",
      value: "MODEL",
      completes: "model",
      emptyAllowed: true,
      doc: "Model for requests that name none",
    },
    "reasoning-output": {
      kind: "choice",
      choices: ["tags", "field", "both", "none"],
      doc: "Where chat answers show reasoning",
    },
    instructions: {
      kind: "text",
      value: "TEXT",
      emptyAllowed: true,
      doc: 'The prompt: "file:PATH", "catalogue", or the text itself',
    },
    lite: {
      kind: "choice",
      choices: ["auto", "always", "never"],
      doc: "Whether requests go out in the lite shape",
    },
    "client-version": {
      kind: "text",
      value: "VERSION",
      emptyAllowed: true,
      doc: "Codex version that the backend sees",
    },
    "base-url": { kind: "text", value: "URL", doc: "Where the backend is" },
    set: {
      kind: "list",
      value: "KEY=VALUE",
      completes: "setting=",
      doc: "Any setting, as in server.port=9000; may be repeated",
    },
    unset: {
      kind: "list",
      value: "KEY",
      completes: "setting",
      doc: "Take a setting out of the file, so that its default counts",
    },
    json: JSON_FLAG,
    config: CONFIG_FLAG,
  },
  args: {},
  examples: [
    {
      line: "ccproxy codex set --enable-dynamic-model-info --max-output-tokens-fallback 8192",
      doc: "The live model list, and an output limit for models without one",
    },
    {
      line: "ccproxy codex set --system-prompt-injection-mode append",
      doc: "Ours first, then the client's prompt",
    },
    { line: "ccproxy codex set --block-unsupported-params", doc: "Refuse what the backend does not know" },
    {
      line: "ccproxy codex set --set codex.model_aliases=gpt-4o=gpt-5.5",
      doc: "A name of your own for a model",
    },
    { line: "ccproxy codex set --unset codex.default_model", doc: "Back to the default" },
  ],
  exitCodes: {
    0: "Written, or already so",
    1: "The file cannot be written",
    2: "Wrong usage, or a value that does not fit",
  },
  async run({ flags }, world): Promise<ExitCode> {
    const edits = editsOf(flags);
    if (edits.length === 0) {
      throw new Problem("usage", "nothing to set was given", {
        hint: 'Run "ccproxy codex set --help" to see what can be set, "ccproxy codex info" to see what is',
      });
    }
    await changeSettings(world, flags, edits);
    return 0;
  },
});

/** Flags that say the same as one setting. */
const DIRECT = {
  "enable-dynamic-model-info": "codex.enable_dynamic_model_info",
  "max-output-tokens-fallback": "codex.max_output_tokens_fallback",
  "system-prompt-injection-mode": "codex.system_prompt_injection_mode",
  "verbose-logging": "codex.verbose_logging",
  "header-override-enabled": "codex.header_override_enabled",
  "default-model": "codex.default_model",
  "reasoning-output": "codex.reasoning_output",
  "instructions": "codex.instructions",
  "lite": "codex.lite",
  "client-version": "codex.client_version",
  "base-url": "codex.base_url",
} as const satisfies Record<string, SettingKey>;

/** What the flags mean, in the order of the help; a setting named twice is an error. */
function editsOf(
  flags: Readonly<Record<string, boolean | string | number | readonly string[] | undefined>>,
): ConfigEdit[] {
  const edits: ConfigEdit[] = [];
  for (const [flag, key] of Object.entries(DIRECT)) {
    const value = flags[flag];
    if (value !== undefined) edits.push({ key, value });
  }
  const modes = (["propagate", "block", "ignore"] as const).filter((mode) =>
    flags[`${mode}-unsupported-params`]
  );
  if (modes.length > 1) {
    throw new Problem(
      "usage",
      modes.map((mode) => `"--${mode}-unsupported-params"`).join(" and ") + " exclude each other",
    );
  }
  for (const value of modes) edits.push({ key: "codex.unsupported_params", value });
  for (const text of textsOf(flags["set"])) edits.push(readAssignment(text));
  for (const name of textsOf(flags["unset"])) edits.push({ key: readKey(name, "--unset"), value: undefined });
  const twice = edits.find(({ key }, at) => edits.findIndex((edit) => edit.key === key) !== at);
  if (twice !== undefined) throw new Problem("usage", `"${twice.key}" is given twice`);
  return edits;
}

function textsOf(value: boolean | string | number | readonly string[] | undefined): readonly string[] {
  return typeof value === "object" ? value : [];
}

function readAssignment(text: string): ConfigEdit {
  const end = text.indexOf("=");
  if (end < 1) {
    throw new Problem("usage", `"--set" must be KEY=VALUE: found ${JSON.stringify(text)}`, {
      hint: "Write for example --set codex.verbose_logging=true",
    });
  }
  const name = text.slice(0, end).trim();
  const key = readKey(name, "--set");
  return { key, value: parseValue(key, text.slice(end + 1), "--set") };
}

/** `section.key`, or the key of `[codex]` alone. */
function readKey(name: string, where: string): SettingKey {
  for (const candidate of [name, `codex.${name}`]) {
    if (isSettingKey(candidate)) return candidate;
    if (isLegacyKey(candidate)) {
      throw new Problem("usage", `"${candidate}" is now "${LEGACY_SETTINGS[candidate].key}"`, {
        hint:
          'Use "--propagate-unsupported-params", "--block-unsupported-params" or "--ignore-unsupported-params"',
      });
    }
  }
  throw unknownSetting(name, where);
}
