/** Branches that the scripts of bash and zsh share. Pure. */
import { quoteSh } from "../../quote.ts";
import { actionFor, type Position } from "./positions.ts";

/** Shared by bash and zsh: the path walked so far decides, values of flags are skipped. */
export function shellCases(places: readonly Position[], entry: (place: Position) => string): string {
  return places.map((place) => `    ${quoteSh(place.path.join(" "))}) ${entry(place)} ;;`).join("\n");
}

/** The places where ccproxy is asked for the words. */
export function askCases(places: readonly Position[], action: (command: string) => string): string {
  return places.flatMap(({ path, asked }) =>
    asked === undefined ? [] : [`    ${quoteSh(path.join(" "))}) ${action(asked)} ;;`]
  ).join("\n");
}

/** What completes the value of a flag. */
export function valueCases(
  places: readonly Position[],
  onFile: string,
  onChoices: (choices: readonly string[]) => string,
  onAsked: (command: string) => string,
): string {
  return places.flatMap((place) =>
    place.values.map(({ flag, source }) => {
      const action = actionFor(source, onFile, onChoices, onAsked);
      return `    ${quoteSh([...place.path, flag].join(" "))}) ${action}; return ;;`;
    })
  ).join("\n");
}
