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

/** True when the server is built with TLS, and there is an openssl that makes certificates for it. */
export const HAS_TLS_REDIS: boolean = HAS_REDIS && hasTls();

function hasTls(): boolean {
  try {
    // The server names the first setting it does not know.
    const { stderr } = new Deno.Command("redis-server", {
      args: ["--tls-port", "0", "--unknown-setting", "1"],
    })
      .outputSync();
    const { stdout } = new Deno.Command("openssl", { args: ["version"] }).outputSync();
    const [refused, version] = [stderr, stdout].map((bytes) => new TextDecoder().decode(bytes));
    return /unknown-setting/.test(refused ?? "") && /^OpenSSL [3-9]/.test(version ?? "");
  } catch {
    return false;
  }
}

/** Starts a server and waits until it answers. */
export async function startRedis(port = freePort()): Promise<RedisServer> {
  return await start(port, "redis", ["--port", `${port}`]);
}

/** A server that only speaks TLS. */
export interface TlsRedisServer extends AsyncDisposable {
  /** `rediss://:PASSWORD@127.0.0.1:PORT` */
  readonly url: string;
  /** certificate of the authority that the server's is from, as PEM */
  readonly authorityFile: string;
}

/** Starts a server that only speaks TLS, with a certificate of an authority of its own. */
export async function startTlsRedis(): Promise<TlsRedisServer> {
  const folder = await Deno.makeTempDir({ prefix: "ccproxy-test-" });
  await makeCertificates(folder);
  const authorityFile = `${folder}/authority.pem`;
  const port = freePort();
  const server = await start(port, "rediss", [
    ...["--port", "0", "--tls-port", `${port}`, "--tls-auth-clients", "no"],
    ...["--tls-cert-file", `${folder}/server.pem`, "--tls-key-file", `${folder}/server.key`],
    ...["--tls-ca-cert-file", authorityFile],
  ]);
  return {
    url: server.url,
    authorityFile,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** `authority.pem`, and `server.pem` with `server.key` for 127.0.0.1, made by openssl. */
async function makeCertificates(folder: string): Promise<void> {
  const openssl = async (...args: string[]) => {
    const { success, stderr } = await new Deno.Command("openssl", { args, cwd: folder, stdout: "null" })
      .output();
    if (!success) throw new Error(`openssl ${args[0]} failed:\n${new TextDecoder().decode(stderr)}`);
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  await openssl(
    ...["req", "-x509", ...key, "-subj", "/CN=Test authority", "-keyout", "authority.key"],
    ...["-out", "authority.pem"],
  );
  await openssl(
    ...["req", "-x509", ...key, "-subj", "/CN=Test server", "-keyout", "server.key", "-out", "server.pem"],
    ...["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-CA", "authority.pem", "-CAkey", "authority.key"],
  );
}

async function start(port: number, scheme: string, portArgs: readonly string[]): Promise<RedisServer> {
  const child = new Deno.Command("redis-server", {
    args: [
      ...portArgs,
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
  const url = `${scheme}://:${PASSWORD}@127.0.0.1:${port}`;
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
