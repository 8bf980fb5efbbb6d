import { BOUNDS } from "../../bounds.ts";
import { errorText } from "../../error_text.ts";
import { createBodyReader } from "../../wire/websocket/body_reader.ts";
import {
  acceptOf,
  createHeadReader,
  handshakeRequest,
  type HeadReading,
  type ResponseHead,
  switchFault,
} from "../../wire/websocket/handshake.ts";
import type { Refusal } from "../errors.ts";
import { openWire, type Phase } from "./open_wire.ts";
import { createSocket, type Socket } from "./socket.ts";
import { type After, type Network, type RandomBytes, type Wire, writeAll } from "./wire.ts";

/** Why there is no socket. */
export type OpenFailure =
  /** an HTTP answer instead of the upgrade, read: the same forms as those of a POST */
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** no answer, or none that is HTTP; `detail` is for users */
  | {
    readonly kind: "unreachable";
    readonly phase: Phase;
    readonly detail: string;
    /** the deadline passed */
    readonly isTimeout: boolean;
    readonly cause: unknown;
  }
  /** the signal was aborted */
  | { readonly kind: "aborted" };

/** An open socket with the headers of its 101, or why there is none. */
export type Opened =
  | { readonly ok: true; readonly socket: Socket; readonly headers: Headers }
  | { readonly ok: false; readonly failure: OpenFailure };

/** What {@linkcode openSocket} needs. */
export interface OpenOptions {
  readonly network: Network;
  readonly after: After;
  readonly randomBytes: RandomBytes;
  /** for everything: name, TCP, proxy, TLS and the upgrade */
  readonly deadlineMs: number;
  /** bytes of one message at most */
  readonly limitBytes: number;
}

type Answered =
  | { readonly head: ResponseHead; readonly rest: Uint8Array }
  | { readonly refusal: Refusal };

const READ_BYTES = 16 * 1024;

/**
 * Opens a WebSocket. Never throws: every way it can fail is a result.
 *
 * @param url http or https
 * @param headers of the handshake, in addition to those that every WebSocket has
 */
export async function openSocket(
  options: OpenOptions,
  url: URL,
  headers: Headers,
  signal: AbortSignal,
): Promise<Opened> {
  let phase: Phase = "connect";
  let wire: Wire | undefined;
  let givenUp: "timeout" | "aborted" | undefined;
  let isRefused = false;
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => {});
  const giveUp = (why: "timeout" | "aborted") => {
    givenUp ??= why;
    closeQuietly(wire);
    // The status of a refusal is known by then, and only the rest of its text is missing.
    if (why === "aborted" || !isRefused) gone.reject(new Error(why));
  };
  const stop = options.after(options.deadlineMs, () => giveUp("timeout"));
  const leave = () => giveUp("aborted");
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  const open = async (): Promise<Opened> => {
    const made = await openWire(options.network, url, (next) => void (phase = next), (next) => {
      wire = next;
      // It came too late: nobody waits for it any more.
      if (givenUp !== undefined) closeQuietly(next);
    });
    phase = "handshake";
    const key = btoa(String.fromCharCode(...options.randomBytes(16)));
    const target = { host: url.host, path: url.pathname + url.search };
    await writeAll(made, new TextEncoder().encode(handshakeRequest(target, key, headers)));
    const answered = await readAnswer(made, () => void (isRefused = true));
    if ("refusal" in answered) {
      closeQuietly(made);
      return { ok: false, failure: { kind: "refused", refusal: answered.refusal } };
    }
    const fault = switchFault(answered.head, await acceptOf(key));
    if (fault !== undefined) throw new Error(`the answer is no WebSocket: ${fault}`);
    if (givenUp !== undefined) throw new Error(givenUp);
    const { rest, head } = answered;
    return { ok: true, socket: createSocket(made, { ...options, rest }), headers: head.headers };
  };
  const opening = open();
  opening.catch(() => {});
  try {
    return await Promise.race([opening, gone.promise]);
  } catch (error) {
    closeQuietly(wire);
    return { ok: false, failure: failureOf(error, phase, givenUp, options.deadlineMs) };
  } finally {
    stop();
    signal.removeEventListener("abort", leave);
  }
}

function failureOf(
  error: unknown,
  phase: Phase,
  givenUp: "timeout" | "aborted" | undefined,
  deadlineMs: number,
): OpenFailure {
  if (givenUp === "aborted") return { kind: "aborted" };
  const isTimeout = givenUp === "timeout";
  const detail = isTimeout
    ? `no WebSocket within ${Math.round(deadlineMs / 1000)} s`
    : error instanceof Deno.errors.NotCapable
    ? "this program may not connect to the proxy by itself"
    : errorText(error);
  return { kind: "unreachable", phase, detail, isTimeout, cause: error };
}

/**
 * The head of a 101, or the whole answer that came instead.
 *
 * @param onRefusal called when the head of another answer is there
 * @throws when there is no answer
 */
async function readAnswer(wire: Wire, onRefusal: () => void): Promise<Answered> {
  const reader = createHeadReader();
  const buffer = new Uint8Array(READ_BYTES);
  let reading: HeadReading | undefined;
  while (reading === undefined) {
    const count = await wire.read(buffer);
    if (count === null) throw new Error("the connection was closed before an answer to the upgrade");
    reading = reader.read(buffer.subarray(0, count));
  }
  if ("fault" in reading) throw new Error(`the answer to the upgrade is damaged: ${reading.fault}`);
  const { head, rest } = reading;
  if (head.status === 101) return { head, rest };
  onRefusal();
  if (head.status === 204 || head.status === 304) return { refusal: { ...head, body: "" } };
  return { refusal: { ...head, body: await readBody(wire, head.headers, rest, buffer) } };
}

/** The body of a refusal as far as it came; nothing of a compressed one, since none was asked for. */
async function readBody(
  wire: Wire,
  headers: Headers,
  rest: Uint8Array,
  buffer: Uint8Array,
): Promise<string> {
  if ((headers.get("content-encoding") ?? "identity") !== "identity") return "";
  const reader = createBodyReader(headers, BOUNDS.errorBody.bytes);
  try {
    for (let isWhole = reader.read(rest); !isWhole;) {
      const count = await wire.read(buffer);
      if (count === null) break;
      isWhole = reader.read(buffer.subarray(0, count));
    }
  } catch {
    // The connection broke, or the deadline passed: what came of it is what there is to say.
  }
  return reader.soFar();
}

function closeQuietly(wire: Wire | undefined): void {
  try {
    wire?.close();
  } catch {
    // closed already, or handed over to TLS
  }
}
