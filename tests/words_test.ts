/** Words that no text of ours uses: they stop a native reader, or mean something else. */
import { assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

const BANNED = new RegExp(
  [
    "beside",
    "mend(?:s|ed)?",
    "shall",
    "for ever",
    "tells of",
    "told of",
    "goes by",
    "what is there instead",
    "Problem that is told",
  ].map((words) => `\\b${words}\\b`).join("|"),
  "i",
);

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) yield* filesIn(`${folder}${name}/`);
    else if (/\.(?:md|ts|html|css|js)$/.test(name)) yield `${folder}${name}`;
  }
}

/** Names in code are no words: only comments and texts in quotes are read. */
function textsOf(line: string, isCode: boolean): string {
  const words = line.replaceAll(/`\w+`/g, "");
  return isCode ? (words.match(/\/\/.*|^\s*\/?\*.*|"[^"]*"|'[^']*'|`[^`]*`/g) ?? []).join(" ") : words;
}

Deno.test("texts that people read use none of the banned words", async () => {
  const wrong: string[] = [];
  for (const folder of [".github/", "src/"]) {
    for await (const file of filesIn(folder)) wrong.push(...await wrongIn(file));
  }
  wrong.push(...await wrongIn("README.md"), ...await wrongIn("main.ts"));
  assertEquals(wrong, []);
});

async function wrongIn(file: string): Promise<string[]> {
  const lines = (await Deno.readTextFile(new URL(file, ROOT))).split("\n");
  return lines.flatMap((line, at) =>
    BANNED.test(textsOf(line, !file.endsWith(".md"))) ? [`${file}:${at + 1}: ${line.trim()}`] : []
  );
}
