/** Anchors of a Markdown document: those that GitHub makes from headings, and those that stand in it as `<a id="…">`. */
export function anchorsOf(markdown: string): string[] {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
  return [...headings, ...factsOf(markdown)];
}

/** Only the anchors that stand in a document as `<a id="…">`: one for each fact of `.github/docs/`. */
export function factsOf(markdown: string): string[] {
  return [...markdown.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id);
}
