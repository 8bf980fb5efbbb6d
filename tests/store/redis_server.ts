/** A Redis server of our own for tests: Debian's, on a free port of 127.0.0.1, without files. */

/** A running server. */
export interface RedisServer extends AsyncDisposable {
  /** `redis://:PASSWORD@127.0.0.1:PORT` */
  readonly url: string;
  /** empties it */
  flush(): Promise<void>;
}

const PASSWORD = "test-password";

/** True when the machine has the server; the tests are skipped where it has not. */
export const HAS_REDIS: boolean = hasRedis();

function hasRedis(): boolean {
  try {
    return new Deno.Command("redis-server", { args: ["--version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}

/** Starts a server and waits until it answers. */
export async function startRedis(port = freePort()): Promise<RedisServer> {
  const child = new Deno.Command("redis-server", {
    args: [
      "--port",
      `${port}`,
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--requirepass",
      PASSWORD,
      "--dir",
      "/tmp",
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!/Ready to accept connections/i.test(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`redis-server ended:\n${text}`);
    text += value;
  }
  const drained = (async () => {
    while (!(await reader.read()).done);
  })();
  const url = `redis://:${PASSWORD}@127.0.0.1:${port}`;
  return {
    url,
    async flush() {
      const socket = await Deno.connect({ hostname: "127.0.0.1", port });
      await socket.write(new TextEncoder().encode(`AUTH ${PASSWORD}\r\nFLUSHALL\r\n`));
      const buffer = new Uint8Array(64);
      let replies = "";
      while ((replies.match(/\r\n/g) ?? []).length < 2) {
        replies += new TextDecoder().decode(buffer.subarray(0, await socket.read(buffer) ?? 0));
      }
      socket.close();
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await drained;
    },
  };
}

/** A port nobody listens on. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
