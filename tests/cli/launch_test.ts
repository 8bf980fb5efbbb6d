import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Kept } from "../../src/cli/keeps.ts";
import { makeHome } from "./home.ts";

Deno.test("launch may start nothing any more by the time the first request is answered", async () => {
  await using home = await makeHome();
  const steps: string[] = [];
  const fake = home.world({
    startProgram: async (line) => {
      steps.push("started");
      const url = /http:\/\/[^"]*/.exec(line.join(" "))?.[0] ?? "";
      const response = await fetch(`${url}/models`);
      await response.body?.cancel();
      steps.push(`answered ${response.status}`);
      return 0;
    },
  });
  const keepOnly = ({ run, net, write }: Kept) => {
    const hosts = net.map((host) => host.replace(/\d{2,}$/, "PORT"));
    steps.push(`keeps run=${run} net=${hosts.join(",")} files=${write.length}`);
  };
  const ran = await home.runIn({ ...fake, world: { ...fake.world, keepOnly } }, "launch codex --demo");
  assertEquals([ran.code, ran.stderr], [0, ""]);
  assertEquals(steps, [
    "keeps run=true net=127.0.0.1,127.0.0.1:0 files=1",
    "started",
    "keeps run=false net=127.0.0.1:PORT files=1",
    "answered 200",
  ]);
});

Deno.test("launch hands on what is behind --, and nothing in front of it", async () => {
  await using home = await makeHome();
  const lines: (readonly string[])[] = [];
  const startProgram = (line: readonly string[]) => {
    lines.push(line);
    return Promise.resolve(0);
  };
  await home.run("launch claude-code --demo -- --help -- -p", { startProgram });
  assertEquals(lines.map((line) => line.slice(-3)), [["--help", "--", "-p"]]);
  const surplus = await home.run("launch claude-code --demo -p", { startProgram });
  assertEquals([surplus.code, lines.length], [2, 1]);
  assertStringIncludes((await home.run("launch")).stderr, "CLIENT is missing");
});
