import { quoteFish } from "../../quote.ts";
import { actionFor, type Position } from "./positions.ts";

/** The script for fish. */
export function fishScript(places: readonly Position[]): string {
  const lines = places.flatMap((place) => {
    const here = `-n ${quoteFish(`test (__ccproxy_place) = ${quoteFish(place.path.join(" "))}`)}`;
    return [
      ...place.words.map(({ word, doc }) =>
        `complete -c ccproxy ${here} -a ${quoteFish(word)} -d ${quoteFish(doc)}`
      ),
      ...place.asked === undefined
        ? []
        : [`complete -c ccproxy ${here} -a ${quoteFish(`(${place.asked} 2>/dev/null)`)}`],
      ...place.flags.map(({ word, doc }) => {
        const value = place.values.find(({ flag }) => flag === word);
        const takes = value === undefined ? "" : actionFor(
          value.source,
          " -r -F",
          (choices) => ` -x -a ${quoteFish(choices.join(" "))}`,
          (command) => ` -x -a ${quoteFish(`(${command} 2>/dev/null)`)}`,
        ).replace(/^:$/, " -x");
        return `complete -c ccproxy ${here} -l ${word.slice(2)} -d ${quoteFish(doc)}${takes}`;
      }),
    ];
  });
  return `# fish completion for ccproxy; save it as ~/.config/fish/completions/ccproxy.fish
function __ccproxy_place
  set -l place ''
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; and break
    set -l next (string trim -- "$place $word")
    contains -- $next ${
    places.filter(({ path }) => path.length > 0).map(({ path }) => quoteFish(path.join(" "))).join(" ")
  }; or break
    set place $next
  end
  echo $place
end
complete -c ccproxy -f
${lines.join("\n")}
`;
}
