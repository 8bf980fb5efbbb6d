import { assertEquals, assertThrows } from "@std/assert";
import { readParams } from "../../src/dialects/read_params.ts";

Deno.test("readParams() names what has no effect, in the order of the body (translation 37)", () => {
  const body = { model: "m", top_p: 1, messages: [], temperature: 0, brand_new: {}, seed: null };
  assertEquals(readParams("chat", body, "ignore"), {
    ignored: ["top_p", "temperature", "brand_new"],
    propagated: {},
  });
});

Deno.test("readParams() propagates or blocks the same parameters when asked to", () => {
  const body = { temperature: 0.5, model: "m" };
  assertEquals(readParams("chat", body, "propagate"), {
    ignored: [],
    propagated: { temperature: 0.5 },
  });
  assertThrows(() => readParams("chat", body, "block"));
});

Deno.test("readParams() reports neither what is done here nor what asks for the default (translation 37)", () => {
  const body = {
    stop: "x",
    max_tokens: 5,
    store: true,
    n: 1,
    logprobs: false,
    service_tier: "auto",
    stream_options: {},
  };
  assertEquals(readParams("chat", body, "ignore"), { ignored: [], propagated: {} });
});

Deno.test("readParams() reports a service tier that the backend lacks (translation 37, 38)", () => {
  const tiers = ["priority", "fast", "default", "flex", "scale"];
  const reported = tiers.filter((tier) =>
    readParams("chat", { service_tier: tier }, "ignore").ignored.length > 0
  );
  assertEquals(reported, ["flex", "scale"]);
});

Deno.test("readParams() refuses what would change the meaning of an answer, whatever the setting (translation 43)", () => {
  for (const mode of ["ignore", "propagate", "block"] as const) {
    for (const body of [{ n: 2 }, { logprobs: true }, { audio: {} }, { modalities: ["audio"] }]) {
      assertThrows(() => readParams("chat", body, mode));
    }
  }
});
