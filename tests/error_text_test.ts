import { assertEquals } from "@std/assert";
import { errorText } from "../src/error_text.ts";

Deno.test("errorText() tells of a missing permission in words for people, as both kinds of runtime say it", () => {
  const texts = [
    'Requires read access to "/a b", run again with the --allow-read flag',
    'Requires write access to "/a", specify the required permissions during compilation using `deno compile --allow-write`',
    'Requires net access to "example.com:443", run again with the --allow-net flag',
    "Requires env access, run again with the --allow-env flag",
  ];
  assertEquals(texts.map((text) => errorText(new Deno.errors.NotCapable(text))), [
    'this program has no permission to read "/a b"',
    'this program has no permission to write "/a"',
    'this program has no permission to connect to "example.com:443"',
    "this program has no permission for that",
  ]);
});
