/** One JSON value per line, the language between the benchmark and its processes. */

/** Yields the lines of a byte stream, without their line feed. */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let held = "";
  for await (
    const text of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
  ) {
    const lines = (held + text).split("\n");
    held = lines.pop() ?? "";
    yield* lines;
  }
}

/** Writes one value to stdout. */
export async function writeLine(value: unknown): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(value) + "\n");
  let done = 0;
  while (done < bytes.length) done += await Deno.stdout.write(bytes.subarray(done));
}
