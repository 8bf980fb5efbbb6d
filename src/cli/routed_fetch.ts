import type { Environment } from "../config/environment.ts";
import { proxyOf } from "../config/proxy_of.ts";

/** The variables that Deno's HTTP client reads, as far as they may lead an https request anywhere. */
const VARIABLES = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] as const;

/** What those variables are while a client is made; all others of them are unset. */
type Given = Readonly<Partial<Record<typeof VARIABLES[number], string>>>;

/** Every host: `*` alone leaves addresses in numbers out (Deno 2.9.6). */
const EVERYTHING = "*,0.0.0.0/0,::/0";

/** Stands for every host that a request can go to by a proxy: there is one proxy for all of them. */
const ANY_HOST = new URL("https://host.invalid/");

/** The proxies that Deno's HTTP client can talk to. */
const SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "socks5:", "socks5h:"]);

/** `fetch`, and the connections behind it. */
export interface RoutedFetch {
  readonly fetch: typeof fetch;
  /** From now on requests take new connections: one that is open carried a request into silence. */
  renewConnections(): void;
}

/**
 * `fetch` with two kinds of HTTP clients, the only ones that the program makes: one that knows no proxy, and one that uses
 * the proxy of the environment. {@linkcode proxyOf} decides for each address.
 *
 * The runtime's own `fetch` sends loopback through `HTTP_PROXY` and `ALL_PROXY`, prefers `ALL_PROXY` to `HTTPS_PROXY`
 * and reads `NO_PROXY` in its own way; a client of `Deno.createHttpClient()` does the same, by what the environment
 * says at the moment it is made (measured with Deno 2.9.6 and an executable on 2.6.10). So the environment is another
 * one for that moment. Naming the proxy to the client instead would need the permission to connect to it, which no
 * list can hold in advance.
 */
export function createRoutedFetch(env: Environment): RoutedFetch {
  // Made at once, the spare ones too: later the environment may not be touched any more (narrow.ts).
  const direct = makeTwo({ NO_PROXY: EVERYTHING, no_proxy: EVERYTHING });
  const withoutExceptions = { get: (name: string) => /^no_proxy$/i.test(name) ? undefined : env.get(name) };
  const proxy = proxyOf(ANY_HOST, withoutExceptions);
  const isUsable = proxy !== undefined && SCHEMES.has(URL.parse(proxy)?.protocol ?? "");
  const proxied = isUsable ? makeTwo({ HTTPS_PROXY: proxy, https_proxy: proxy }) : undefined;
  let used: 0 | 1 = 0;

  return {
    async fetch(input, init) {
      const url = new URL(input instanceof Request ? input.url : input);
      const client = (proxyOf(url, env) === undefined ? direct : proxied)?.[used];
      if (client === undefined) throw unusable();
      return await fetch(input, { ...init, client });
    },
    // What is open goes on with its answers; the runtime closes it when it has been idle.
    renewConnections: () => void (used = used === 0 ? 1 : 0),
  };
}

function makeTwo(given: Given): readonly [Deno.HttpClient, Deno.HttpClient] {
  return [makeClient(given), makeClient(given)];
}

function makeClient(given: Given): Deno.HttpClient {
  const before = VARIABLES.map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const name of VARIABLES) set(name, undefined);
    for (const name of VARIABLES) if (given[name] !== undefined) set(name, given[name]);
    return Deno.createHttpClient({});
  } finally {
    for (const name of VARIABLES) set(name, undefined);
    for (const [name, value] of before) if (value !== undefined) set(name, value);
  }
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
}

/** The value is not told: it may hold a password. */
function unusable(): TypeError {
  return new TypeError("no client for this proxy", {
    cause: new Error(
      "the proxy in HTTPS_PROXY or ALL_PROXY must be an http://, https:// or socks5:// address: found another one",
    ),
  });
}
