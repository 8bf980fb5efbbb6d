import { assert, assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import type { Program } from "../program.ts";
import { post, withProgram } from "./setup.ts";

async function statusOf(program: Program, path: string, init?: RequestInit): Promise<number> {
  const response = await program.fetch(path, init);
  await response.text();
  return response.status;
}

const CONVERSATIONS = "/codex/v1/conversations";
const hello = { type: "message", role: "user", content: "Hello" };

Deno.test("conversations can be created, read, changed and deleted", async () => {
  await withProgram(async ({ program }) => {
    const created = await (await post(program, CONVERSATIONS, { metadata: { topic: "x" }, items: [hello] }))
      .json();
    assert(/^conv_/.test(created.id));
    assertEquals([created.object, created.metadata], ["conversation", { topic: "x" }]);
    const path = `${CONVERSATIONS}/${created.id}`;
    assertEquals(await (await program.fetch(path)).json(), created);
    const changed = await (await post(program, path, { metadata: { topic: "y" } })).json();
    assertEquals(changed, { ...created, metadata: { topic: "y" } });
    const deleted = await program.fetch(path, { method: "DELETE" });
    assertEquals(await deleted.json(), { id: created.id, object: "conversation.deleted", deleted: true });
    const gone = await program.fetch(path);
    const { error } = await gone.json();
    assertEquals([gone.status, error.type, error.code], [404, "invalid_request_error", null]);
  });
});

Deno.test("items of a conversation are listed in pages, added, read and deleted one by one", async () => {
  await withProgram(async ({ program }) => {
    const { id } = await (await program.fetch(CONVERSATIONS, { method: "POST" })).json();
    const path = `${CONVERSATIONS}/${id}/items`;
    const items = Array.from({ length: 20 }, (_, n) => ({ ...hello, content: `${n}` }));
    const added = await (await post(program, path, { items })).json();
    assertEquals([added.object, added.data.length, added.has_more], ["list", 20, false]);
    const more = await (await post(program, path, { items: [{ ...hello, content: "20" }] })).json();
    const texts = (page: { data: { content: { text: string }[] }[] }) =>
      page.data.map(({ content }) => content[0]?.text);
    const first = await (await program.fetch(`${path}?limit=3`)).json();
    assertEquals([texts(first), first.has_more], [["20", "19", "18"], true]);
    const next = await (await program.fetch(`${path}?limit=3&after=${first.last_id}`)).json();
    assertEquals(texts(next), ["17", "16", "15"]);
    const rising = await (await program.fetch(`${path}?order=asc&limit=100`)).json();
    assertEquals([texts(rising).length, texts(rising)[0], rising.has_more], [21, "0", false]);
    const itemPath = `${path}/${more.data[0].id}`;
    assertEquals(await (await program.fetch(itemPath)).json(), more.data[0]);
    const left = await (await program.fetch(itemPath, { method: "DELETE" })).json();
    assertEquals(left.id, id);
    assertEquals(await statusOf(program, itemPath), 404);
    const tooMany = await post(program, path, { items: [...items, hello] });
    assertEquals([tooMany.status, (await tooMany.json()).error.param], [400, "items"]);
    for (const query of ["limit=0", "limit=101", "order=up", "after=msg_unknown"]) {
      assert([400, 404].includes(await statusOf(program, `${path}?${query}`)), query);
    }
  });
});

Deno.test("responses in a conversation know it and add to it; both ways to continue at once are refused", async () => {
  await withProgram(async ({ program, backend }) => {
    const { id } = await (await post(program, CONVERSATIONS, { items: [hello] })).json();
    backend.answer({ events: textAnswer(["Hi."], { seed: "1" }) });
    const body = { model: "gpt-5", input: "How are you?", conversation: id };
    const first = await (await post(program, "/codex/v1/responses", body)).json();
    backend.answer({ events: textAnswer(["Fine."], { seed: "2" }) });
    const again = { ...body, input: "Really?", conversation: { id }, stream: true };
    await (await post(program, "/codex/v1/responses", again)).text();
    const input =
      (backend.asks().at(-1)?.json as { input: { role: string; content: { text: string }[] }[] }).input;
    assertEquals(input.slice(-4).map(({ role, content }) => `${role}: ${content[0]?.text}`), [
      "user: Hello",
      "user: How are you?",
      "assistant: Hi.",
      "user: Really?",
    ]);
    const list = await (await program.fetch(`${CONVERSATIONS}/${id}/items?order=asc`)).json();
    assertEquals(list.data.map((item: { role: string }) => item.role), [
      "user",
      "user",
      "assistant",
      "user",
      "assistant",
    ]);
    // The first response goes on from what the conversation held then.
    const branch = { model: "gpt-5", input: "Branch", previous_response_id: first.id };
    await (await post(program, "/codex/v1/responses", branch)).text();
    const branched = (backend.asks().at(-1)?.json as { input: { content: { text: string }[] }[] }).input;
    assertEquals(branched.slice(-4).map(({ content }) => content[0]?.text), [
      "Hello",
      "How are you?",
      "Hi.",
      "Branch",
    ]);
    const both = await post(program, "/codex/v1/responses", { ...body, previous_response_id: first.id });
    assertEquals([both.status, (await both.json()).error.param], [400, "conversation"]);
    const unknown = await post(program, "/codex/v1/responses", { ...body, conversation: "conv_unknown" });
    assertEquals(unknown.status, 404);
    await unknown.text();
    assertEquals(backend.refusals(), []);
  });
});

Deno.test("sessions are listed, shown and deleted, and another key sees none of them", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: textAnswer(["Hello Alice"]) });
    const key = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });
    const say = { model: "gpt-5", messages: [{ role: "user", content: "My name is Alice" }] };
    await (await post(program, "/codex/s-1/chat/completions", say, key("first-key"))).text();
    const list = await (await program.fetch("/codex/sessions", key("first-key"))).json();
    const [session] = list.data;
    assertEquals(
      [session.id, session.title, session.turns, session.item_count],
      ["s-1", "My name is Alice", 1, 2],
    );
    const shown = await (await program.fetch("/codex/sessions/s-1", key("first-key"))).json();
    assertEquals(shown.items.map((item: { role: string }) => item.role), ["user", "assistant"]);
    await Deno.writeTextFile(
      `${program.home}/.config/ccproxy/config.toml`,
      '[server]\napi_key = "second-key"\n',
    );
    await program.stderrUntil(/settings changed/);
    assertEquals((await (await program.fetch("/codex/sessions", key("second-key"))).json()).data, []);
    assertEquals(await statusOf(program, "/codex/sessions/s-1", key("second-key")), 404);
    await Deno.writeTextFile(
      `${program.home}/.config/ccproxy/config.toml`,
      '[server]\napi_key = "first-key"\n',
    );
    await program.stderrUntil(/settings changed[\s\S]*settings changed/);
    const deleted = await program.fetch("/codex/sessions/s-1", { method: "DELETE", ...key("first-key") });
    assertEquals(await deleted.json(), { id: "s-1", object: "session", deleted: true });
    const gone = await program.fetch("/codex/sessions/s-1", key("first-key"));
    assertEquals([gone.status, (await gone.json()).error.code], [404, "session_not_found"]);
  }, { config: '[server]\napi_key = "first-key"\n' });
});
