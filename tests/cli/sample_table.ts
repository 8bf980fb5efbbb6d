/** A small command table with every kind of flag, for tests of the frame itself. */
import { defineCommand, type Input, JSON_FLAG } from "../../src/cli/command.ts";
import type { CommandTable } from "../../src/cli/parse.ts";

/** Commands `fetch SOURCE [TARGET]`, `zoo set`, `zoo look`. `fetch` prints its input as JSON. */
export const SAMPLE: CommandTable = {
  groups: [
    { path: [], summary: "A sample program." },
    { path: ["zoo"], summary: "Animals." },
  ],
  commands: [
    defineCommand({
      path: ["fetch"],
      summary: "Fetch a thing",
      description:
        "First paragraph with some more words so that it has to be wrapped on a narrow terminal.\n\nSecond.",
      flags: {
        json: JSON_FLAG,
        yes: { kind: "boolean", short: "y", doc: "Ask nothing" },
        "no-wait": { kind: "boolean", doc: "Do not wait" },
        "enable-cache": { kind: "boolean", off: "disable-cache", doc: "Keep what was fetched" },
        name: { kind: "text", value: "NAME", short: "n", emptyAllowed: true, doc: "Name of the thing" },
        file: { kind: "text", value: "FILE", completes: "file", env: "SAMPLE_FILE", doc: "Where it goes" },
        port: { kind: "integer", value: "N", min: 0, max: 65535, doc: "Port" },
        mode: { kind: "choice", choices: ["fast", "slow"], doc: "How" },
        set: { kind: "list", value: "KEY=VALUE", doc: "More settings" },
      },
      args: {
        source: { doc: "Where from", required: true, choices: ["here", "there"] },
        target: { doc: "Where to", required: false },
      },
      examples: [
        { doc: "simply", line: "ccproxy fetch here" },
        { doc: "slowly", line: "ccproxy fetch there --mode slow" },
      ],
      exitCodes: { 0: "Fetched", 1: "Lost" },
      run(input, world) {
        world.out(`${JSON.stringify(input)}\n`);
        return Promise.resolve(0);
      },
    }),
    defineCommand({
      path: ["zoo", "set"],
      summary: "Change an animal",
      flags: {},
      args: {},
      examples: [{ doc: "one", line: "ccproxy zoo set" }, { doc: "two", line: "ccproxy zoo set " }],
      exitCodes: { 0: "Changed" },
      run: () => Promise.reject(new TypeError("the zoo is on fire")),
    }),
    defineCommand({
      path: ["zoo", "look-around"],
      summary: "Look",
      flags: {},
      args: {},
      examples: [{ doc: "one", line: "ccproxy zoo look-around" }, {
        doc: "two",
        line: "ccproxy zoo look-around",
      }],
      exitCodes: { 0: "Seen" },
      run: () => Promise.resolve(3),
    }),
  ],
};

/** The input that nothing was given for. */
export const NOTHING: Input = { flags: {}, args: {} };
