import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { SETTING_KEYS } from "../../src/config/settings.ts";
import { PROBLEMS } from "../../src/problem.ts";
import { helpText } from "../../src/cli/help.ts";
import { EXPLAINED, moreAbout } from "../../src/cli/help_topics/explained.ts";
import { pageOf } from "../../src/cli/help_topics/page_of.ts";
import { findEntries } from "../../src/cli/help_topics/find_entry.ts";
import { helpPage } from "../../src/cli/help_topics/help_page.ts";
import { PAGES } from "../../src/cli/help_topics/pages.ts";
import { renderMarkdown } from "../../src/cli/help_topics/render_markdown.ts";
import { TOPICS } from "../../src/cli/help_topics/topics.ts";
import { TABLE } from "../../src/cli/commands.ts";
import { parseLine } from "../../src/cli/parse.ts";
import { textWidth } from "../../src/cli/text_width.ts";

const STYLE = { columns: 60, colour: false };

Deno.test("every topic has its page, and every page is a topic", () => {
  assertEquals(TOPICS.map(({ name }) => name).sort(), Object.keys(PAGES).sort());
});

Deno.test("ccproxy help WORD is a page where the word is no command, and the help of the command where it is", () => {
  assertEquals(parseLine(["help", "settings"], TABLE), { kind: "topic", word: "settings" });
  assertEquals(parseLine(["help", "serve"], TABLE), { kind: "help", path: ["serve"] });
  for (const { name } of TOPICS) assertEquals(parseLine(["help", name], TABLE).kind, "topic", name);
});

Deno.test("every setting and every code of an error has an entry that ccproxy help prints", () => {
  for (const key of SETTING_KEYS) assertStringIncludes(helpPage(key, STYLE, []), "meaning: ", key);
  for (const { apiCode, title } of Object.values(PROBLEMS)) {
    if (apiCode !== null) assert(helpPage(apiCode, STYLE, []).length > title.length, apiCode);
  }
  assertStringIncludes(helpPage("temperature", STYLE, []), "Ignored and reported");
  assertStringIncludes(helpPage("session_not_found", STYLE, []), "storage.session_ttl_hours is forgotten");
});

Deno.test("a parameter that stands in several tables is told with each", () => {
  const found = helpPage("n", STYLE, []);
  assertStringIncludes(found, "Refused with 400");
  assertStringIncludes(found, "Done by ccproxy");
});

Deno.test("an unknown word names the nearest page, command or entry", () => {
  const hintOf = (word: string) => assertThrows(() => helpPage(word, STYLE, ["serve"])) as { hint?: string };
  assertStringIncludes(hintOf("setings").hint ?? "", '"ccproxy help settings"');
  assertStringIncludes(hintOf("serv").hint ?? "", '"ccproxy help serve"');
  assertStringIncludes(hintOf("codex.transprt").hint ?? "", '"ccproxy help codex-transport"');
  assertMatch(hintOf("xyzzy").hint ?? "", /^Pages are: /);
});

Deno.test("pages fit the terminal, except code and words that cannot be broken", () => {
  for (const [name, page] of Object.entries(PAGES)) {
    for (const line of renderMarkdown(page, STYLE).split("\n")) {
      if (textWidth(line) <= STYLE.columns || line.startsWith("  ") || !line.trim().includes(" ")) continue;
      throw new Error(`${name}: ${line}`);
    }
    assert(!/<!--|<a id|<details>/.test(renderMarkdown(page, STYLE)), name);
  }
});

Deno.test("renderMarkdown() wraps texts and lists, keeps code, and gives a table's row its cells below it", () => {
  const page = [
    "# Title",
    "",
    "A [link](x.md) and `code` in a text that is longer than one line of the window.",
    "",
    "- one item that is so long that its words go on in a second line",
    "- two",
    "",
    "```bash",
    "a  b",
    "",
    "c",
    "```",
    "",
    "| name | what |",
    "| --- | --- |",
    '| <a id="a"></a>`a` | b \\| c |',
  ].join("\n");
  assertEquals(
    renderMarkdown(page, { columns: 40, colour: false }),
    [
      "Title",
      "",
      "A link and code in a text that is longer",
      "than one line of the window.",
      "",
      "- one item that is so long that its",
      "  words go on in a second line",
      "- two",
      "",
      "  a  b",
      "",
      "  c",
      "",
      "a",
      "    b | c",
      "",
    ].join("\n"),
  );
});

Deno.test("findEntries() ends a section at the next heading of its kind", () => {
  const page =
    '<a id="one"></a>\n\n## One\n\ntext\n\n### Part\n\nmore\n\n<a id="two"></a>\n\n## Two\n\nother';
  assertEquals(findEntries(page, "one"), ["## One\n\ntext\n\n### Part\n\nmore\n"]);
  assertEquals(findEntries(page, "two"), ["## Two\n\nother"]);
});

Deno.test("moreAbout() names the entry of a problem that is explained, also by its title, and of no other", () => {
  assertEquals(moreAbout("session_not_found"), "ccproxy help session_not_found");
  assertEquals(moreAbout("backend_timeout"), moreAbout("backend_unreachable"));
  assertEquals(moreAbout("usage"), undefined);
  for (const code of EXPLAINED) {
    const entry = helpPage(PROBLEMS[code].apiCode, STYLE, []);
    assert(entry.replaceAll(/\s+/g, " ").length > PROBLEMS[code].hint.length + 100, code);
  }
});

Deno.test("the help of every command and group ends with a page that exists", () => {
  for (const { path } of [...TABLE.groups, ...TABLE.commands]) {
    assert(Object.hasOwn(PAGES, pageOf(path)), path.join(" "));
    const last = helpText(TABLE, path, STYLE).trimEnd().split("\n").at(-1);
    if (path.length > 0) assertEquals(last, `More: ccproxy help ${pageOf(path)}`);
  }
});
