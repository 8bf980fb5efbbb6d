/** An MCP server of one tool, over standard input and output: a line is a message of JSON-RPC. */
import { createInterface } from "node:readline";

const tool = { name: "ping", description: "Answers", inputSchema: { type: "object", properties: {} } };

const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "small", version: "1.0.0" },
  }),
  "tools/list": () => ({ tools: [tool] }),
  "tools/call": () => ({ content: [{ type: "text", text: "pong from the server" }] }),
  ping: () => ({}),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) continue;
  const answer = answers[method];
  const body = answer === undefined
    ? { error: { code: -32601, message: `there is no ${method}` } }
    : { result: answer(params ?? {}) };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...body })}\n`);
}
