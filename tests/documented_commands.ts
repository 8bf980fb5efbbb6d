/** Every command that the documents show, as it would be typed. */
import { TOPICS } from "../src/cli/help_topics/topics.ts";

const ROOT = new URL("../", import.meta.url);

/** Where commands for users stand. */
const PAGES = [
  "README.md",
  ...TOPICS.map(({ file }) => `.github/docs/${file}`),
  ".github/SECURITY.md",
  ".github/CONTRIBUTING.md",
];

/** One command and the documents that show it. */
export interface DocumentedCommand {
  readonly line: string;
  readonly documents: readonly string[];
}

/** The lines of blocks for a shell, without comments and with continued lines joined, and commands in the text. */
export async function documentedCommands(): Promise<DocumentedCommand[]> {
  const found = new Map<string, Set<string>>();
  for (const document of PAGES) {
    const text = (await Deno.readTextFile(new URL(document, ROOT))).replaceAll("\r\n", "\n");
    for (const line of commandsOf(text)) {
      const documents = found.get(line) ?? new Set();
      found.set(line, documents.add(document));
    }
  }
  return [...found].map(([line, documents]) => ({ line, documents: [...documents] }));
}

/** The same for one text. Pure. */
export function commandsOf(markdown: string): string[] {
  const block = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm;
  const inBlocks = [...markdown.matchAll(block)].flatMap(([, language = "", code = ""]) =>
    language === "bash" || language === "sh" ? code.replaceAll(/\\\n\s*/g, "").split("\n") : []
  );
  const text = markdown.replaceAll(block, "");
  const inline = [...text.matchAll(/`((?:npx -y deno@\S+ task )?ccproxy [^`\n]+)`/g)].map(([, line = ""]) =>
    line
  );
  return [...inBlocks, ...inline].map((line) => line.trim()).filter((line) =>
    line !== "" && !line.startsWith("#")
  );
}
