import { assert, assertEquals } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import { type Program, startProgram } from "../program.ts";
import { HELLO, post, withProgram } from "./setup.ts";

const REACHABLE = '[server]\nhost = "0.0.0.0"\napi_key = "k"\n';
const REFUSED = /; the settings in force stay/g;

const fileOf = (program: Program) => `${program.home}/.config/ccproxy/config.toml`;

/** Waits until the log has refused a change this often. */
async function untilRefused(program: Program, times: number): Promise<string[]> {
  const log = await program.stderrUntil(new RegExp(`(?:${REFUSED.source}[^]*){${times}}`));
  return log.split("\n").filter((line) => line.includes("; the settings in force stay"));
}

Deno.test("serve keeps the key of a listener that others reach, whatever becomes of the file", async () => {
  await withProgram(async ({ program }) => {
    const path = fileOf(program);
    const keyless = async () => {
      const answer = await program.fetch("/v1/models");
      await answer.body?.cancel();
      return answer.status;
    };
    const changes: [string, () => Promise<void>, RegExp][] = [
      ["emptied", () => Deno.writeTextFile(path, ""), /"server\.api_key" is empty/],
      ["cut in the middle", () => Deno.writeTextFile(path, REACHABLE.slice(0, -4)), /config\.toml:3/],
      ["cut before the key", () => Deno.writeTextFile(path, REACHABLE.slice(0, 26)), /api_key" is empty/],
      [
        "the line removed, others changed",
        () => Deno.writeTextFile(path, '[server]\nhost = "127.0.0.1"\n[codex]\nenabled = false\n'),
        /ccproxy listens on "0\.0\.0\.0", which other machines can reach/,
      ],
      ["removed", () => Deno.remove(path), /"server\.api_key" is empty/],
      ["a directory in its place", () => Deno.mkdir(path), /cannot be read/],
    ];
    assertEquals(await keyless(), 401);
    for (const [index, [what, change, why]] of changes.entries()) {
      await change();
      const lines = await untilRefused(program, index + 1);
      assert(why.test(lines[index] ?? ""), `${what}: ${lines[index]}`);
      assertEquals(await keyless(), 401, what);
    }
    // A refused change is refused as a whole: the provider is still on.
    const answer = await post(program, "/v1/chat/completions", HELLO, { headers: { "x-api-key": "k" } });
    assertEquals(answer.status, 200);
    await answer.body?.cancel();
    await Deno.remove(path);
    await Deno.writeTextFile(path, REACHABLE.replace('"k"', '"k2"'));
    const log = await program.stderrUntil(/settings changed.*server\.api_key/);
    // Once for each state, however often it was looked at. The directory's removal may have been seen on its own.
    const refusals = log.match(REFUSED)?.length ?? 0;
    assert(refusals === changes.length || refusals === changes.length + 1, log);
    assertEquals(await keyless(), 401);
    const renewed = await program.fetch("/v1/models", { headers: { "x-api-key": "k2" } });
    assertEquals(renewed.status, 200);
    await renewed.body?.cancel();
  }, { config: REACHABLE });
});

Deno.test("serve keeps its key when the address came from a flag and the file loses the key", async () => {
  await withProgram(async ({ program }) => {
    await Deno.writeTextFile(fileOf(program), "[log]\n");
    await untilRefused(program, 1);
    const answer = await program.fetch("/v1/models");
    assertEquals((await answer.json()).error.code, "invalid_api_key");
  }, { config: '[server]\napi_key = "k"\n', args: ["serve", "--port", "0", "--host", "0.0.0.0"] });
});

Deno.test("serve takes a prompt file that is still to be written as soon as it is there", async () => {
  await withProgram(async ({ program, backend }) => {
    const prompt = `${program.home}/.config/ccproxy/prompt.txt`;
    await Deno.writeTextFile(
      fileOf(program),
      `[codex]\ninstructions = "file:${prompt}"\nmax_output_tokens_fallback = 7\n`,
    );
    const [line = ""] = await untilRefused(program, 1);
    assert(line.includes("names a file that cannot be read") && line.includes(prompt), line);
    await Deno.writeTextFile(prompt, "A prompt of our own");
    await program.stderrUntil(/settings changed.*codex\.max_output_tokens_fallback/);
    const answer = await post(program, "/v1/chat/completions", { ...HELLO, model: "gpt-5.5" });
    await answer.body?.cancel();
    const ask = backend.asks()[0]?.json as { instructions: string };
    assertEquals(ask.instructions, "A prompt of our own");
  }, { config: "[codex]\n" });
});

Deno.test("serve says that it cannot reach what is named after its start, and goes on with the settings in force", async () => {
  await withProgram(async ({ program }) => {
    await Deno.writeTextFile(`${program.home}/prompt.txt`, "A prompt of our own");
    await Deno.writeTextFile(fileOf(program), `[codex]\ninstructions = "file:${program.home}/prompt.txt"\n`);
    const [line = ""] = await untilRefused(program, 1);
    assert(line.includes("it was not named when ccproxy started"), line);
  }, { config: "[codex]\n" });
  await using backend = await startFakeBackend();
  await using program = await startProgram({ config: `[codex]\nbase_url = "${backend.url}"\n` });
  await Deno.writeTextFile(fileOf(program), '[codex]\nbase_url = "http://127.0.0.1:8/codex"\n');
  const [line = ""] = await untilRefused(program, 1);
  assert(line.includes("127.0.0.1:8") && line.includes("start"), line);
  const answer = await post(program, "/v1/chat/completions", HELLO);
  assertEquals(answer.status, 200, await answer.text());
});

Deno.test("serve says at a reload what would stop its next start", async () => {
  await using backend = await startFakeBackend();
  await using program = await startProgram({ backend, config: "[log]\n" });
  await Deno.writeTextFile(fileOf(program), '[server]\nhost = "0.0.0.0"\n');
  const log = await program.stderrUntil(/a restart would fail/);
  assert(/a restart would fail: .*which other machines can reach/.test(log), log);
});
