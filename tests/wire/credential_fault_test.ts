import { assertEquals } from "@std/assert";
import { credentialFault } from "../../src/wire/credential_fault.ts";

Deno.test("credentialFault() says what no header can carry, and where, without quoting it", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["eyJhbGci.abc-_~+/=", undefined],
    [
      "abc\ndef",
      "has a line break at character 4 of 7, like a secret that was wrapped: it must be one line without white space",
    ],
    [
      "abc\r\n",
      "has a line break at character 4 of 5, like a secret that was wrapped: it must be one line without white space",
    ],
    [" abc", "has white space at character 1 of 4: it must be one word"],
    ["abc\u00a0", "has white space at character 4 of 4: it must be one word"],
    ["a\0b", "has a control character at character 2 of 3"],
    ["a\u0085b", "has a control character at character 2 of 3"],
    ["a…", "has a character that is not ASCII at character 2 of 2"],
    ["\ufeffa", "has white space at character 1 of 2: it must be one word"],
  ];
  for (const [text, fault] of cases) assertEquals([text, credentialFault(text)], [text, fault]);
});
