import { permissionFlags, type Target } from "../permissions.ts";
import { code, markdownTable } from "./markdown.ts";

const SYSTEMS: readonly (readonly [name: string, target: Target])[] = [
  ["Linux", "x86_64-unknown-linux-gnu"],
  ["macOS", "aarch64-apple-darwin"],
  ["Windows", "x86_64-pc-windows-msvc"],
];

const KINDS: readonly (readonly [kind: string, meaning: string])[] = [
  ["net", "connect to, listen on"],
  ["read", "read files below, until it is narrowed"],
  ["write", "write files below, until it is narrowed"],
  ["env", "read environment variables"],
  ["run", "run programs"],
];

/** What the executable may do on each system, from the one list that it is built with. */
export function permissionsPart(): string {
  return markdownTable(
    ["the program may", ...SYSTEMS.map(([name]) => name)],
    KINDS.map(([kind, meaning]) => {
      const cells = SYSTEMS.map(([, target]) => valuesOf(kind, target));
      // A list that is the same everywhere is written once.
      return [
        meaning,
        ...cells.every((cell) => cell === cells[0]) ? [cells[0] ?? "", "same", "same"] : cells,
      ];
    }),
  );
}

function valuesOf(kind: string, target: Target): string {
  const prefix = `--allow-${kind}=`;
  const flag = permissionFlags(target).find((text) => text.startsWith(prefix));
  // 26 drives in a row say less than two and dots.
  if (flag?.includes("C:\\") === true) return "every drive: " + code("C:\\") + " …";
  return flag === undefined ? "nothing" : flag.slice(prefix.length).split(",").map(code).join(" ");
}
