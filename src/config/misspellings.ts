/**
 * The ways in which the name of a variable is most often mistyped: a letter left out, two swapped, one doubled, an "s"
 * too many, one underscore or none where there should be two. Pure.
 *
 * Under a list of allowed names Deno lets nobody list the environment, also not those of an allowed prefix; it only
 * answers whether a name is set (Deno 2.9.6). So the likely names are asked for: some sixty for each setting, half a
 * microsecond each.
 */
export function misspellings(name: string): string[] {
  const found = [name.replace("__", "_"), name.replace("__", ""), `${name}S`];
  for (let at = PREFIX; at < name.length; at++) {
    const before = name.slice(0, at);
    const here = name.charAt(at);
    const next = name.charAt(at + 1);
    // Of two equal letters one name comes out for either, and swapped they are the name itself.
    if (here === next) continue;
    const after = name.slice(at + 1);
    found.push(before + after, before + here + here + after);
    if (next !== "") found.push(before + next + here + name.slice(at + 2));
  }
  return found;
}

/** `CCPROXY_` is right, or the name could not be asked for. */
const PREFIX = "CCPROXY_".length;
