import { CLIENTS } from "../../src/cli/connect_clients.ts";
import { code, markdownTable } from "./markdown.ts";

/** The clients whose settings `ccproxy connect` prints. */
export function clientsPart(): string {
  return markdownTable(
    ["client", "its settings"],
    CLIENTS.map(({ name, title }) => [title, code(`ccproxy connect ${name}`)]),
  );
}
