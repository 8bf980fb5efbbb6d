import { ignore } from "../ignore.ts";
import { Problem } from "../problem.ts";
import { createParser } from "./resp_parser.ts";
import { storeProblem } from "./store_problem.ts";

/**
 * The protocol of Redis and Valkey (RESP2) over one connection.
 *
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */

/** What the server answers. An error is a value too: a pipeline goes on behind one. */
export type Reply = string | number | null | RedisError | Reply[];

/** An error the server answered with. */
export interface RedisError {
  readonly error: string;
}

/** A command with its arguments. */
export type Command = readonly (string | number)[];

/** Sends commands. */
export interface RespClient {
  /**
   * Sends commands in one piece and gives their replies in order. Connects when there is no connection.
   *
   * @throws Problem memory_unavailable when the server cannot be reached, or does not answer in time
   */
  send(commands: readonly Command[]): Promise<Reply[]>;
  close(): void;
}

/** Where the server is. */
export interface RespPlace {
  readonly hostname: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string;
  readonly password: string;
  /** number of the database */
  readonly database: number;
}

/** Until a connection is there, and until a reply is. */
const TIMEOUT_MS = 3000;
/** After a failure the server is left alone for so long: requests that can do without it must not wait for it. */
const PAUSE_MS = 500;

/** Reads `redis://[user:password@]host[:port][/database]`; `rediss` is the same over TLS. */
export function readRedisUrl(text: string): RespPlace {
  const url = new URL(text);
  return {
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 6379 : Number(url.port),
    tls: url.protocol === "rediss:",
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: Number(url.pathname.slice(1) || 0),
  };
}

/** A client that connects when it is needed, and again after the connection was lost. */
export function createRespClient(place: RespPlace): RespClient {
  const where = `${place.hostname}:${place.port}`;
  let connection: Promise<Connection> | undefined;
  let restUntilMs = 0;
  let lastProblem: Problem | undefined;
  let closed = false;

  async function connect(): Promise<Connection> {
    const made = await openConnection(place);
    const hello: Command[] = [];
    if (place.password !== "") {
      hello.push(
        place.username === "" ? ["AUTH", place.password] : ["AUTH", place.username, place.password],
      );
    }
    if (place.database !== 0) hello.push(["SELECT", place.database]);
    for (const reply of await made.send(hello)) {
      if (!isError(reply)) continue;
      made.close();
      throw new Error(`the server refused the login or the database: ${reply.error}`);
    }
    return made;
  }

  async function current(): Promise<Connection> {
    connection ??= connect();
    return await connection;
  }

  function fail(error: unknown): never {
    connection?.then((made) => made.close(), () => {});
    connection = undefined;
    restUntilMs = performance.now() + PAUSE_MS;
    const denied = error instanceof Deno.errors.NotCapable
      ? "The executable may only connect to this machine: open a tunnel to the server (for instance with ssh -L), or run from source with CCPROXY_ALLOW_NET=HOST:PORT deno task serve"
      : undefined;
    lastProblem = storeProblem(`storage.url (${where})`, error, denied);
    throw lastProblem;
  }

  return {
    async send(commands) {
      if (closed) throw new Problem("memory_unavailable", "the store is closed");
      if (commands.length === 0) return [];
      const isResting = connection === undefined && performance.now() < restUntilMs;
      if (isResting && lastProblem !== undefined) throw lastProblem;
      try {
        const made = await current();
        return await made.send(commands);
      } catch (error) {
        return fail(error);
      }
    },
    close() {
      closed = true;
      connection?.then((made) => made.close(), () => {});
      connection = undefined;
    },
  };
}

/** True for a reply that is an error. */
export function isError(reply: Reply | undefined): reply is RedisError {
  return typeof reply === "object" && reply !== null && !Array.isArray(reply);
}

interface Connection {
  send(commands: readonly Command[]): Promise<Reply[]>;
  close(): void;
}

async function openConnection(place: RespPlace): Promise<Connection> {
  const { hostname, port } = place;
  const opening: Promise<Deno.Conn> = place.tls
    ? Deno.connectTls({ hostname, port })
    : Deno.connect({ hostname, port });
  const socket = await inTime(opening, () => opening.then((late) => late.close(), () => {}));
  const writer = socket.writable.getWriter();
  const reader = socket.readable.getReader();
  const waiting: {
    readonly count: number;
    readonly replies: Reply[];
    readonly done: PromiseWithResolvers<Reply[]>;
  }[] = [];
  let broken: unknown;

  const breakOff = (error: unknown) => {
    broken ??= error;
    for (const { done } of waiting.splice(0)) done.reject(broken);
  };
  const parser = createParser((reply) => {
    const first = waiting[0];
    if (first === undefined) return;
    first.replies.push(reply);
    if (first.replies.length === first.count) waiting.shift()?.done.resolve(first.replies);
  });
  const readAll = async () => {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        parser(value);
      }
      breakOff(new Error("the server closed the connection"));
    } catch (error) {
      breakOff(error);
      // What cannot be read is not read on: the rest of it would pile up.
      close();
    }
  };
  const close = () => {
    breakOff(new Error("the connection was closed"));
    try {
      socket.close();
    } catch {
      // closed by the other side already
    }
  };
  void readAll();
  return {
    close,
    async send(commands) {
      if (broken !== undefined) throw broken;
      if (commands.length === 0) return [];
      const done = Promise.withResolvers<Reply[]>();
      done.promise.catch(ignore);
      waiting.push({ count: commands.length, replies: [], done });
      await inTime(writer.write(encodeCommands(commands)), close);
      return await inTime(done.promise, close);
    },
  };
}

/** Waits up to {@linkcode TIMEOUT_MS}; then `giveUp` is called and the wait fails. */
async function inTime<T>(work: Promise<T>, giveUp: () => void): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`));
    giveUp();
  }, TIMEOUT_MS);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

const ENCODER = new TextEncoder();

function encodeCommands(commands: readonly Command[]): Uint8Array<ArrayBuffer> {
  const texts: string[] = [];
  for (const command of commands) {
    texts.push(`*${command.length}\r\n`);
    for (const argument of command) {
      const text = String(argument);
      texts.push(`$${byteLength(text)}\r\n${text}\r\n`);
    }
  }
  return ENCODER.encode(texts.join(""));
}

/** Lengths on the wire count bytes. Lone surrogates are written as U+FFFD, as TextEncoder does: three bytes too. */
function byteLength(text: string): number {
  return ENCODER.encode(text).length;
}
