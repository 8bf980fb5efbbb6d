/** What a picture's own bytes tell of it. */
export interface PictureFacts {
  readonly type: "image/png" | "image/jpeg" | "image/webp";
  /** in pixels; undefined where it does not tell */
  readonly width?: number;
  readonly height?: number;
}

/** So many bytes of a picture from a place on; fewer at its end. */
export type BytesAt = (at: number, length: number) => Uint8Array;

/** Bytes that are there. */
export function bytesOf(bytes: Uint8Array): BytesAt {
  return (at, length) => bytes.subarray(at, at + length);
}

/** Bytes of base64, of which only what is looked at is decoded. Throws a SyntaxError where it is none. */
export function bytesOfBase64(text: string): BytesAt {
  return (at, length) => {
    const from = at - at % 3;
    const piece = text.slice(from / 3 * 4, Math.ceil((at + length) / 3) * 4);
    return Uint8Array.fromBase64(piece).subarray(at - from, at - from + length);
  };
}

/** Segments in front of the size of a JPEG: cameras write ten, of up to 64 KiB each. */
const SEGMENTS = 100;

/** The kind and size of a picture, by its bytes: names and declared types are often wrong. Undefined for another kind. */
export function readPicture(bytesAt: BytesAt): PictureFacts | undefined {
  const head = bytesAt(0, 32);
  if (has(head, 0, "\x89PNG\r\n\x1a\n") && head.length >= 24) {
    const view = viewOf(head);
    return { type: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (has(head, 0, "\xff\xd8\xff")) return { type: "image/jpeg", ...jpegSize(bytesAt) };
  if (has(head, 0, "RIFF") && has(head, 8, "WEBP")) return { type: "image/webp", ...webpSize(head) };
  return undefined;
}

/** The size in the first frame header. */
function jpegSize(bytesAt: BytesAt): { width?: number; height?: number } {
  let at = 2;
  for (let segment = 0; segment < SEGMENTS; segment++) {
    const bytes = bytesAt(at, 9);
    if (bytes.length < 9 || bytes[0] !== 0xff) return {};
    const view = viewOf(bytes);
    const marker = view.getUint8(1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(5), width: view.getUint16(7) };
    at += 2 + view.getUint16(2);
  }
  return {};
}

/** The size in the first chunk. @see https://www.rfc-editor.org/rfc/rfc9649#section-2.5 and those after it */
function webpSize(head: Uint8Array): { width?: number; height?: number } {
  if (head.length < 30) return {};
  const view = viewOf(head);
  const byte24 = (at: number) => view.getUint16(at, true) | view.getUint8(at + 2) << 16;
  if (has(head, 12, "VP8X")) return { width: byte24(24) + 1, height: byte24(27) + 1 };
  if (has(head, 12, "VP8L") && head[20] === 0x2f) {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: (bits >>> 14 & 0x3fff) + 1 };
  }
  if (has(head, 12, "VP8 ") && has(head, 23, "\x9d\x01\x2a")) {
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  return {};
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function has(bytes: Uint8Array, at: number, wanted: string): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (bytes[at + index] !== wanted.charCodeAt(index)) return false;
  }
  return true;
}
