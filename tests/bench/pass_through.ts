/**
 * What the program is measured against, each in a process of its own: `raw` hands the upstream's body on untouched
 * (the floor of this runtime), `identity` sends it through a TransformStream that does nothing (the price of touching
 * it), `hello` is the smallest server (for the time to start).
 *
 * Arguments: kind, path of the server info file, URL of the upstream.
 */
const [kind = "raw", infoPath = "", upstream = ""] = Deno.args;

async function pass(request: Request): Promise<Response> {
  const answer = await fetch(upstream, {
    method: "POST",
    headers: {
      authorization: "Bearer bench",
      "content-type": "application/json",
      accept: "text/event-stream",
    },
    body: request.body,
    redirect: "manual",
  });
  const body = kind === "identity" ? answer.body?.pipeThrough(new TransformStream()) ?? null : answer.body;
  return new Response(body, { status: answer.status, headers: { "content-type": "text/event-stream" } });
}

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => Deno.writeTextFileSync(infoPath, JSON.stringify({ port, pid: Deno.pid }) + "\n"),
}, kind === "hello" ? () => new Response("hello") : pass);
