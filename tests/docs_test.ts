/** What the documents say exists: files, functions, tasks, settings, commands, anchors. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { TABLE } from "../src/cli/commands.ts";
import { parseLine } from "../src/cli/parse.ts";
import { TOPICS } from "../src/cli/help_topics/topics.ts";
import { settingsFrom } from "../src/config/load.ts";
import { isSettingKey, SETTING_KEYS } from "../src/config/settings.ts";
import { markdownTable } from "../tools/docs/markdown.ts";
import { replacePart } from "../tools/docs/replace_part.ts";
import { terminalSvg } from "../tools/docs/terminal_svg.ts";
import { releaseNotes } from "../tools/package/release_notes.ts";
import { anchorsOf } from "./anchors.ts";

const ROOT = new URL("../", import.meta.url);
const DOCUMENTS = [
  "README.md",
  ...TOPICS.map(({ file }) => `.github/docs/${file}`),
  ".github/ARCHITECTURE.md",
  ".github/CONTRIBUTING.md",
  ".github/SECURITY.md",
  ".github/CHANGELOG.md",
];

async function read(path: string): Promise<string> {
  return (await Deno.readTextFile(new URL(path, ROOT))).replaceAll("\r\n", "\n");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

/** `path` of code in the repository, with or without a slash at the end; not a pattern and not a file of the user. */
const PATH = /`((?:src|tests|tools|\.github|\.ci)\/[\w./-]+|main\.ts|deno\.json)`/g;

/** What is wrong in any of the documents, as `document: what`. */
async function inDocuments(
  wrongIn: (text: string, document: string) => Promise<string[]> | string[],
): Promise<string[]> {
  const wrong: string[] = [];
  for (const document of DOCUMENTS) {
    const found = await wrongIn(await read(document), document);
    wrong.push(...new Set(found.map((text) => `${document}: ${text}`)));
  }
  return wrong;
}

Deno.test("documents: every file of the repository that they name exists", async () => {
  const wrong = await inDocuments(async (text) => {
    const paths = [...text.matchAll(PATH)].map(([, path = ""]) => path);
    const there = await Promise.all(paths.map(exists));
    return paths.filter((_, at) => !there[at]);
  });
  assertEquals(wrong, []);
});

Deno.test("documents: every function that they name behind a file is in that file", async () => {
  const wrong = await inDocuments(async (text) => {
    const missing: string[] = [];
    for (
      const [, path = "", name = ""] of text.replaceAll(/\s+/g, " ").matchAll(/`([\w./-]+\.ts)` `(\w+)\(\)`/g)
    ) {
      const code = await read(path).catch(() => "");
      if (!new RegExp(`\\bfunction\\*? ${name}\\b`).test(code)) missing.push(`${path} ${name}()`);
    }
    return missing;
  });
  assertEquals(wrong, []);
});

Deno.test("documents: every link leads to a file or a heading", async () => {
  const wrong = await inDocuments(async (text, document) => {
    const broken: string[] = [];
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      // Pages of the repository on GitHub beside its files, as seen from the README.
      if (/^https?:/.test(target) || target.startsWith("../../")) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === ""
        ? document
        : new URL(path, new URL(document, ROOT)).href.slice(ROOT.href.length);
      const isRight = await exists(file) &&
        (anchor === undefined || anchorsOf(await read(file)).includes(anchor));
      if (!isRight) broken.push(target);
    }
    return broken;
  });
  assertEquals(wrong, []);
});

Deno.test("ARCHITECTURE.md has every part of src in its table of layers", async () => {
  const layers = /\n## Layers\n([\s\S]*?)\n## /.exec(await read(".github/ARCHITECTURE.md"))?.[1] ?? "";
  const parts: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL("src/", ROOT))) {
    parts.push(`\`src/${name}${isDirectory ? "/" : ""}\``);
  }
  assertEquals(parts.filter((part) => !layers.includes(part)), []);
});

Deno.test("documents: every task that they name is in deno.json", async () => {
  const wrong = await inDocuments((text) =>
    [...text.matchAll(/\b(?:deno|deno@[\d.]+) task ([a-z][\w:]*)/g)].map(([, name = ""]) => name)
      .filter((name) => !Object.hasOwn(config.tasks, name))
  );
  assertEquals(wrong, []);
});

Deno.test("documents: every setting that they name exists", async () => {
  const sections = [...new Set(SETTING_KEYS.map((key) => key.split(".")[0]))].join("|");
  const setting = new RegExp(`\`((?:${sections})\\.[a-z_]+)(?: =[^\`]*)?\``, "g");
  const wrong = await inDocuments((text) =>
    [...text.matchAll(setting)].map(([, key = ""]) => key).filter((key) =>
      !isSettingKey(key) && key !== "auth.json"
    )
  );
  assertEquals(wrong, []);
});

Deno.test("documents: every command that they show can be typed", async () => {
  const wrong = await inDocuments((text) => {
    const blocks = [...text.matchAll(/^ *```bash\n([\s\S]*?)```/gm)].flatMap(([, block = ""]) =>
      block.split("\n")
    );
    const inline = [...text.matchAll(/`(ccproxy [^`\n]+)`/g)].map(([, command = ""]) => command);
    return [...blocks, ...inline].map((line) => line.trim()).flatMap((line) => {
      // Brackets, an ellipsis and words in capitals stand for what a person puts there.
      if (!line.startsWith("ccproxy ") || /[\[<{…]|\.\.\.|\b[A-Z]{3,}\b/.test(line)) return [];
      const words = line.replace(/ [|>&].*$/, "").split(" ").slice(1);
      try {
        parseLine(words, TABLE);
        return [];
      } catch (error) {
        return [`${line}: ${error instanceof Error ? error.message : error}`];
      }
    });
  });
  assertEquals(wrong, []);
});

Deno.test("documents: every settings file that they show can be loaded", async () => {
  const wrong = await inDocuments((text) =>
    [...text.matchAll(/^```toml\n([\s\S]*?)```/gm)].flatMap(([, file = ""]) => {
      try {
        settingsFrom({ path: "config.toml", explicit: true, env: { get: () => undefined }, flags: {} }, file);
        return [];
      } catch (error) {
        return [`${error instanceof Error ? error.message : error}`];
      }
    })
  );
  assertEquals(wrong, []);
});

Deno.test("README.md shows the two commands for a machine with Node alone before anything else can be run", async () => {
  const [, first] = /```bash\n([\s\S]*?)```/.exec(await read("README.md")) ?? [];
  assertEquals(first, "npx -y deno@2.9.6 task serve\nnpx -y deno@2.9.6 task test\n");
});

Deno.test("README.md has the recording, and it is an SVG", async () => {
  const [, path = ""] = /!\[[^\]]*\]\(([^)]+\.svg)\)/.exec(await read("README.md")) ?? [];
  assert((await read(path)).startsWith("<svg "));
});

Deno.test("CHANGELOG.md opens with Unreleased and has the section of this version", async () => {
  const text = await read(".github/CHANGELOG.md");
  assertEquals(/^## .*$/m.exec(text)?.[0], "## Unreleased");
  assert(releaseNotes(text, config.version).length > 0);
});

Deno.test("replacePart() changes what stands between its markers, and a second time nothing", () => {
  const document = "Before\n\n<!-- a:begin -->old<!-- a:end -->\n\nAfter <!-- b:begin --><!-- b:end -->\n";
  const once = replacePart(document, "a", "\nnew\n");
  assertEquals(
    once,
    "Before\n\n<!-- a:begin -->\n\n<!-- deno-fmt-ignore-start -->\n\nnew\n\n<!-- deno-fmt-ignore-end -->\n\n" +
      "<!-- a:end -->\n\nAfter <!-- b:begin --><!-- b:end -->\n",
  );
  assertEquals(replacePart(once, "a", "new"), once);
});

Deno.test("replacePart() refuses a document without its markers, with one of them, or with both twice", () => {
  const both = "<!-- a:begin --><!-- a:end -->";
  for (const document of ["", "<!-- a:begin -->", "<!-- a:end --><!-- a:begin -->", both + both]) {
    assertThrows(() => replacePart(document, "a", "text"), document);
  }
});

Deno.test("markdownTable() lets no cell end early or become HTML, and leaves code as it is", () => {
  assertEquals(
    markdownTable(["a|b", "c"], [["<x>", "`<y> | z`"]]),
    "| a\\|b | c |\n| --- | --- |\n| &lt;x> | `<y> \\| z` |",
  );
});

Deno.test("terminalSvg() wraps long lines, escapes them, and gives only the first row of a command a prompt", () => {
  const svg = terminalSvg([{ text: 'echo "<&>"', kind: "command", atMs: 1500 }], "A & B", 8);
  assertEquals(
    svg.match(/<(?:title|text)\b.*/g),
    [
      "<title>A &amp; B</title>",
      '<text x="16" y="31" class="l c" style="animation-delay:1.50s"><tspan class="p">$ </tspan>echo\u00a0"</text>',
      '<text x="16" y="51" class="l c" style="animation-delay:1.50s">&lt;&amp;&gt;"</text>',
    ],
  );
});
