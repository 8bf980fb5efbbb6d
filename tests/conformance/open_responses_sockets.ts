/**
 * The seven cases of the Open Responses suite over WebSocket, by the names they have there. Written from what each of
 * them asks for; all are with `"store": false`.
 */
import { assert, assertEquals } from "@std/assert";
import type { Stage } from "../clients/client.ts";
import type { OwnCase } from "../clients/process.ts";
import { type ClientSocket, type Message, openSocket } from "../e2e/client_socket.ts";
import { RESPONSE_RESOURCE } from "./response_resource.ts";
import { isObject } from "./shape.ts";
import { streamFaults } from "./stream_order.ts";

const CREATE = { type: "response.create", model: "gpt-5.5", store: false };

/** Sends a request and gives its answer, which has to be whole and in order. */
async function turn(
  socket: ClientSocket,
  body: Record<string, unknown>,
): Promise<{ id: string; text: string }> {
  const from = socket.messages.length;
  const before = socket.messages.filter(({ type }) => type === "response.completed").length;
  socket.send({ ...CREATE, ...body });
  const { response } = await socket.until("response.completed", before + 1);
  const events = socket.messages.slice(from);
  const stream = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
  assertEquals(streamFaults(stream), [], stream);
  assertEquals(RESPONSE_RESOURCE(response, "response"), [], JSON.stringify(response));
  assert(isObject(response));
  const [item] = response["output"] as { content?: { text: string }[] }[];
  return { id: `${response["id"]}`, text: item?.content?.[0]?.text ?? "" };
}

/** Sends a request that has to be refused, and gives the error. */
async function refused(socket: ClientSocket, body: Record<string, unknown>): Promise<Message> {
  const before = socket.messages.filter(({ type }) => type === "error").length;
  socket.send({ ...CREATE, ...body });
  const error = await socket.until("error", before + 1);
  assert(isObject(error["error"]));
  const { code, message, type } = error["error"];
  assertEquals([typeof code, typeof message, typeof type, typeof error["status"]], [
    "string",
    "string",
    "string",
    "number",
  ]);
  return error;
}

/** The cases. */
export function socketCases({ program }: Stage): OwnCase[] {
  const on = (name: string, run: (socket: ClientSocket) => Promise<void>): OwnCase => ({
    name,
    async run() {
      using socket = await openSocket(program);
      await run(socket);
    },
  });
  return [
    on("websocket-response", async (socket) => {
      assertEquals((await turn(socket, { input: "Hello" })).text, "You said: Hello");
    }),
    on("websocket-sequential-responses", async (socket) => {
      const first = await turn(socket, { input: "first" });
      const second = await turn(socket, { input: "second" });
      assertEquals([first.text, second.text], ["You said: first", "You said: second"]);
      assert(first.id !== second.id);
    }),
    on("websocket-continuation", async (socket) => {
      const { id } = await turn(socket, { input: "the word is copper" });
      const next = await turn(socket, { input: "[recall]", previous_response_id: id });
      assertEquals(next.text, "I heard: the word is copper | [recall]");
    }),
    on("websocket-reconnect-store-false-recovery", async (socket) => {
      const { id } = await turn(socket, { input: "the word is copper" });
      using other = await openSocket(program);
      const error = await refused(other, { input: "go on", previous_response_id: id });
      assertEquals(error["code"], "previous_response_not_found");
      const content = "start again";
      const next = await turn(other, { input: [{ type: "message", role: "user", content }] });
      assertEquals(next.text, "You said: start again");
    }),
    on("websocket-previous-response-not-found", async (socket) => {
      const error = await refused(socket, { input: "x", previous_response_id: "resp_missing" });
      assertEquals(error["code"], "previous_response_not_found");
    }),
    on("websocket-failed-continuation-evicts-cache", async (socket) => {
      const { id } = await turn(socket, { input: "the word is ember" });
      const output = { type: "function_call_output", call_id: "call_missing", output: "nothing" };
      await refused(socket, { input: [output], previous_response_id: id });
      const error = await refused(socket, { input: "go on", previous_response_id: id });
      assertEquals(error["code"], "previous_response_not_found");
    }),
    on("websocket-compact-new-chain", async (socket) => {
      const response = await fetch(`${program.url}/codex/v1/responses/compact`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "gpt-5.5", input: "the word is slate" }),
      });
      const { output } = await response.json();
      assertEquals(response.status, 200, JSON.stringify(output));
      const input = [...output, { type: "message", role: "user", content: "go on" }];
      assert((await turn(socket, { input, tools: [] })).text !== "");
    }),
  ];
}
