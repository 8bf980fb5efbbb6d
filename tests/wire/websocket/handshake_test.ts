import { assert, assertEquals } from "@std/assert";
import { createBodyReader } from "../../../src/wire/websocket/body_reader.ts";
import {
  acceptOf,
  createHeadReader,
  handshakeRequest,
  HEAD_BYTES,
  switchFault,
  tunnelRequest,
} from "../../../src/wire/websocket/handshake.ts";

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Reads with every cut in two, and byte by byte. */
function headOf(text: string) {
  const bytes = utf8(text);
  const result = (pieces: readonly Uint8Array[]) => {
    const reader = createHeadReader();
    const rest: number[] = [];
    for (const [index, piece] of pieces.entries()) {
      const reading = reader.read(piece);
      if (reading === undefined) continue;
      if ("fault" in reading) return reading;
      rest.push(...reading.rest, ...pieces.slice(index + 1).flatMap((more) => [...more]));
      return {
        status: reading.head.status,
        headers: [...reading.head.headers],
        rest: new TextDecoder().decode(new Uint8Array(rest)),
      };
    }
    return undefined;
  };
  const whole = result([bytes]);
  assertEquals(result([...bytes].map((byte) => new Uint8Array([byte]))), whole);
  for (let cut = 0; cut <= bytes.length; cut++) {
    assertEquals(result([bytes.slice(0, cut), bytes.slice(cut)]), whole, `cut at ${cut}`);
  }
  return whole;
}

Deno.test("handshake: the request is what RFC 6455 wants, and nothing else is in it", () => {
  const headers = new Headers({
    "openai-beta": "responses_websockets=2026-02-06",
    originator: "codex_cli_rs",
  });
  assertEquals(
    handshakeRequest({ host: "chatgpt.com", path: "/backend-api/codex/responses?a=b" }, "key", headers),
    "GET /backend-api/codex/responses?a=b HTTP/1.1\r\nHost: chatgpt.com\r\nConnection: Upgrade\r\n" +
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: key\r\n" +
      "openai-beta: responses_websockets=2026-02-06\r\noriginator: codex_cli_rs\r\n\r\n",
  );
  assertEquals(
    tunnelRequest("chatgpt.com:443", "Basic YTpi"),
    "CONNECT chatgpt.com:443 HTTP/1.1\r\nHost: chatgpt.com:443\r\nProxy-Authorization: Basic YTpi\r\n\r\n",
  );
});

Deno.test("handshake: the accept key of the example of RFC 6455, 1.3", async () => {
  assertEquals(await acceptOf("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

Deno.test("handshake: a head is read with every cut; what follows it is kept", () => {
  assertEquals(headOf("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX: \r\n\r\n\x81\x01a"), {
    status: 101,
    headers: [["upgrade", "websocket"], ["x", ""]],
    rest: "\x81\x01a",
  });
  assertEquals(headOf("HTTP/1.1 426\nA: 1\nA: 2\n\nbody"), {
    status: 426,
    headers: [["a", "1, 2"]],
    rest: "body",
  });
  assertEquals(
    headOf("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 \r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
    {
      status: 200,
      headers: [],
      rest: "",
    },
  );
  assertEquals(headOf("HTTP/1.1 200 OK\r\nA: 1\r\n"), undefined);
});

Deno.test("handshake: what is no head is a fault", () => {
  for (
    const text of [
      "HTTP/2 200\r\n\r\n",
      "SSH-2.0-OpenSSH_9.7\r\n\r\n",
      "HTTP/1.1 abc\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\n folded: line\r\n\r\n",
      "HTTP/1.1 200 OK\r\na: b\x01\r\n\r\n",
      "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
      "HTTP/1.1 103 \r\n\r\n".repeat(9),
    ]
  ) {
    const read = headOf(text);
    assert(read !== undefined && "fault" in read, text);
  }
  const endless = createHeadReader().read(utf8("HTTP/1.1 200 OK\r\n" + "a: b\r\n".repeat(HEAD_BYTES / 6)));
  assert(endless !== undefined && "fault" in endless);
  const long = createHeadReader().read(utf8(`HTTP/1.1 200 OK\r\na: ${"b".repeat(HEAD_BYTES)}\r\n\r\n`));
  assert(long !== undefined && "fault" in long);
});

Deno.test("handshake: a 101 that is no WebSocket is found out", () => {
  const good = { upgrade: "WebSocket", connection: "keep-alive, Upgrade", "sec-websocket-accept": "right" };
  const faultOf = (headers: Record<string, string>) =>
    switchFault({ status: 101, headers: new Headers(headers) }, "right");
  assertEquals(faultOf(good), undefined);
  assertEquals(faultOf({ ...good, upgrade: "h2c" }), "it upgraded to something else");
  assertEquals(faultOf({ ...good, connection: "close" }), "its connection header has no upgrade");
  assertEquals(faultOf({ ...good, "sec-websocket-accept": "wrong" }), "its accept key is wrong");
  assertEquals(
    faultOf({ ...good, "sec-websocket-extensions": "permessage-deflate" }),
    "it granted an extension that was not offered",
  );
  assertEquals(
    faultOf({ ...good, "sec-websocket-protocol": "x" }),
    "it chose a protocol that was not offered",
  );
});

/** The text of a body, and whether it was complete; the same with every cut. */
function bodyOf(headers: Record<string, string>, text: string, limitBytes = 1000) {
  const bytes = utf8(text);
  const result = (pieces: readonly Uint8Array[]) => {
    const reader = createBodyReader(new Headers(headers), limitBytes);
    let isWhole = false;
    for (const piece of pieces) {
      if (!isWhole) isWhole = reader.read(piece);
    }
    return [reader.soFar(), isWhole];
  };
  const whole = result([bytes]);
  const single = [...bytes].map((byte) => new Uint8Array([byte]));
  assertEquals(result([new Uint8Array(0), ...single]), whole);
  for (let cut = 0; cut <= bytes.length; cut++) {
    assertEquals(result([bytes.slice(0, cut), bytes.slice(cut)]), whole, `cut at ${cut}`);
  }
  return whole;
}

Deno.test("handshake: the body of a refusal is read by length, in chunks, or to the end, within its limit", () => {
  assertEquals(bodyOf({ "content-length": "5" }, "grün and more"), ["grün", true]);
  assertEquals(bodyOf({ "content-length": "50" }, "half"), ["half", false]);
  assertEquals(bodyOf({ "content-length": "0" }, ""), ["", true]);
  assertEquals(bodyOf({}, "to the end"), ["to the end", false]);
  assertEquals(bodyOf({}, "to the end", 6), ["to the", true]);
  const chunked = { "transfer-encoding": "chunked" };
  assertEquals(bodyOf(chunked, "5\r\ngrün\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n"), ["grün0123456789", true]);
  assertEquals(bodyOf(chunked, "5\r\ngrün\r\n0\r\ntrailer: x\r\n\r\n", 3), ["gr\ufffd", true]);
  assertEquals(bodyOf(chunked, "xyz\r\nnothing"), ["", true]);
  assertEquals(bodyOf(chunked, "f".repeat(2000)), ["", true]);
});
