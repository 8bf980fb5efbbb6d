/** The one way from a command to the server that runs for these settings. */
import { urlHost } from "../config/loopback_host.ts";
import type { Settings } from "../config/settings.ts";
import { Problem } from "../problem.ts";
import { createNonce, isProven } from "../server/server_proof.ts";
import { isRecord, type JsonObject, numberAt, parseJson, recordAt, textAt } from "../wire/json.ts";
import { cleanText } from "../clean_text.ts";
import { DEMO_HEADER } from "./demo.ts";
import { placeOf } from "./place.ts";
import { readServerSecret, secretFile } from "./server_secret.ts";
import { BOUNDS } from "../bounds.ts";
import { readTextLimited } from "../read_limited.ts";
import type { World } from "./world.ts";

/** The address at which programs of this machine reach the proxy of these settings. */
export function localUrl(settings: Settings): string {
  const host = settings["server.host"];
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" || host === "[::]" ? "[::1]" : host;
  return `http://${urlHost(reachable)}:${settings["server.port"]}`;
}

/** Loopback answers at once or not at all. */
const TIMEOUT_MS = 1500;

/** What is found at the address of these settings. */
export type Found =
  /** a server of this user, which has proved it */
  | {
    readonly kind: "ours";
    readonly version: string;
    readonly url: string;
    readonly pid: number | undefined;
  }
  /** it calls itself ccproxy and proves nothing; `why` is a clause about "it" */
  | { readonly kind: "unproven"; readonly version: string; readonly url: string; readonly why: string }
  /** something else listens there */
  | { readonly kind: "other"; readonly url: string }
  | { readonly kind: "nothing" };

/**
 * Looks whether the proxy of these settings runs, and has it prove that it is this user's: any program can hold the
 * port and answer like ccproxy, so nothing secret is sent for this.
 */
export async function findServer(world: World, settings: Settings): Promise<Found> {
  let first: Found = { kind: "nothing" };
  for (const url of serverUrls(settings)) {
    const found = await examine(world, url);
    if (found.kind === "ours") return found;
    if (first.kind === "nothing") first = found;
  }
  return first;
}

/**
 * Asks the running proxy. Only here does a command send the key, and only to a server that has proved to be this
 * user's. Where there is no key to send, one that has not is asked too, since it may run in a container; but nothing
 * is deleted there, for nobody would know whether it was.
 *
 * @param path beginning with a slash
 * @returns its answer, with the JSON in it or undefined; else who was found in its place, who got nothing
 */
export async function askServer(
  world: World,
  settings: Settings,
  path: string,
  { method = "GET", timeoutMs = TIMEOUT_MS * 10 }: { method?: "GET" | "DELETE"; timeoutMs?: number } = {},
): Promise<Told> {
  const found = await findServer(world, settings);
  const key = settings["server.api_key"];
  const isHarmless = found.kind === "unproven" && key === "" && method === "GET";
  if (found.kind !== "ours" && !isHarmless) return found;
  try {
    const response = await world.fetch(`${found.url}${path}`, {
      method,
      headers: { accept: "application/json", ...(key === "" ? {} : { authorization: `Bearer ${key}` }) },
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const json = parseJson(await readTextLimited(response.body, BOUNDS.ownAnswer));
    const doubt = found.kind === "unproven" ? unprovenText(found) : undefined;
    return { kind: "answer", url: found.url, status: response.status, json, doubt };
  } catch {
    return { kind: "nothing" };
  }
}

/** A running server of this user in words: `ccproxy is already running on port 8000 (pid 71)`. */
export function runningText(settings: Settings, found: { readonly pid: number | undefined }): string {
  return `ccproxy is already running on port ${settings["server.port"]}${pidText(found)}`;
}

/** ` (pid 71)`; nothing for a server of an older version, which does not tell. */
export function pidText({ pid }: { readonly pid: number | undefined }): string {
  return pid === undefined ? "" : ` (pid ${pid})`;
}

/** What came of {@linkcode askServer}. */
export type Told =
  | {
    readonly kind: "answer";
    readonly url: string;
    readonly status: number;
    readonly json: unknown;
    /** why it may be an answer of somebody else, in one sentence */
    readonly doubt: string | undefined;
  }
  | Exclude<Found, { readonly kind: "ours" }>;

/** The JSON of a good answer; undefined for all else. */
export function answerOf(told: Told): unknown {
  return told.kind === "answer" && told.status >= 200 && told.status < 300 ? told.json : undefined;
}

/**
 * Why the proxy gave no answer although something is there, in one sentence for people; undefined when it did, and
 * when nothing is there.
 */
export function silenceOf(told: Told): string | undefined {
  switch (told.kind) {
    case "answer":
      return told.status === 401
        ? `the proxy at ${told.url} has another key than these settings: give it in CCPROXY_SERVER__API_KEY`
        : undefined;
    case "unproven":
      return `${unprovenText(told)}; so it was not asked, and no key was sent to it`;
    case "other":
      return `another program than ccproxy answers at ${told.url}, and was told nothing`;
    case "nothing":
      return undefined;
    default:
      told satisfies never;
      return undefined;
  }
}

/** What is to be said of a server that proves nothing. */
export function unprovenText({ version, url, why }: Found & { readonly kind: "unproven" }): string {
  return `${cleanText(version)} answers at ${url}, but ${why}`;
}

/** The answer of the proxy, which nobody else can give. @throws Problem network saying who is there instead */
export function requireAnswer(told: Told, what: string): JsonObject {
  const answer = answerOf(told);
  if (isRecord(answer)) return answer;
  const silence = silenceOf(told);
  throw new Problem("network", silence ?? `no running proxy was found, and only it knows ${what}`, {
    hint: silence === undefined
      ? 'Start it with "ccproxy serve"'
      : 'Name the address of your own with CCPROXY_SERVER__HOST and CCPROXY_SERVER__PORT, or start it with "ccproxy serve"',
  });
}

/**
 * Where commands look for the server of these settings; nowhere for one that takes a free port. A name may lead to
 * several addresses, held by different programs, so each is asked by its numbers.
 */
export function serverUrls(settings: Settings): string[] {
  const port = settings["server.port"];
  if (port === 0) return [];
  if (settings["server.host"] !== "localhost") return [localUrl(settings)];
  return [`http://127.0.0.1:${port}`, `http://[::1]:${port}`];
}

async function examine(world: World, url: string): Promise<Found> {
  const nonce = createNonce((bytes) => crypto.getRandomValues(bytes));
  let body: unknown;
  let isDemo = false;
  try {
    const response = await world.fetch(`${url}/health?nonce=${nonce}`, {
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    isDemo = response.headers.has(DEMO_HEADER);
    body = parseJson(await readTextLimited(response.body, BOUNDS.health));
  } catch (thrown) {
    return thrown instanceof DOMException || thrown instanceof Problem
      ? { kind: "other", url }
      : { kind: "nothing" };
  }
  const version = isRecord(body) ? textAt(body, "version") : undefined;
  if (!isRecord(body) || version?.startsWith("ccproxy ") !== true) return { kind: "other", url };
  const why = isDemo
    ? "it is a demo (serve --demo), so its numbers belong to no account"
    : await whyUnproven(world, url, nonce, recordAt(body, "proof"));
  if (why !== undefined) return { kind: "unproven", version, url, why };
  return { kind: "ours", version, url, pid: numberAt(recordAt(body, "proof") ?? {}, "pid") };
}

/** What is wrong with a proof; undefined for a good one. */
async function whyUnproven(
  world: World,
  url: string,
  nonce: string,
  proof: JsonObject | undefined,
): Promise<string | undefined> {
  const place = placeOf(world);
  const address = proof === undefined ? undefined : textAt(proof, "address");
  const mac = proof === undefined ? undefined : textAt(proof, "mac");
  if (address === undefined || mac === undefined) {
    return "it does not prove whose it is: it is of an older version, or cannot keep its secret";
  }
  // Read after the answer: the server may just have made it.
  const secret = await readServerSecret(place);
  if (secret === undefined) {
    return `there is no secret of this user to prove it by in "${
      secretFile(place)
    }": it runs as another user, or ` +
      "with another state directory";
  }
  if (!await isProven(secret, nonce, { address, mac })) {
    return "it does not know the secret of this user: it runs as another user, or with another state directory";
  }
  return isReachedBy(url, address) ? undefined : `it hands on what the server at ${cleanText(address)} says`;
}

/**
 * Whether a server that listens on `address` is the one that is reached by `url`. Otherwise somebody could hold the
 * same port of another address, and have our server answer the nonce.
 */
function isReachedBy(url: string, address: string): boolean {
  const { host, hostname, port } = new URL(url);
  // Port 80 is left out of a URL.
  const full = port === "" ? `${host}:80` : host;
  if (address === full) return true;
  const ofPort = address.slice(address.lastIndexOf(":") + 1) === (port === "" ? "80" : port);
  const bound = address.slice(0, address.lastIndexOf(":"));
  const isIpv4 = /^\d+(?:\.\d+){3}$/.test(hostname);
  const isIpv6 = hostname.startsWith("[");
  if (isIpv4) return ofPort && bound === "0.0.0.0";
  if (isIpv6) return ofPort && bound === "[::]";
  // A name of the network, which only a program from source may listen on: its address is what the resolver says.
  return ofPort;
}
