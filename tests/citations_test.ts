/** What comments say about where a fact comes from: `backend.md#version-gate`, `translation.md#t58, #t90`. */
import { assertEquals } from "@std/assert";
import { TOPICS } from "../src/cli/help_topics/topics.ts";
import { anchorsOf, factsOf } from "./anchors.ts";

/** Facts that are written down before the code that will rest on them. Citing one takes it off this list. */
const SOON: readonly string[] = [
  "backend.md#attestation",
  "backend.md#auth-json-locks",
  "backend.md#cli-base-url",
  "backend.md#cli-model-list",
  "backend.md#foreign-originator",
  "backend.md#geography",
  "backend.md#reasoning-content-refused",
];

const ROOT = new URL("../", import.meta.url);
const FACTS = ".github/docs/";
const THIS_FILE = "tests/citations_test.ts";
/** What the release makes and the repository does not hold. */
const MADE_BY_RELEASE: readonly string[] = ["NOTES.md"];

/** A page for users beside the facts; its anchors are for links. */
function isPage(path: string): boolean {
  return TOPICS.some(({ file }) => path === FACTS + file) && path !== `${FACTS}performance.md`;
}

/** A document and an anchor of it; more anchors of the same document may follow, also as `#first to #last`. */
const CITATION = /([\w./-]*[\w-]+\.md)#([\w-]+)((?:(?:, and|,|;| and| to) #[\w-]+)*)/g;
/** A document without an anchor: a path, not an old `document 5.3`. */
const MENTION = /(?<![\w./{}$-])((?:[\w.-]+\/)*[\w-]+\.md)\b(?!#)/g;

/** A file in which facts are cited. */
interface Source {
  readonly path: string;
  /** its comments, or a whole document, on one line */
  readonly text: string;
}

async function* files(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) yield* files(`${folder}${name}/`);
    else yield folder + name;
  }
}

async function read(path: string): Promise<string> {
  return (await Deno.readTextFile(new URL(path, ROOT))).replaceAll("\r\n", "\n");
}

/** The comments of a program, each on one line. */
function commentsOf(code: string): string {
  const comments = [...code.matchAll(/\/\*[\s\S]*?\*\/|(?<![:\w"'`])\/\/.*(?:\n\s*\/\/.*)*/g)];
  return comments.map(([comment]) => comment.replaceAll(/\s*\n\s*(?:\*(?!\/)|\/\/)?\s*/g, " ")).join("\n");
}

async function programs(): Promise<Source[]> {
  const found: Source[] = [{ path: "main.ts", text: commentsOf(await read("main.ts")) }];
  for (const folder of ["src/", "tests/", "tools/"]) {
    for await (const path of files(folder)) {
      if (path.endsWith(".ts") && path !== THIS_FILE) {
        found.push({ path, text: commentsOf(await read(path)) });
      }
    }
  }
  return found;
}

async function documents(): Promise<Source[]> {
  const paths = ["README.md"];
  for await (const path of files(".github/")) if (path.endsWith(".md")) paths.push(path);
  return await Promise.all(paths.map(async (path) => ({ path, text: await read(path) })));
}

/** What a text cites, one for each anchor, as `document#anchor`. */
function citationsIn(text: string): string[] {
  return [...text.matchAll(CITATION)].flatMap(([, document = "", first = "", more = ""]) =>
    [first, ...[...more.matchAll(/#([\w-]+)/g)].map(([, anchor = ""]) => anchor)].map((anchor) =>
      `${document}#${anchor}`
    )
  );
}

/** The file of the repository that a text in `from` means by a name: a fact's document, a path, or a neighbour. */
function fileOf(name: string, from: string, known: ReadonlySet<string>): string | undefined {
  const near = new URL(name, new URL(from, ROOT)).href.slice(ROOT.href.length);
  return [name, near, `.github/${name}`].find((path) => known.has(path));
}

/** Every Markdown file of the repository, from the root. */
async function markdownFiles(): Promise<Set<string>> {
  const known = new Set(["README.md"]);
  for (const folder of [".github/", "src/", "tests/", "tools/"]) {
    for await (const path of files(folder)) if (path.endsWith(".md")) known.add(path);
  }
  return known;
}

Deno.test("citations: every anchor that a comment or a document cites exists", async () => {
  const known = await markdownFiles();
  const anchors = new Map<string, string[]>();
  for (const path of known) anchors.set(path, anchorsOf(await read(path)));
  const wrong = [...await programs(), ...await documents()].flatMap(({ path, text }) =>
    citationsIn(text).filter((citation) => {
      const [name = "", anchor = ""] = citation.split("#");
      const document = known.has(FACTS + name) ? FACTS + name : fileOf(name, path, known);
      return document === undefined || anchors.get(document)?.includes(anchor) !== true;
    }).map((citation) => `${path}: ${citation}`)
  );
  assertEquals(wrong, []);
});

Deno.test("citations: a document that is named without an anchor is a file of the repository", async () => {
  const known = await markdownFiles();
  const wrong = [...await programs(), ...await documents()].flatMap(({ path, text }) =>
    [...text.matchAll(MENTION)].map(([, name = ""]) => name).filter((name) =>
      fileOf(name, path, known) === undefined && !MADE_BY_RELEASE.includes(name)
    ).map((name) => `${path}: ${name}`)
  );
  assertEquals(wrong, []);
});

Deno.test("citations: every fact is cited by code, or will be soon, and has an anchor of its own", async () => {
  const cited = new Set((await programs()).flatMap(({ text }) => citationsIn(text)));
  const facts: string[] = [];
  for await (const path of files(FACTS)) {
    // The table of statements is generated, and says itself what proves each.
    if (path === `${FACTS}translation.md` || isPage(path)) continue;
    facts.push(...factsOf(await read(path)).map((id) => `${path.slice(FACTS.length)}#${id}`));
  }
  assertEquals(facts.filter((fact, at) => facts.indexOf(fact) !== at), [], "two facts under one anchor");
  assertEquals(
    facts.filter((fact) => !cited.has(fact) && !SOON.includes(fact)),
    [],
    "facts that nothing cites",
  );
  assertEquals(SOON.filter((fact) => !facts.includes(fact)), [], "no such fact");
  assertEquals(SOON.filter((fact) => cited.has(fact)), [], "cited now: take them off the list");
});

Deno.test("citationsIn() reads every anchor of a document, also from a comment that wraps", () => {
  const code = [
    "/**",
    " * Sends it once (translation.md#t58, #t90;",
    " * clients.md#bare-json",
    " * and #usage-chunk).",
    " */",
    'const url = "https://example.com/a.md#b"; // see',
    "// backend.md#revoke",
  ].join("\n");
  assertEquals(citationsIn(commentsOf(code)), [
    "translation.md#t58",
    "translation.md#t90",
    "clients.md#bare-json",
    "clients.md#usage-chunk",
    "backend.md#revoke",
  ]);
});
