/** ccproxy: a ChatGPT subscription as a local OpenAI-compatible API. The only place that ends the process. */
import { run } from "./src/cli/run.ts";
import { realWorld } from "./src/cli/world.ts";

if (import.meta.main) {
  Deno.exit(await run(Deno.args, realWorld()));
}
