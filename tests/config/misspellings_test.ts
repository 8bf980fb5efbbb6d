import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { envName } from "../../src/config/environment.ts";
import { misspellings } from "../../src/config/misspellings.ts";
import { SETTING_KEYS } from "../../src/config/settings.ts";
import { makeHome } from "../cli/home.ts";
import { runProgram } from "../program.ts";

Deno.test("misspellings() has a letter left out, two swapped, one doubled, an underscore or an s wrong", () => {
  const found = misspellings("CCPROXY_SERVER__PORT");
  for (
    const name of [
      "CCPROXY_SERVER_PORT",
      "CCPROXY_SERVER__PRT",
      "CCPROXY_SEVRER__PORT",
      "CCPROXY_SERVER__PORTT",
      "CCPROXY_SERVER__PORTS",
      "CCPROXY_SERVERPORT",
    ]
  ) {
    assert(found.includes(name), name);
  }
});

Deno.test("misspellings() never names another setting", () => {
  const names = new Set(SETTING_KEYS.map(envName));
  for (const name of names) assertEquals(misspellings(name).filter((other) => names.has(other)), []);
});

Deno.test("a misspelt variable is refused with the right name; what may be somebody else's is not", async () => {
  await using home = await makeHome();
  const show = async (name: string, value = "9000") => {
    const ran = await home.run("config show --changed", { env: { [name]: value } });
    return [ran.code, ran.stderr.split("\n").slice(0, 2).join(" | ")] as const;
  };
  assertEquals(await show("CCPROXY_SERVER_PORT"), [
    2,
    "Invalid configuration: the environment variable CCPROXY_SERVER_PORT names no setting, with two underscores it " +
    "would | hint: Write CCPROXY_SERVER__PORT",
  ]);
  const [code, text] = await show("CCPROXY_SERVER__PRT");
  assertEquals(code, 2);
  assertStringIncludes(text, "the nearest known one is CCPROXY_SERVER__PORT");
  assertEquals((await show("CCPROXY_SERVER_PORT", "tcp://10.0.0.1:8000"))[0], 0);
  assertEquals((await show("CCPROXY_API_KEY"))[0], 0);
});

Deno.test("the program notices a misspelt variable under its own permissions, where it may list none", async () => {
  for (const name of ["CCPROXY_SERVER__PROT", "CCPROXY_SERVER_PORT", "CCPROXY_SERVERPORT"]) {
    const ran = await runProgram(["config", "show"], { env: { [name]: "9000" } });
    assertEquals(ran.code, 2, ran.stderr);
    assertStringIncludes(ran.stderr, "CCPROXY_SERVER__PORT");
  }
});
