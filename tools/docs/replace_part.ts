/**
 * Puts a text between `<!-- NAME:begin -->` and `<!-- NAME:end -->`. What stands around the two markers stays as it is.
 *
 * The text is kept apart from the markers by blank lines, and told to `deno fmt` as not to be touched: tables padded to
 * the widest cell would change in every line when one row does.
 *
 * @throws Error when the document does not have each of the markers once, in this order
 */
export function replacePart(document: string, name: string, text: string): string {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const [before = "", afterBegin, ...moreBegins] = document.split(begin);
  const [, afterEnd, ...moreEnds] = (afterBegin ?? "").split(end);
  if (afterBegin === undefined || afterEnd === undefined || moreBegins.length + moreEnds.length > 0) {
    throw new Error(`The document needs "${begin}" and then "${end}", each once`);
  }
  return [
    before + begin,
    "<!-- deno-fmt-ignore-start -->",
    text.trim(),
    "<!-- deno-fmt-ignore-end -->",
    end + afterEnd,
  ].join("\n\n");
}
