import { assertEquals } from "@std/assert";
import { readMultipart } from "../../src/wire/multipart.ts";
import { writeMultipart } from "../../src/wire/write_multipart.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("writeMultipart() writes what the platform and readMultipart() read, byte for byte", async () => {
  const data = crypto.getRandomValues(new Uint8Array(50_000));
  data.set(bytes("\r\n--\r\n\r\n--"), 100);
  const parts = [
    { name: "file", filename: 'a "quoted" Übung.wav', type: "audio/wav", bytes: data },
    { name: "prompt", filename: undefined, type: undefined, bytes: bytes("a fox,\r\nn° 1") },
    { name: "empty", filename: "e", type: "audio/wav", bytes: new Uint8Array() },
  ];
  const written = writeMultipart(parts, "b-1");
  const read = readMultipart(written.bytes, written.contentType, "file");
  assertEquals(read, parts);
  const form = await new Response(written.bytes, { headers: { "content-type": written.contentType } })
    .formData();
  const file = form.get("file");
  assertEquals(file instanceof File && [file.type, file.size], ["audio/wav", 50_000]);
  assertEquals([...form.keys()], ["file", "prompt", "empty"]);
});

Deno.test("writeMultipart() lets no name and no type begin a line of its own", () => {
  const part = { name: "n\r\nx: y", filename: '"\r\n', type: "a/b\r\nx: y", bytes: bytes("1") };
  const text = new TextDecoder().decode(writeMultipart([part], "b").bytes);
  assertEquals(
    text,
    '--b\r\nContent-Disposition: form-data; name="n%0D%0Ax: y"; filename="%22%0D%0A"\r\n' +
      "Content-Type: a/b  x: y\r\n\r\n1\r\n--b--\r\n",
  );
});

Deno.test("writeMultipart() writes a form without parts", () => {
  assertEquals(new TextDecoder().decode(writeMultipart([], "b").bytes), "--b--\r\n");
});
