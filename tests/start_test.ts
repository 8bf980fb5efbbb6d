/** What the program may not do before it runs a command. Imports none of it: each module is loaded by the test. */
import { assertEquals } from "@std/assert";

Deno.test("no error is made while the modules of the program load", async () => {
  const made: string[] = [];
  const kinds = ["Error", "TypeError", "RangeError", "SyntaxError", "DOMException"] as const;
  const watched = Object.fromEntries(kinds.map((name) => [name, globalThis[name]]));
  for (const name of kinds) {
    Object.assign(globalThis, {
      [name]: new Proxy(globalThis[name], {
        construct(target, words, newTarget) {
          made.push(`${name}: ${words[0]}`);
          return Reflect.construct(target, words, newTarget);
        },
      }),
    });
  }
  try {
    await import("../main.ts");
  } finally {
    Object.assign(globalThis, watched);
  }
  assertEquals(made, []);
});
