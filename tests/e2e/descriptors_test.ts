import { assert, assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { runProgram } from "../program.ts";
import { dataOf, HELLO, post, withProgram } from "./setup.ts";

const isWindows = Deno.build.os === "windows";

/** Opens connections until no more are taken. */
async function flood(port: number, count: number): Promise<Disposable> {
  const connections: Deno.TcpConn[] = [];
  for (let at = 0; at < count; at++) {
    try {
      connections.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    } catch {
      break;
    }
  }
  return { [Symbol.dispose]: () => connections.forEach((each) => each.close()) };
}

Deno.test({
  name: "serve listens again when it ran out of descriptors, and loses no answer that was running",
  ignore: isWindows,
  async fn() {
    await withProgram(async ({ program, backend }) => {
      const gate = backend.gate();
      const events = textAnswer(["One", " two"]);
      const second = events.findIndex((event) => event["delta"] === " two");
      backend.setDefault({ events: [...events.slice(0, second), { wait: gate }, ...events.slice(second)] });
      const running = await post(program, "/codex/v1/chat/completions", { ...HELLO, stream: true });
      {
        using _flood = await flood(program.port, 400);
        await program.stderrUntil(/no longer listening; trying to listen again.*os error 24/);
      }
      const stderr = await program.stderrUntil(/listening again/);
      assertEquals(stderr.match(/no longer listening/g)?.length, 1);
      assertEquals(stderr.includes("unhandled"), false);
      gate.open();
      assertEquals(dataOf(await running.text()).at(-1), "[DONE]");
      const next = await post(program, "/codex/v1/chat/completions", HELLO);
      assertEquals([next.status, (await next.json()).object], [200, "chat.completion"]);
    }, { descriptors: 160 });
  },
});

Deno.test({
  name: "serve and doctor say when there are fewer descriptors than the requests at once may need",
  ignore: isWindows,
  async fn() {
    const warning =
      /only \d+ more files and connections can be open.* limits\.concurrent_requests = 256 may need 576/;
    await withProgram(async ({ program }) => {
      await program.stderrUntil(warning);
    }, { descriptors: 160 });
    await withProgram(({ program }) => {
      assertEquals(warning.test(program.stderr()), false);
      return Promise.resolve();
    }, { descriptors: 1024 });
    const checks = async (descriptors: number) => {
      const { stdout } = await runProgram(["doctor", "--json"], { descriptors });
      const { checks } = JSON.parse(stdout);
      return checks.find(({ check }: { check: string }) => check === "descriptors");
    };
    const [few, enough] = [await checks(160), await checks(1024)];
    assert(warning.test(few.detail), few.detail);
    assertEquals([few.status, /ulimit -n/.test(few.fix), enough], ["warn", true, undefined]);
  },
});
