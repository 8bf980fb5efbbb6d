/** What a client saw whole is remembered: through kills, with two proxies on one file. */
import { assert, assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { type FakeBackend, startFakeBackend } from "../fake/backend.ts";
import { authJson, makeTokens } from "../fake/tokens.ts";
import { makeHome, type Program, startProgram } from "../program.ts";
import { post } from "./setup.ts";

const say = (content: string) => ({ model: "gpt-5", messages: [{ role: "user", content }] });

/** Answers `question N` with `answer N`. */
function answerInKind(backend: FakeBackend): void {
  let count = 0;
  backend.setDefault((request) => {
    const { input } = request.json as { input: { content: { text?: string }[] }[] };
    const asked = input.at(-1)?.content[0]?.text ?? "";
    return { events: textAnswer([asked.replace("question", "answer")], { seed: `${++count}` }) };
  });
}

/** The texts of a session, in order. */
async function textsOf(program: Program, id: string): Promise<string[]> {
  const { items } = await (await program.fetch(`/codex/sessions/${id}`)).json();
  return items.map(({ content }: { content: { text: string }[] }) => content[0]?.text);
}

/** Reads up to the words that end an answer, and not a byte further. */
async function readUntil(response: Response, end: string): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes(end)) {
    const piece = await reader?.read();
    assert(piece?.value !== undefined, `the answer ended before ${end}: ${text}`);
    text += piece.value;
  }
  reader?.cancel().catch(() => {});
}

Deno.test({
  name: "a proxy killed in the moment its client sees the end of an answer has remembered it, in every lane",
  ignore: Deno.build.os === "windows",
  async fn() {
    const home = await makeHome();
    try {
      await using backend = await startFakeBackend();
      answerInKind(backend);
      const credentials = authJson(makeTokens());
      const lanes = [
        { path: "chat/completions", more: {}, end: '"choices"' },
        { path: "chat/completions", more: { stream: true }, end: "[DONE]" },
        { path: "responses", more: { stream: true }, end: "event: response.completed" },
        { path: "messages", more: { stream: true, max_tokens: 100 }, end: "event: message_stop" },
        { path: "responses", more: { stream: true, background: true }, end: "event: response.completed" },
      ];
      const expected: string[] = [];
      for (const [index, { path, more, end }] of lanes.entries()) {
        await using program = await startProgram({ backend, home, credentials });
        const text = `question ${index}`;
        const body = { ...path === "responses" ? { model: "gpt-5", input: text } : say(text), ...more };
        await readUntil(await post(program, `/codex/killed/${path}`, body), end);
        program.kill("SIGKILL");
        await program.status;
        expected.push(`question ${index}`, `answer ${index}`);
        await using again = await startProgram({ backend, home });
        assertEquals(await textsOf(again, "killed"), expected, `${path} ${JSON.stringify(more)}`);
      }
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});

Deno.test({
  name:
    "two proxies on one file lose no turn of a session and keep their order, also when one is killed in a turn",
  ignore: Deno.build.os === "windows",
  async fn() {
    const home = await makeHome();
    try {
      await using backend = await startFakeBackend();
      answerInKind(backend);
      await using one = await startProgram({ backend, home, credentials: authJson(makeTokens()) });
      await using two = await startProgram({ backend, home });
      const turn = async (program: Program, n: number) => {
        const response = await post(program, "/codex/shared/chat/completions", say(`question ${n}`));
        const { choices } = await response.json();
        assertEquals([response.status, choices[0].message.content], [200, `answer ${n}`]);
      };
      await Promise.all(Array.from({ length: 16 }, (_, n) => turn(n % 2 === 0 ? one : two, n)));
      const texts = await textsOf(one, "shared");
      assertEquals(texts.length, 32);
      const asked = texts.filter((text) => text.startsWith("question")).toSorted();
      assertEquals(asked, Array.from({ length: 16 }, (_, n) => `question ${n}`).toSorted());
      for (let at = 0; at < texts.length; at += 2) {
        assertEquals(
          texts[at + 1],
          texts[at]?.replace("question", "answer"),
          "an answer behind its question",
        );
      }
      // Each turn has seen all turns before it.
      const lengths = backend.asks().map(({ json }) => (json as { input: unknown[] }).input.length);
      assertEquals(new Set(lengths).size, 16);
      // Killed while it holds the session: the other one has it at once, since the system tells who is dead.
      const gate = backend.gate();
      backend.answer({ events: [{ wait: gate }, ...textAnswer(["never"], { seed: "lost" })] });
      const lost = post(two, "/codex/shared/chat/completions", say("question lost")).catch(() => {});
      while (backend.asks().length < 17) await backend.nextRequest();
      const waiting = turn(one, 17);
      two.kill("SIGKILL");
      await lost;
      gate.open();
      await waiting;
      assertEquals((await textsOf(one, "shared")).slice(32), ["question 17", "answer 17"]);
      assertEquals(backend.refusals(), []);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});
