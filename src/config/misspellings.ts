/**
 * The ways in which the name of a variable is most often mistyped: a letter left out, two swapped, one doubled, one
 * underscore where there should be two. Pure.
 *
 * Under a list of allowed names Deno lets nobody list the environment, also not those of an allowed prefix; it only
 * answers whether a name is set (Deno 2.9.6). So the likely names are asked for: some sixty for each setting, half a
 * microsecond each.
 */
export function misspellings(name: string): string[] {
  const found = new Set<string>([name.replace("__", "_")]);
  for (let at = PREFIX; at < name.length; at++) {
    const [before, here, after] = [name.slice(0, at), name.charAt(at), name.slice(at + 1)];
    found.add(before + after);
    found.add(before + here + here + after);
    if (after !== "") found.add(before + after.charAt(0) + here + after.slice(1));
  }
  found.delete(name);
  return [...found];
}

/** `CCPROXY_` is right, or the name could not be asked for. */
const PREFIX = "CCPROXY_".length;
