import { PROBLEMS } from "../../src/problem.ts";
import { EXPLAINED } from "../../src/cli/help_topics/explained.ts";
import { anchors, code, markdownTable, sentence } from "./markdown.ts";

/** What there is to know beyond the hint of the program. Titles are kept word for word: users search for them. */
const ADVICE: Readonly<Record<typeof EXPLAINED[number], string>> = {
  no_credentials:
    "There is no login, or the file that holds it cannot be used. `ccproxy auth status` names the file it looked at " +
    "and what is wrong with it; `ccproxy auth openai-info` shows account, plan and expiry. A file of the Codex CLI " +
    "does; where that CLI keeps its login in the system's keyring there is no file, and ccproxy needs a login of its " +
    "own.",
  refresh_failed:
    "Refresh tokens work once. The message says whether the issuer refused the token (then only a new login helps: " +
    "someone signed in or out elsewhere, or another program used the same file without a lock) or could not be " +
    "reached (then the login is still good). The credentials file is left as it was in both cases. A clock that is " +
    "off by minutes is named in the message.\n\nIf the new token could not be saved (a read-only mount, a full " +
    "disk, `CCPROXY_AUTH_JSON`), the old one is not used at all, and the message names the place and what to do; then " +
    "the login is still good too. Only `ccproxy serve` refreshes such a login, when its access token has expired; it " +
    "keeps the new token in memory and saves it as soon as that works. In containers, mount the directory of the " +
    "file, writable, rather than the file alone. `ccproxy doctor` checks it.",
  plan_required:
    "The backend says that the plan of this account has no Codex in it. The title is the guide's; which plans have it " +
    "is up to OpenAI, and others than Plus have had it. `ccproxy auth openai-info` shows the plan that the " +
    "login states; after a change of plan, `ccproxy auth refresh` fetches the new one.",
  session_not_found:
    "A session that was idle for longer than `storage.session_ttl_hours` is forgotten. The message says when. Send the " +
    "request without a session id, or with a new one; the id of a new session comes back in `x-session-id`.",
  model_not_available:
    "The message names similar models. `ccproxy codex info` lists what this account has. Names that ChatGPT " +
    "accounts no longer have (`gpt-5`, `gpt-4o`, `o3` and so on) mean the default model; other names can be " +
    "mapped with `codex.model_aliases`. The header `x-ccproxy-model` of each answer says which model was used.",
  rate_limited:
    "One of the plan's windows is used up; the message says which and when it resets, and `retry-after` says so to " +
    "programs. On an exhausted plan the answer carries `x-should-retry: false`, so that SDKs do not ask again.",
  backend_unreachable:
    "No connection, or no answer in time (then with status 504). The message has the cause: a name that did not " +
    "resolve, a refused connection, a certificate that is not trusted. Behind a company proxy set `HTTPS_PROXY` (`NO_PROXY` " +
    "is read as curl reads it; this machine is never asked through a proxy). A WebSocket needs a proxy on this machine: to any other the " +
    "executable may not connect by itself, so requests go through it by POST. An " +
    "own certificate authority goes into `DENO_CERT`.",
};

/** Help by error title: the guide's titles with advice, then all others in a table. */
export function errorsPart(): string {
  const titles = new Set<string>(EXPLAINED.map((name) => PROBLEMS[name].title));
  const sections = EXPLAINED.map((name) => {
    const { title, hint } = PROBLEMS[name];
    return [codesOf(title), `#### "${title}"`, `${facts(title)}. ${sentence(hint)}`, ADVICE[name]].join(
      "\n\n",
    );
  });
  const others = Map.groupBy(Object.values(PROBLEMS), ({ title }) => title);
  const rows = [...others].filter(([title]) => !titles.has(title)).map(([title, [row]]) => [
    codesOf(title) + title,
    facts(title),
    row === undefined ? "" : sentence(row.hint),
  ]);
  return [...sections, "#### All other titles", markdownTable(["title", "status, code", "what to do"], rows)]
    .join("\n\n");
}

/** An anchor for each code of a title that no earlier title has. */
function codesOf(title: string): string {
  const rows = Object.values(PROBLEMS);
  const own = rows.filter((row, at) =>
    row.title === title && rows.findIndex(({ apiCode }) => apiCode === row.apiCode) === at
  );
  return anchors(own.flatMap(({ apiCode }) => apiCode === null ? [] : [apiCode]));
}

/** Status and code of every row with a title: `502 backend_unreachable, 504 backend_timeout`. */
function facts(title: string): string {
  return Object.values(PROBLEMS).filter((row) => row.title === title)
    .map(({ status, apiCode }) => apiCode === null ? `${status}` : `${status} ${code(apiCode)}`)
    .join(", ");
}
