import { assertEquals } from "@std/assert";
import { parseLine } from "../../src/cli/parse.ts";
import { Problem } from "../../src/problem.ts";
import { SAMPLE } from "./sample_table.ts";

/** What parsing gives, short enough for a table of cases. */
function parsed(...args: string[]): unknown {
  const result = parseLine(args, SAMPLE);
  if (result.kind === "version") return "version";
  if (result.kind === "topic") return { topic: result.word };
  return result.kind === "help" ? { help: result.path } : result.input;
}

function refused(...args: string[]): string {
  try {
    return JSON.stringify(parsed(...args));
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== "usage") throw thrown;
    return `${thrown.message.replace("Wrong usage: ", "")} | ${thrown.hint}`;
  }
}

const SEE_FETCH = 'Run "ccproxy fetch --help" to see what it takes';

Deno.test("parseLine() gives flags their types and leaves out what was not given", () => {
  const input = parsed(
    ..."fetch here --json -y --disable-cache --name 7 --port=0 --mode slow --set a=1 --set=b=2 there".split(
      " ",
    ),
  );
  assertEquals(input, {
    flags: {
      json: true,
      yes: true,
      "enable-cache": false,
      name: "7",
      port: 0,
      mode: "slow",
      set: ["a=1", "b=2"],
    },
    args: { source: "here", target: "there" },
  });
  assertEquals(parsed("fetch", "here"), { flags: {}, args: { source: "here" } });
});

Deno.test("parseLine() takes words after -- for arguments", () => {
  assertEquals(parsed("fetch", "here", "--", "--json"), {
    flags: {},
    args: { source: "here", target: "--json" },
  });
});

Deno.test("parseLine() gives the following word to no boolean flag", () => {
  assertEquals(parsed("fetch", "--json", "here", "--yes", "true"), {
    flags: { json: true, yes: true },
    args: { source: "here", target: "true" },
  });
  assertEquals(parsed("fetch", "-y", "here"), { flags: { yes: true }, args: { source: "here" } });
  assertEquals(parsed("fetch", "--no-wait", "here"), {
    flags: { "no-wait": true },
    args: { source: "here" },
  });
});

Deno.test("parseLine() takes an empty value where that is meant", () => {
  assertEquals(parsed("fetch", "here", "--port", "2", "--name="), {
    flags: { port: 2, name: "" },
    args: { source: "here" },
  });
  assertEquals(parsed("fetch", "here", "-n", "x", "--json=false"), {
    flags: { json: false, name: "x" },
    args: { source: "here" },
  });
});

Deno.test("parseLine() gives help at every level, whatever else is there", () => {
  assertEquals(parsed(), { help: [] });
  assertEquals(parsed("--help"), { help: [] });
  assertEquals(parsed("-h"), { help: [] });
  assertEquals(parsed("help"), { help: [] });
  assertEquals(parsed("zoo"), { help: ["zoo"] });
  assertEquals(parsed("zoo", "--help"), { help: ["zoo"] });
  assertEquals(parsed("help", "zoo", "set"), { help: ["zoo", "set"] });
  assertEquals(parsed("zoo", "set", "--nonsense", "-h"), { help: ["zoo", "set"] });
  assertEquals(parsed("zoo", "help"), { help: ["zoo"] });
  assertEquals(parsed("zoo", "help", "set"), { help: ["zoo", "set"] });
  assertEquals(parsed("zoo", "set", "help"), { help: ["zoo", "set"] });
  assertEquals(parsed("help", "help"), { help: [] });
});

Deno.test("parseLine() shows the version for the word and for the flags, of ccproxy alone", () => {
  for (const word of ["--version", "-v", "-V", "version"]) assertEquals(parsed(word), "version");
  assertEquals(parsed("version", "--help"), { help: [] });
  assertEquals(refused("version", "x"), 'unexpected argument "x" | Run "ccproxy version" alone');
});

Deno.test("parseLine() refuses a flag that is given twice, unless it is a list", () => {
  const cases: [string, string][] = [
    ["fetch here --port 1 --port 2", '"--port" is given 2 times: give it once'],
    ["fetch here --port 1 --port 1", '"--port" is given 2 times: give it once'],
    ["fetch here -n a --name b", '"--name" is given 2 times: give it once'],
    ["fetch here -y --yes", '"--yes" is given 2 times: give it once'],
    ["fetch here --json --json=false", '"--json" is given 2 times: give it once'],
    ["fetch here --disable-cache --disable-cache", '"--disable-cache" is given 2 times: give it once'],
    ["fetch here --mode fast --mode slow", '"--mode" is given 2 times: give it once'],
  ];
  for (const [line, expected] of cases) {
    assertEquals(refused(...line.split(" ")), `${expected} | ${SEE_FETCH}`);
  }
  assertEquals(parsed("fetch", "here", "--set", "a=1", "--set", "a=1"), {
    flags: { set: ["a=1", "a=1"] },
    args: { source: "here" },
  });
});

Deno.test("parseLine() refuses what is unknown, with the nearest known word", () => {
  const cases: [string, string][] = [
    ["fetsh", 'unknown command "fetsh" | Did you mean "ccproxy fetch"?'],
    ["zoo sett", 'unknown command "sett" of "ccproxy zoo" | Did you mean "ccproxy zoo set"?'],
    ["look", 'unknown command "look" | Did you mean "ccproxy zoo look-around"?'],
    ["xyzzyx", 'unknown command "xyzzyx" | Run "ccproxy --help" to see the commands'],
    ["--versoin", 'unknown flag "--versoin" for "ccproxy" | Did you mean "ccproxy --version"?'],
    ["fetch here --jsn", 'unknown flag "--jsn" for "ccproxy fetch" | Did you mean "ccproxy fetch --json"?'],
    [
      "fetch here --disable_cache",
      'unknown flag "--disable_cache" for "ccproxy fetch" | Did you mean "ccproxy fetch --disable-cache"?',
    ],
    [
      "fetch here --no-wiat=1",
      'unknown flag "--no-wiat" for "ccproxy fetch" | Did you mean "ccproxy fetch --no-wait"?',
    ],
    [
      "fetch here --wait",
      'unknown flag "--wait" for "ccproxy fetch" | Run "ccproxy fetch --help" to see what it takes',
    ],
    ["fetch here -x", `unknown flag "-x" for "ccproxy fetch" | ${SEE_FETCH}`],
    ["fetch here -yx", `unknown flag "-x" for "ccproxy fetch" | ${SEE_FETCH}`],
    ["fetch here --__proto__=1", `unknown flag "--__proto__" for "ccproxy fetch" | ${SEE_FETCH}`],
    ["fetch hare", 'unknown source "hare": known are here, there | Did you mean "ccproxy fetch here"?'],
    [
      "fetch here --mode fats",
      '"--mode" must be one of fast, slow: found "fats" | Did you mean "ccproxy fetch --mode fast"?',
    ],
    [
      "--json fetch",
      'unknown flag "--json" for "ccproxy" | Write the flag after the command: "ccproxy COMMAND --json"',
    ],
    [
      "zoo --version",
      'unknown flag "--version" for "ccproxy zoo" | Run "ccproxy zoo --help" to see what it takes',
    ],
  ];
  for (const [line, expected] of cases) assertEquals(refused(...line.split(" ")), expected);
});

Deno.test("parseLine() refuses values that do not fit", () => {
  const cases: [string, string][] = [
    ["fetch here --json=maybe", '"--json" takes no value: found "maybe"'],
    ["fetch here --disable-cache=true", '"--disable-cache" takes no value: found "true"'],
    [
      "fetch here --enable-cache --disable-cache",
      '"--enable-cache" and "--disable-cache" exclude each other',
    ],
    ["fetch here --port", '"--port" needs a value: --port N'],
    ["fetch here --port --json", '"--port" needs a value: --port N'],
    ["fetch here --port=", '"--port" needs a value: --port N'],
    ["fetch here --name", '"--name" needs a value: --name NAME'],
    ["fetch here --port x1", '"--port" must be a whole number from 0 to 65535: found "x1"'],
    ["fetch here --port 1e3", '"--port" must be a whole number from 0 to 65535: found "1e3"'],
    ["fetch here --port 65536", '"--port" must be a whole number from 0 to 65535: found "65536"'],
    ["fetch here --port=-1", '"--port" must be a whole number from 0 to 65535: found "-1"'],
    ["fetch", "SOURCE is missing"],
    ["fetch here there everywhere", 'unexpected argument "everywhere"'],
  ];
  for (const [line, expected] of cases) {
    assertEquals(refused(...line.split(" ")), `${expected} | ${SEE_FETCH}`);
  }
});
