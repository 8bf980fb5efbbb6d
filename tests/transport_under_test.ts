/**
 * How the programs of a test file reach the backend. A test that counts requests and connections to the backend says
 * what POST does; the same tests are run over WebSockets by a file that imports them behind a {@linkcode testOver}.
 */

let chosen = "sse";

/** `codex.transport` of programs that are started from now on in this test file. */
export function testOver(transport: "auto" | "sse" | "websocket"): void {
  chosen = transport;
}

/** `codex.transport` of a program whose test does not say. */
export function transportUnderTest(): string {
  return chosen;
}
