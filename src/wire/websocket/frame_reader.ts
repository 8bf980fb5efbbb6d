import { applyMask, CONTROL_BYTES, OPCODES } from "./frames.ts";

/** What the other side sent: a whole message, a control frame, or the fault that ends the connection. */
export type Received =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "binary"; readonly bytes: number }
  | { readonly kind: "ping"; readonly payload: Uint8Array }
  | { readonly kind: "pong"; readonly payload: Uint8Array }
  /** `code` 1005 when the frame had none (RFC 6455, 7.1.5) */
  | { readonly kind: "close"; readonly code: number; readonly reason: string }
  /** against the protocol, with the code to close with: 1002, 1007 (no UTF-8) or 1009 (too large) */
  | { readonly kind: "fault"; readonly code: 1002 | 1007 | 1009; readonly reason: string };

/** Takes bytes as they come. */
export interface FrameReader {
  /** What these bytes complete, in order. Nothing any more behind a close or a fault. Bytes are not kept. */
  read(bytes: Uint8Array): Received[];
}

/** What {@linkcode createFrameReader} reads by. */
export interface FrameRules {
  /** true for what a client sends: each frame must be masked; false for what a server sends: none may be */
  readonly isMasked: boolean;
  /** bytes of one message at most, over all its frames */
  readonly limitBytes: number;
}

interface Head {
  readonly isLast: boolean;
  readonly opcode: number;
  readonly length: number;
  readonly mask: Uint8Array | undefined;
  /** bytes of the head itself */
  readonly size: number;
}

/** The longest head: two bytes, eight of the length, four of the mask. */
const HEAD_BYTES = 14;

/**
 * Reads frames into messages, however the bytes were cut. No extension is ever agreed on, so reserved bits are a
 * fault. Text is decoded as it comes: a large message costs its characters once, and bytes that are not UTF-8 end it
 * before the rest of it is there. The content of binary messages is not kept: nobody here has a use for it.
 *
 * A length that could be written shorter is taken: it harms nobody, and answers are read leniently.
 */
export function createFrameReader(rules: FrameRules): FrameReader {
  const held = new Uint8Array(HEAD_BYTES);
  let heldBytes = 0;
  let head: Head | undefined;
  /** bytes of the current frame's payload that came so far */
  let seen = 0;
  let control = new Uint8Array(0);
  let message: { readonly decoder: TextDecoder | undefined; text: string[]; bytes: number } | undefined;
  let isOver = false;

  function fault(code: 1002 | 1007 | 1009, reason: string): Received {
    isOver = true;
    return { kind: "fault", code, reason };
  }

  function isTooLarge(next: Head): boolean {
    return !isControl(next) && next.length + (message?.bytes ?? 0) > rules.limitBytes;
  }

  /** Takes what belongs to the head; undefined while it is not complete. */
  function takeHead(bytes: Uint8Array, at: number): { readonly taken: number; readonly fault?: Received } {
    const before = heldBytes;
    const piece = bytes.subarray(at, at + HEAD_BYTES - heldBytes);
    held.set(piece, heldBytes);
    const available = heldBytes + piece.length;
    const early = headFault(held, available, rules, message !== undefined);
    if (early !== undefined) return { taken: 0, fault: fault(1002, early) };
    const parsed = parseHead(held, available);
    if (parsed === undefined) {
      heldBytes = available;
      return { taken: piece.length };
    }
    if (parsed === "too_long" || isTooLarge(parsed)) {
      return { taken: 0, fault: fault(1009, `a message of more than ${rules.limitBytes} bytes`) };
    }
    heldBytes = 0;
    head = parsed;
    seen = 0;
    if (isControl(parsed)) control = new Uint8Array(parsed.length);
    else if (parsed.opcode !== OPCODES.continuation) {
      const decoder = parsed.opcode === OPCODES.text
        ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
        : undefined;
      message = { decoder, text: [], bytes: 0 };
    }
    return { taken: parsed.size - before };
  }

  function takePayload(current: Head, piece: Uint8Array): Received | undefined {
    let plain = piece;
    if (current.mask !== undefined) {
      plain = piece.slice();
      applyMask(plain, current.mask, seen);
    }
    if (isControl(current)) control.set(plain, seen);
    seen += piece.length;
    const isWhole = seen === current.length;
    if (isWhole) head = undefined;
    if (isControl(current)) return isWhole ? controlFrame(current.opcode, control) : undefined;
    if (message === undefined) return undefined;
    message.bytes += piece.length;
    const isEnd = isWhole && current.isLast;
    try {
      const text = message.decoder?.decode(plain, { stream: !isEnd }) ?? "";
      if (text !== "") message.text.push(text);
    } catch {
      return fault(1007, "a text that is not UTF-8");
    }
    if (!isEnd) return undefined;
    const { decoder, text, bytes } = message;
    message = undefined;
    return decoder === undefined ? { kind: "binary", bytes } : { kind: "text", text: text.join("") };
  }

  function controlFrame(opcode: number, payload: Uint8Array): Received {
    if (opcode === OPCODES.ping) return { kind: "ping", payload };
    if (opcode === OPCODES.pong) return { kind: "pong", payload };
    const close = readClose(payload);
    if ("fault" in close) return fault(close.fault, close.reason);
    isOver = true;
    return { kind: "close", ...close };
  }

  return {
    read(bytes) {
      const received: Received[] = [];
      let at = 0;
      while (!isOver) {
        if (head === undefined) {
          if (at === bytes.length) break;
          const { taken, fault } = takeHead(bytes, at);
          if (fault !== undefined) received.push(fault);
          at += taken;
          if (head === undefined) continue;
        }
        const current: Head = head;
        const piece = bytes.subarray(at, at + current.length - seen);
        // An empty payload is complete at once; any other needs a byte.
        if (piece.length === 0 && current.length > 0) break;
        at += piece.length;
        const result = takePayload(current, piece);
        if (result !== undefined) received.push(result);
      }
      return received;
    },
  };
}

function isControl(head: Head): boolean {
  return head.opcode >= OPCODES.close;
}

/** What the first bytes of a head say that no frame may, as soon as they are there; undefined when nothing does. */
function headFault(
  bytes: Uint8Array,
  available: number,
  { isMasked }: FrameRules,
  isInMessage: boolean,
): string | undefined {
  const [first = 0, second = 0] = bytes;
  const opcode = first & 0x0f;
  if (available < 1) return undefined;
  if ((first & 0x70) !== 0) return "a frame with reserved bits";
  if ((opcode > OPCODES.binary && opcode < OPCODES.close) || opcode > OPCODES.pong) {
    return `a frame of the unknown kind ${opcode}`;
  }
  if (opcode >= OPCODES.close && first < 0x80) return "a control frame in pieces";
  if (opcode === OPCODES.continuation && !isInMessage) return "a continuation of nothing";
  if ((opcode === OPCODES.text || opcode === OPCODES.binary) && isInMessage) {
    return "a message within another";
  }
  if (available < 2) return undefined;
  if (second >= 0x80 !== isMasked) return isMasked ? "a frame without a mask" : "a frame with a mask";
  if (opcode >= OPCODES.close && (second & 0x7f) > CONTROL_BYTES) return "a control frame that is too long";
  return undefined;
}

function parseHead(bytes: Uint8Array, available: number): Head | "too_long" | undefined {
  if (available < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const lengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8;
  const maskAt = 2 + lengthBytes;
  const size = maskAt + (second >= 0x80 ? 4 : 0);
  if (available < size) return undefined;
  const view = new DataView(bytes.buffer);
  const length = lengthBytes === 0
    ? short
    : lengthBytes === 2
    ? view.getUint16(2)
    : Number(view.getBigUint64(2));
  if (!Number.isSafeInteger(length)) return "too_long";
  return {
    isLast: first >= 0x80,
    opcode: first & 0x0f,
    length,
    mask: second >= 0x80 ? bytes.slice(maskAt, size) : undefined,
    size,
  };
}

function readClose(
  payload: Uint8Array,
): { readonly code: number; readonly reason: string } | {
  readonly fault: 1002 | 1007;
  readonly reason: string;
} {
  if (payload.length === 0) return { code: 1005, reason: "" };
  if (payload.length === 1) return { fault: 1002, reason: "a close frame of one byte" };
  const code = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
  if (!isCloseCode(code)) return { fault: 1002, reason: `a close frame with the code ${code}` };
  try {
    return { code, reason: new TextDecoder("utf-8", { fatal: true }).decode(payload.subarray(2)) };
  } catch {
    return { fault: 1007, reason: "a close reason that is not UTF-8" };
  }
}

/** The codes that may stand in a frame: registered ones, and those of applications (RFC 6455, 7.4). */
function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006) ||
    (code >= 3000 && code <= 4999);
}
