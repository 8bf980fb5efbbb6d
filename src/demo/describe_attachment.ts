import { type JsonObject, textAt } from "../wire/json.ts";

/** Characters of base64 that are looked at for the size of a picture: headers are at the beginning. */
const LOOKED_AT = 256 * 1024;

/**
 * What there is to say of a picture or file of a message: `a PNG picture, 40 × 30 pixels, 1.2 kB`. Nothing is
 * fetched: of an address only the host is told.
 */
export function describeAttachment(part: JsonObject): string {
  const isImage = part["type"] === "input_image";
  const url = textAt(part, isImage ? "image_url" : "file_data") ?? textAt(part, "file_url") ?? "";
  const name = textAt(part, "filename");
  const noun = isImage ? "picture" : name === undefined ? "file" : `file "${name}"`;
  const data = /^data:([\w.+-]+)\/([\w.+-]+);base64,(.*)$/s.exec(url);
  if (data === null) {
    const host = URL.canParse(url) ? new URL(url).host : "an unknown place";
    return `a ${noun} at ${host}, which the demo does not fetch`;
  }
  const [, , kind = "", base64 = ""] = data;
  const bytes = Math.floor(base64.length * 3 / 4) -
    (base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0);
  const pixels = isImage ? readPixels(base64) : undefined;
  return [
    `a ${isImage || name === undefined ? `${kind.toUpperCase()} ` : ""}${noun}`,
    ...(pixels === undefined ? [] : [`${pixels.width} × ${pixels.height} pixels`]),
    bytes < 1000 ? `${bytes} bytes` : `${(bytes / 1000).toFixed(1)} kB`,
  ].join(", ");
}

interface Pixels {
  readonly width: number;
  readonly height: number;
}

/** Width and height from the head of a PNG, GIF, JPEG or extended WebP; undefined for others. */
function readPixels(base64: string): Pixels | undefined {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.fromBase64(base64.slice(0, LOOKED_AT));
  } catch {
    return undefined;
  }
  const view = new DataView(bytes.buffer);
  const has = (at: number, text: string) =>
    [...text].every((char, i) => bytes[at + i] === char.charCodeAt(0));
  if (has(1, "PNG") && bytes.length >= 24) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (has(0, "GIF8") && bytes.length >= 10) {
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  }
  if (has(0, "RIFF") && has(8, "WEBPVP8X") && bytes.length >= 30) {
    return {
      width: (view.getUint32(24, true) & 0xffffff) + 1,
      height: (view.getUint16(27, true) | view.getUint8(29) << 16) + 1,
    };
  }
  return bytes[0] === 0xff && bytes[1] === 0xd8 ? readJpeg(view) : undefined;
}

/** Segments are passed over up to the first "start of frame", which tells the size. */
function readJpeg(view: DataView): Pixels | undefined {
  for (let at = 2; at + 9 < view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
