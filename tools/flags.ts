// deno-lint-ignore-file no-console -- what it prints is what it is for
/**
 * Prints Deno flags for the tasks in deno.json, on one line. The task shell splits `$(…)` into words, so no process
 * stands between the shell and the program: signals and exit codes behave as usual.
 *
 * Words: `std` adds the import map for machines where only npm answers; `program` adds the program's permissions
 * (tools/permissions.ts, the one list that tasks, tests and compile read).
 *
 * `CCPROXY_STD=jsr|npm` forces the route to the six @std packages; otherwise JSR is asked once, for at most 2 s.
 */
import { hostTarget, permissionFlags } from "./permissions.ts";

/** True when the @std packages can come from JSR. Never throws. */
async function jsrAnswers(): Promise<boolean> {
  const forced = Deno.env.get("CCPROXY_STD");
  if (forced === "jsr" || forced === "npm") return forced === "jsr";
  try {
    const response = await fetch("https://jsr.io/@std/assert/meta.json", {
      signal: AbortSignal.timeout(2000),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

const flags: string[] = [];
for (const word of Deno.args) {
  if (word === "std") {
    if (!await jsrAnswers()) flags.push("--no-lock", "--import-map=tools/std/import_map.json");
  } else if (word === "program") {
    const extraNet = Deno.env.get("CCPROXY_ALLOW_NET")?.split(",").filter((host) => host !== "") ?? [];
    flags.push(...permissionFlags(hostTarget(), { extraNet }));
  } else {
    console.error(`tools/flags.ts: unknown word ${JSON.stringify(word)}: use "std" or "program"`);
    Deno.exit(2);
  }
}
console.log(flags.join(" "));
