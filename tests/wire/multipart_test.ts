import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { partText, readMultipart } from "../../src/wire/multipart.ts";

const TYPE = "multipart/form-data; boundary=b";
const bytes = (text: string) => new TextEncoder().encode(text);
const field = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

function refusal(text: string, type = TYPE): string {
  const error = assertThrows(() => readMultipart(bytes(text), type, "file"));
  assert(error instanceof Problem, String(error));
  assertEquals([error.status, error.param], [400, "file"]);
  return error.message;
}

Deno.test("readMultipart() reads what the platform writes, byte for byte", async () => {
  const data = crypto.getRandomValues(new Uint8Array(50_000));
  data.set(bytes("\r\n--\r\n\r\n--"), 100);
  const form = new FormData();
  form.append("image[]", new File([data], 'a "quoted" name.png'));
  form.append("image[]", new File([], "empty.png"));
  form.append("prompt", "a fox, n\u00b0 1\r\nand more");
  const body = new Response(form);
  const type = body.headers.get("content-type") ?? "";
  const parts = readMultipart(new Uint8Array(await body.arrayBuffer()), type, "file");
  assertEquals(parts.map(({ name, filename, bytes: { length } }) => [name, filename, length]), [
    ["image[]", 'a "quoted" name.png', 50_000],
    ["image[]", "empty.png", 0],
    ["prompt", undefined, 22],
  ]);
  assertEquals(parts[0]?.bytes, data);
  const prompt = parts[2];
  assertEquals(prompt && partText(prompt), "a fox, n\u00b0 1\r\nand more");
});

Deno.test("readMultipart() takes a preamble, white space behind a boundary, and names without quotes", () => {
  const text =
    "before\r\n--b  \r\ncontent-disposition: form-data; name=n\r\nx: y\r\n\r\n1\r\n--b--\r\nbehind";
  const [part] = readMultipart(bytes(text), 'Multipart/Form-Data; charset=utf-8; boundary="b"', "file");
  assertEquals([part?.name, part && partText(part)], ["n", "1"]);
});

Deno.test("readMultipart() refuses a body at whatever byte it was cut before its last boundary", () => {
  const whole = field("prompt", "a fox") + field("n", "2") + "--b--";
  assertEquals(readMultipart(bytes(whole), TYPE, "file").length, 2);
  for (let at = 0; at < whole.length; at++) assertStringIncludes(refusal(whole.slice(0, at)), "malformed");
});

Deno.test("readMultipart() refuses too many parts, endless headers, parts without a name, and other types", () => {
  assertStringIncludes(refusal(`${field("a", "").repeat(65)}--b--`), "more than 64 parts");
  assertStringIncludes(refusal(`--b\r\nx: ${"y".repeat(10_000)}\r\n\r\n\r\n--b--`), "8192 bytes");
  assertStringIncludes(refusal("--b\r\nx: y\r\n\r\n1\r\n--b--"), "part 1 has no content-disposition");
  assertStringIncludes(
    refusal("{}", "application/json"),
    'must be multipart/form-data: found "application/json"',
  );
  assertStringIncludes(refusal("", "multipart/form-data"), "names no boundary");
});
