/** The pages themselves. They are as long as the rest of the program's texts: loaded when one is asked for. */
import clients from "../../../.github/docs/client_setup.md" with { type: "text" };
import commands from "../../../.github/docs/commands.md" with { type: "text" };
import comparison from "../../../.github/docs/comparison.md" with { type: "text" };
import demo from "../../../.github/docs/demo.md" with { type: "text" };
import errors from "../../../.github/docs/errors.md" with { type: "text" };
import limits from "../../../.github/docs/limits.md" with { type: "text" };
import memory from "../../../.github/docs/memory.md" with { type: "text" };
import migrating from "../../../.github/docs/migrating.md" with { type: "text" };
import parameters from "../../../.github/docs/parameters.md" with { type: "text" };
import performance from "../../../.github/docs/performance.md" with { type: "text" };
import privacy from "../../../.github/docs/privacy.md" with { type: "text" };
import routes from "../../../.github/docs/routes.md" with { type: "text" };
import running from "../../../.github/docs/running.md" with { type: "text" };
import settings from "../../../.github/docs/settings.md" with { type: "text" };
import tracking from "../../../.github/docs/keys_and_usage.md" with { type: "text" };

/** Markdown by the name of the topic. */
export const PAGES: Readonly<Record<string, string>> = {
  clients,
  commands,
  comparison,
  demo,
  errors,
  limits,
  memory,
  migrating,
  parameters,
  performance,
  privacy,
  routes,
  running,
  settings,
  tracking,
};
