import { Problem } from "../../problem.ts";

/** `7:3`, line and column of an offset, both counted from 1. */
export function placeIn(text: string, offset: number): string {
  const before = text.slice(text.startsWith("\uFEFF") ? 1 : 0, offset).split("\n");
  return `${before.length}:${(before.at(-1) ?? "").length + 1}`;
}

/** A client's file that is broken, or leaves no safe place: nothing of it is changed. @throws Problem file, always */
export function refuseText(file: string, text: string, offset: number, detail: string): never {
  throw new Problem("file", `${file}:${placeIn(text, offset)}: ${detail}`, {
    hint: "Correct the file, then run this again: nothing was changed",
  });
}

/** The line end of a text: that of its first line, else LF. */
export function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}
