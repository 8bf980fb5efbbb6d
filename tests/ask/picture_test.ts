import { assertEquals, assertThrows } from "@std/assert";
import { bytesOf, bytesOfBase64, readPicture } from "../../src/ask/picture.ts";

/** Beginnings of pictures of 300 x 200, as libpng, libjpeg and libwebp write them. */
const PNG = "89504e470d0a1a0a0000000d494844520000012c000000c80806000000";
const FRAME = "ffc0001108 00c8 012c 03012200021101031101";
const JPEG = `ffd8 ffe000104a46494600010100000100010000 ${FRAME}`;
const VP8 = "52494646 24000000 57454250 56503820 18000000 300100 9d012a 2c01 c800 00000000";
const VP8L = "52494646 24000000 57454250 5650384c 10000000 2f 2bc13100 00000000000000";
const VP8X = "52494646 24000000 57454250 56503858 0a000000 10000000 2b0100 c70000 0000";

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(hex.replaceAll(" ", ""));
}

Deno.test("readPicture() tells kind and size of PNG, JPEG and the three forms of WebP", () => {
  for (
    const [picture, type] of [
      [PNG, "image/png"],
      [JPEG, "image/jpeg"],
      [VP8, "image/webp"],
      [VP8L, "image/webp"],
      [VP8X, "image/webp"],
    ] as const
  ) {
    const facts = { type, width: 300, height: 200 };
    assertEquals(readPicture(bytesOf(bytes(picture))), facts, picture);
    assertEquals(readPicture(bytesOfBase64(bytes(picture).toBase64())), facts, picture);
  }
});

Deno.test("readPicture() finds the size of a JPEG behind what a camera wrote in front of it", () => {
  const segment = `ffe1 fffe ${"00".repeat(0xfffc)}`;
  const photo = bytes(`ffd8 ${segment.repeat(3)} ${FRAME}`);
  const facts = { type: "image/jpeg", width: 300, height: 200 } as const;
  assertEquals(readPicture(bytesOf(photo)), facts);
  assertEquals(readPicture(bytesOfBase64(photo.toBase64())), facts);
});

Deno.test("readPicture() gives no size where there is none, ends on any bytes, and knows no other kind", () => {
  assertEquals(readPicture(bytesOf(bytes("ffd8ff00"))), { type: "image/jpeg" });
  assertEquals(readPicture(bytesOf(new Uint8Array(1_000_000).fill(0xff).fill(0xd8, 1, 2))), {
    type: "image/jpeg",
  });
  assertEquals(readPicture(bytesOf(bytes(VP8X).subarray(0, 20))), { type: "image/webp" });
  for (const other of ["", "GIF89a", "<svg>", "BM"]) {
    assertEquals(readPicture(bytesOf(new TextEncoder().encode(other))), undefined, other);
  }
  assertThrows(() => readPicture(bytesOfBase64("no base64!")));
});
