import { assertEquals } from "@std/assert";
import { decodeToml, plainValue, readToml } from "../../src/config/toml.ts";
import { messageOf } from "./message_of.ts";

function read(text: string): unknown {
  return structuredClone(plain(plainValue(readToml(text, "c.toml").root)));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function fault(text: string): string {
  return messageOf(() => readToml(text, "c.toml"));
}

Deno.test("readToml() reads every kind of value, key and table, with a byte order mark and mixed line ends", () => {
  const text = "\uFEFF# first\r\n" +
    'a.b = "x\\u00e9\\U0001F600" # why\n' +
    "a.\"c d\"\t=\t'\\n'\r\n" +
    "list = [ 1, # one\r\n [true, false,],\n]\n" +
    'long = """\r\nx\r\n[t]"""""\n' +
    "inline = { x = 1, y.z = [], 'w' = {} }\n" +
    "[ t ]\n  n = 0x1f\n[t.u]\nf = 1.5\n" +
    "[[many]]\nid = 1\n[many.sub]\nk = 1\n[[many]]\n" +
    "[implied.below]\n[implied]\nx = 1";
  assertEquals(read(text), {
    a: { b: "x\u00e9\u{1f600}", "c d": "\\n" },
    list: [1, [true, false]],
    long: 'x\r\n[t]""',
    inline: { x: 1, y: { z: [] }, w: {} },
    t: { n: 31, u: { f: 1.5 } },
    many: [{ id: 1, sub: { k: 1 } }, {}],
    implied: { below: {}, x: 1 },
  });
});

Deno.test("readToml() gives no key a special meaning", () => {
  const table = plainValue(readToml("__proto__ = 1\nconstructor.prototype = 2", "c.toml").root);
  assertEquals(Object.keys(table as object), ["__proto__", "constructor"]);
});

Deno.test("readToml() names the line of whatever is defined twice", () => {
  const cases: Record<string, string> = {
    "a = 1\n\na = 2": 'c.toml:3: "a" is already defined in line 1',
    "[t]\na = 1\n'a' = 2": 'c.toml:3: "a" is already defined in line 2',
    "[t]\n[u]\n[t]": "c.toml:3: [t] is already defined in line 1",
    "t.a = 1\n[t]": "c.toml:2: [t] is already defined in line 1",
    "t = {}\n[t]": "c.toml:2: [t] is already defined in line 1",
    "t = {}\nt.a = 1": 'c.toml:2: "t.a" is already defined in line 1',
    "t = { a = 1, a = 2 }": 'c.toml:1: "a" is already defined in line 1',
    "[t]\n[[t]]": "c.toml:2: [[t]] is already defined in line 1",
    "[[t]]\n[t]": "c.toml:2: [t] is already defined in line 1",
    "[t.u]\n[t]\nu.a = 1": 'c.toml:3: "u.a" is already defined in line 1',
    "t = [1]\n[[t]]": "c.toml:2: [[t]] is already defined in line 1",
  };
  for (const [text, wanted] of Object.entries(cases)) {
    assertEquals(fault(text), `Invalid configuration: ${wanted}; each may be there once`);
  }
});

Deno.test("readToml() says line, need and find for text that is no TOML", () => {
  const value =
    "a value must be a text in quotes, a number, true, false, a date or a list of these: found something else";
  const cases: Record<string, string> = {
    "a": '1: "=" is needed after the key "a": found the end of the file',
    "\na =": '2: a value is needed after "=": found the end of the file',
    "a = b": `1: ${value}`,
    "a = 01": `1: ${value}`,
    'a = 1 b = "s"': '1: the end of the line or a comment is needed: found "b"',
    'x = 1\na = "b': '2: a string is not closed: needed "',
    'a = """\nb': '1: a string is not closed: needed """',
    "a = [1\nb": '1: an array is not closed: needed "]"',
    "a = [1 2]": `1: ${value}`,
    "a = [1,\n": '1: an array is not closed: needed "]"',
    "a = {\n}": '1: a key must be letters, digits, "_", "-", or be quoted: found the end of the line',
    "a = { b = 1, }": '1: an inline table must not end with ","',
    '"""a""" = 1': "1: a key must be on one line: found a multi-line string",
    "[a": '1: "]" is needed after the table\'s name: found the end of the file',
    "ä = 1": '1: a key must be letters, digits, "_", "-", or be quoted: found "ä"',
    'a = "\\d"': '1: a string has the unknown escape "\\d"; needed a backslash as "\\\\"',
    'a = "\\ud800"': '1: a string has the unknown escape "\\ud800"; needed a backslash as "\\\\"',
    'a = [\n"\\U00110000"]': '2: a string has the unknown escape "\\U00110000"; needed a backslash as "\\\\"',
    'a = "\\u0e9 "': '1: a string has the unknown escape "\\u"; needed a backslash as "\\\\"',
    'a = "\\U1F600"': '1: a string has the unknown escape "\\U"; needed a backslash as "\\\\"',
    "a = 1\r": "1: a control character must be written as an escape in a string: found \\u000d",
    "# a\rb": "1: a control character must be written as an escape in a string: found \\u000d",
    '\na = "\u0000"': "2: a control character must be written as an escape in a string: found \\u0000",
    "\uFEFF\uFEFFa = 1": '1: a key must be letters, digits, "_", "-", or be quoted: found "\uFEFF"',
  };
  for (const [text, wanted] of Object.entries(cases)) {
    assertEquals(fault(text), `Invalid configuration: c.toml:${wanted}`, text);
  }
  assertEquals(
    fault("a = " + "[".repeat(100_000)),
    "Invalid configuration: c.toml:1: values must not be nested deeper than 64",
  );
});

Deno.test("readToml() shows one character at the most of what it could not read, for it may be a key", () => {
  for (const text of ["k = sk-secret-1", 'k = "sk-secret-2', "k = 'a'sk-secret-3", "k sk-secret-4 = 1"]) {
    assertEquals(fault(text).includes("secret"), false, text);
  }
});

Deno.test("decodeToml() refuses UTF-16 and broken UTF-8, and keeps the byte order mark", () => {
  const utf16 = new Uint8Array([0xff, 0xfe, 0x61, 0]);
  const broken = new Uint8Array([0x61, 0x0a, 0xff]);
  const wanted = "Invalid configuration: c.toml:";
  assertEquals(
    messageOf(() => decodeToml(utf16, "c.toml")),
    wanted + "1: the file must be UTF-8: found UTF-16",
  );
  assertEquals(
    messageOf(() => decodeToml(broken, "c.toml")),
    wanted + "2: the file must be UTF-8: found other bytes",
  );
  assertEquals(decodeToml(new TextEncoder().encode("\uFEFFa"), "c.toml"), "\uFEFFa");
});
