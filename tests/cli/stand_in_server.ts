/** A small server in the place of a running proxy, which can prove itself, or not. */
import { proveServer } from "../../src/server/server_proof.ts";
import type { Home } from "./home.ts";

/** What is different from a server that has no secret. */
export interface StandInOptions {
  /** the home whose secret it knows; the secret is made for it */
  readonly home?: Home;
  /** what it calls itself */
  readonly version?: string;
  /** answers `/health` in its place */
  readonly health?: (nonce: string) => Promise<unknown>;
  /** answers everything else; an empty object unless told */
  readonly answer?: (request: Request) => Response;
}

/** The server and what it was asked: method, path and authorization. */
export interface StandIn extends AsyncDisposable {
  readonly port: number;
  readonly seen: string[];
}

/** Where a home keeps the secret of its servers. */
export function secretPath(home: Home): string {
  return `${home.path}/.local/state/ccproxy/proof.secret`;
}

/** Writes a secret, as a server would, and returns it. */
export async function writeSecret(home: Home, mode = 0o600): Promise<Uint8Array<ArrayBuffer>> {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  await Deno.mkdir(`${home.path}/.local/state/ccproxy`, { recursive: true });
  await Deno.writeTextFile(secretPath(home), `${secret.toHex()}\n`);
  await Deno.chmod(secretPath(home), mode);
  return secret;
}

/** Starts one on 127.0.0.1. */
export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const { version = "ccproxy 0.1.0 (test)" } = options;
  const secret = options.home === undefined ? undefined : await writeSecret(options.home);
  const seen: string[] = [];
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request): Promise<Response> => {
      const { pathname, searchParams } = new URL(request.url);
      seen.push(`${request.method} ${pathname} ${request.headers.get("authorization")}`);
      if (pathname !== "/health") return options.answer?.(request) ?? Response.json({});
      const nonce = searchParams.get("nonce") ?? "";
      if (options.health !== undefined) return Response.json(await options.health(nonce));
      const proof = secret === undefined
        ? undefined
        : await proveServer(secret, nonce, `127.0.0.1:${server.addr.port}`);
      return Response.json({ status: "ok", version, proof });
    },
  );
  return {
    port: server.addr.port,
    seen,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
