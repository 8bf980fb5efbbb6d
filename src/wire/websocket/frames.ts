/**
 * WebSocket frames as bytes: what is sent. Pure: the mask of a client's frame is handed in.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-5
 */

/** The kinds of frames. */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One of {@linkcode OPCODES}. */
export type Opcode = typeof OPCODES[keyof typeof OPCODES];

/** Bytes that the payload of a ping, a pong or a close may have (RFC 6455, 5.5). */
export const CONTROL_BYTES = 125;

/** One frame to send. */
export interface Frame {
  readonly opcode: Opcode;
  /** the last one of its message */
  readonly isLast: boolean;
  readonly payload: Uint8Array;
}

/**
 * A frame as bytes.
 *
 * @param mask four random bytes for what a client sends; absent for what a server sends
 */
export function encodeFrame(frame: Frame, mask?: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = frame.payload;
  const lengthBytes = length <= CONTROL_BYTES ? 0 : length <= 0xffff ? 2 : 8;
  const headBytes = 2 + lengthBytes + (mask === undefined ? 0 : 4);
  const bytes = new Uint8Array(headBytes + length);
  const view = new DataView(bytes.buffer);
  bytes[0] = (frame.isLast ? 0x80 : 0) | frame.opcode;
  bytes[1] = (mask === undefined ? 0 : 0x80) | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) view.setUint16(2, length);
  if (lengthBytes === 8) view.setBigUint64(2, BigInt(length));
  bytes.set(frame.payload, headBytes);
  if (mask !== undefined) {
    bytes.set(mask, headBytes - 4);
    applyMask(bytes.subarray(headBytes), mask, 0);
  }
  return bytes;
}

/**
 * Masks or unmasks in place: the same operation (RFC 6455, 5.3).
 *
 * @param offset of the first byte within the payload of its frame
 */
export function applyMask(bytes: Uint8Array, mask: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; at++) bytes[at] = (bytes[at] ?? 0) ^ (mask[(at + offset) & 3] ?? 0);
}

/**
 * A message cut into frames, so that a pong can leave between two of them: the backend gave up on connections whose
 * pong waited behind one large frame (websocket.md#ws-limits).
 *
 * @param pieceBytes payload of each frame, at least 1
 */
export function* toFrames(
  opcode: typeof OPCODES.text | typeof OPCODES.binary,
  payload: Uint8Array,
  pieceBytes: number,
): Generator<Frame> {
  for (let at = 0;; at += pieceBytes) {
    const isLast = at + pieceBytes >= payload.length;
    yield {
      opcode: at === 0 ? opcode : OPCODES.continuation,
      isLast,
      payload: payload.subarray(at, at + pieceBytes),
    };
    if (isLast) return;
  }
}

/** The payload of a close frame. A reason that does not fit is cut between two characters. */
export function closePayload(code: number, reason = ""): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(CONTROL_BYTES);
  new DataView(bytes.buffer).setUint16(0, code);
  const { written } = new TextEncoder().encodeInto(reason, bytes.subarray(2));
  return bytes.slice(0, 2 + written);
}
