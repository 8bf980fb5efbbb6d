/** A client of the program's WebSocket, for tests: what it gets is noted, and can be waited for. */
import type { Program } from "../program.ts";

/** A message of the program. */
export type Message = Record<string, unknown> & { readonly type: string };

/** An open socket. */
export interface ClientSocket extends Disposable {
  /** everything that came, in order */
  readonly messages: Message[];
  send(message: unknown): void;
  /** sends text as it is, or bytes */
  sendRaw(data: string | Uint8Array<ArrayBuffer>): void;
  /** waits until there are so many of this type; gives the last one */
  until(type: string, count?: number): Promise<Message>;
  /** how it was closed */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  close(code?: number): void;
}

/** Opens a socket to the responses route. */
export async function openSocket(
  program: Program,
  options: { readonly path?: string; readonly headers?: Record<string, string> } = {},
): Promise<ClientSocket> {
  const url = `${program.url.replace("http", "ws")}${options.path ?? "/codex/v1/responses"}`;
  const socket = new WebSocket(url, { headers: options.headers ?? {} });
  const messages: Message[] = [];
  const looks = new Set<() => void>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.onmessage = ({ data }) => {
    messages.push(JSON.parse(data));
    looks.forEach((look) => look());
  };
  socket.onclose = ({ code, reason }) => {
    closed.resolve({ code, reason });
    looks.forEach((look) => look());
  };
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
  });
  socket.onerror = () => {};
  return {
    messages,
    send: (message) => socket.send(JSON.stringify(message)),
    sendRaw: (data) => socket.send(data),
    until: (type, count = 1) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = messages.filter((message) => message.type === type)[count - 1];
          if (found === undefined && socket.readyState !== WebSocket.CLOSED) return;
          looks.delete(look);
          if (found !== undefined) resolve(found);
          else reject(new Error(`closed before ${count} of ${type}: ${JSON.stringify(messages)}`));
        };
        looks.add(look);
        look();
      }),
    closed: closed.promise,
    close: (code) => socket.close(code),
    [Symbol.dispose]: () => socket.close(),
  };
}
