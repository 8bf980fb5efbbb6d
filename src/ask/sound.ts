/** Beginnings of the recordings that the public API takes: at which byte, which bytes, which type. */
const BEGINNINGS: readonly (readonly [at: number, bytes: string, type: string])[] = [
  [0, "fLaC", "audio/flac"],
  [0, "ID3", "audio/mpeg"],
  [0, "OggS", "audio/ogg"],
  [4, "ftyp", "audio/mp4"],
  [8, "WAVE", "audio/wav"],
  [0, "\x1a\x45\xdf\xa3", "audio/webm"],
];

/** The type of a recording by its bytes, whatever its name says; undefined for another kind of file. */
export function soundType(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  const found = BEGINNINGS.find(([at, wanted]) => head.startsWith(wanted, at));
  if (found !== undefined) return found[2];
  // A frame of MPEG audio without tags in front: eleven bits that are set, and a layer.
  const [first = 0, second = 0] = bytes;
  return first === 0xff && (second & 0xe0) === 0xe0 && (second & 0x06) !== 0 ? "audio/mpeg" : undefined;
}
