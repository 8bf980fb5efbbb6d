import { assertEquals } from "@std/assert";
import { createSecrets, hideSecrets } from "../src/secrets.ts";

/** A token that no pattern knows, so that only knowing it can hide it. */
const OPAQUE = "Zm9vYmFyOnF1eHF1dXg5ODc2NTQzMjEwYWJjZGVmZ2hpams";

Deno.test("hide() takes a known token out whole, cut at either end, and in the middle of other text", () => {
  const { learn, hide } = createSecrets();
  learn(OPAQUE);
  assertEquals(hide(`before ${OPAQUE} after`), "before [hidden] after");
  assertEquals(hide(`x=${OPAQUE.slice(0, 20)}…`), "x=[hidden]…");
  assertEquals(hide(`"${OPAQUE.slice(-17)}"`), '"[hidden]"');
  assertEquals(hide(`pre${OPAQUE.slice(5, 30)}post`), "pre[hidden]post");
  assertEquals(hide(`${OPAQUE}${OPAQUE}`), "[hidden][hidden]");
  assertEquals(hide(OPAQUE.slice(0, 15)), OPAQUE.slice(0, 15));
});

Deno.test("hide() does not stop at the white space inside a token, however it is written since", () => {
  const wrapped = `${OPAQUE.slice(0, 12)}\n${OPAQUE.slice(12, 30)}\r\n${OPAQUE.slice(30, 40)}`;
  for (
    const written of [
      wrapped,
      JSON.stringify(wrapped).slice(1, -1),
      wrapped.replaceAll(/\s+/g, " "),
      wrapped.replaceAll(/\s+/g, ""),
    ]
  ) {
    const { learn, hide } = createSecrets();
    learn(wrapped);
    assertEquals(
      hide(`Invalid header value: "Bearer ${written}"`),
      'Invalid header value: "Bearer [hidden]"',
    );
  }
});

Deno.test("hide() takes short keys out as wholes, and leaves words that are no keys alone", () => {
  const { learnKeys, hide, hideTokens } = createSecrets();
  learnKeys("", "k", "s3cret-key");
  assertEquals(hide("the key s3cret-key of k is kept"), "the key [hidden] of k is kept");
  // `ccproxy connect` prints the key, because that is what it was asked for.
  assertEquals(hideTokens("s3cret-key"), "s3cret-key");
});

Deno.test("hide() goes on hiding the tokens before the last refresh", () => {
  const { learn, hide } = createSecrets();
  learn(OPAQUE);
  learn(OPAQUE.split("").reverse().join(""));
  assertEquals(hide(OPAQUE), "[hidden]");
});

Deno.test("hideSecrets() knows what tokens and keys look like, also when they are cut", () => {
  assertEquals(hideSecrets("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-_x."), "[hidden].");
  assertEquals(hideSecrets("got eyJhbGciOiJSUzI1Ni"), "got [hidden]");
  assertEquals(hideSecrets("rt_abcdefghijklmnop and sk-abcdefghijklmnop"), "[hidden] and [hidden]");
  assertEquals(hideSecrets("authorization: bearer abcdefgh12="), "authorization: bearer [hidden]");
});
