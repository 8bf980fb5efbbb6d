/** ccproxy: a ChatGPT subscription as a local OpenAI-compatible API. The only place that ends the process. */
import { run } from "./src/cli/run.ts";
import { realWorld } from "./src/cli/world.ts";

if (import.meta.main) {
  // Begun in a turn of its own, so that no error finds this module on its stack (deno.md#error-at-start).
  Deno.exit(await Promise.resolve().then(() => run(Deno.args, realWorld())));
}
