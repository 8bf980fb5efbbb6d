/** What a picture's own bytes tell of it. */
export interface PictureFacts {
  readonly type: "image/png" | "image/jpeg" | "image/webp";
  /** in pixels; undefined where its beginning does not tell */
  readonly width?: number;
  readonly height?: number;
}

/** Bytes of a picture's beginning that are looked at. */
export const PICTURE_HEAD_BYTES = 64 * 1024;

/** The kind and size of a picture, by its bytes: names and declared types are often wrong. Undefined for another kind. */
export function readPicture(bytes: Uint8Array): PictureFacts | undefined {
  const head = bytes.subarray(0, PICTURE_HEAD_BYTES);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (has(head, 0, "\x89PNG\r\n\x1a\n") && head.length >= 24) {
    return { type: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (has(head, 0, "\xff\xd8\xff")) return { type: "image/jpeg", ...jpegSize(view) };
  if (has(head, 0, "RIFF") && has(head, 8, "WEBP")) return { type: "image/webp" };
  return undefined;
}

/** The size in the first frame header. */
function jpegSize(view: DataView): { width?: number; height?: number } {
  for (let at = 2; at + 9 <= view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return {};
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return {};
}

function has(bytes: Uint8Array, at: number, wanted: string): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (bytes[at + index] !== wanted.charCodeAt(index)) return false;
  }
  return true;
}
