/** Statements of .github/SECURITY.md that no other test shows. */
import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { permissionFlags, TARGETS } from "../../tools/permissions.ts";
import { textAnswer } from "../fake/answers.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { ALL_LANES, requestOf } from "../faults/lanes.ts";
import { HELLO, post, withProgram } from "./setup.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("serve answers 429 beyond limits.concurrent_requests, and takes requests again when one is over", async () => {
  await withProgram(async ({ program, backend }) => {
    const gate = backend.gate();
    backend.setDefault({ before: gate });
    const held = [1, 2].map(() => post(program, "/v1/chat/completions", HELLO));
    await Promise.all([backend.nextRequest(), backend.nextRequest()]);
    const refused = await post(program, "/v1/chat/completions", HELLO);
    assertEquals([refused.status, refused.headers.get("retry-after")], [429, "1"]);
    assertEquals((await refused.json()).error.code, "too_many_concurrent_requests");
    backend.setDefault(undefined);
    gate.open();
    for (const answer of await Promise.all(held)) await answer.body?.cancel();
    const next = await post(program, "/v1/chat/completions", HELLO);
    assertEquals(next.status, 200, await next.text());
  }, { config: "[limits]\nconcurrent_requests = 2\n" });
});

Deno.test("serve follows no redirect: where the backend points to, nobody sees a request", async () => {
  await using elsewhere = await startFakeBackend({ strict: false });
  await withProgram(async ({ program, backend }) => {
    for (const status of [301, 302, 303, 307, 308]) {
      backend.setDefault({ status, headers: { location: `${elsewhere.url}/responses` }, body: "" });
      for (const lane of ALL_LANES) {
        const { path, headers, body } = requestOf(lane);
        const answer = await post(program, path, body, { headers });
        assertEquals([lane, status, answer.status], [lane, status, 502], await answer.text());
      }
    }
    assertEquals(elsewhere.requests, []);
    assertEquals(elsewhere.acceptedConnections(), 0);
  });
});

Deno.test("serve hands on no cookie and no header of the backend that is not on its list, in any lane", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({
      headers: {
        "set-cookie": "__cf_bm=1",
        "x-internal-host": "10.0.0.1",
        authorization: "Bearer own",
        "www-authenticate": "Bearer realm=x",
        "access-control-allow-origin": "*",
        "strict-transport-security": "max-age=1",
      },
      events: textAnswer(["Hi"]),
    });
    for (const lane of ALL_LANES) {
      const { path, headers, body } = requestOf(lane);
      const answer = await post(program, path, body, { headers });
      assertEquals(answer.status, 200, await answer.text());
      const text = JSON.stringify([...answer.headers]);
      assertEquals(
        /cookie|internal|authorization|authenticate|access-control|strict/i.exec(text),
        null,
        lane,
      );
    }
  });
});

Deno.test("GET /health says that the program runs and its version, nothing else, and needs no key", async () => {
  await withProgram(async ({ program }) => {
    const health = await program.fetch("/health");
    const { version, ...rest } = await health.json();
    assertEquals([health.status, rest], [200, { status: "ok" }]);
    assert(/^ccproxy \d/.test(version), version);
  }, { args: ["serve", "--port", "0", "--api-key", "my-key"] });
});

Deno.test("serve takes any text as a key, and none, where no key is set", async () => {
  await withProgram(async ({ program }) => {
    for (const headers of [{}, { authorization: "Bearer sk-anything" }, { "x-api-key": "x" }]) {
      const answer = await post(program, "/v1/chat/completions", HELLO, { headers });
      assertEquals(answer.status, 200, await answer.text());
    }
  });
});

Deno.test("GET / shows the account's e-mail and the last requests", async () => {
  await withProgram(async ({ program }) => {
    const answer = await post(program, "/v1/chat/completions", HELLO);
    await answer.text();
    await program.stderrUntil(/route=\/v1\/chat\/completions/);
    const page = await (await program.fetch("/")).text();
    assert(page.includes("person@example.com") && page.includes("/v1/chat/completions"), page);
  });
});

Deno.test("isApiKey() compares hashes, with a comparison whose time says nothing about them", async () => {
  const source = await Deno.readTextFile(new URL("src/server/middleware/api_key.ts", ROOT));
  assert(source.includes("timingSafeEqual(await digest(candidate), wanted)"));
  // Besides what is there at all, nothing is compared.
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const compared = [...code.matchAll(/(\w+) [!=]==/g)].map(([, name]) => name);
  assertEquals(compared, ["value", "length"]);
});

Deno.test("permissionFlags() names every host, variable, path and program, and never all of a kind", () => {
  for (const target of TARGETS) {
    const flags = permissionFlags(target);
    const kinds = flags.filter((flag) => flag.startsWith("--allow-")).map((flag) => flag.split("=")[0]);
    assertEquals(kinds, ["--allow-net", "--allow-env", "--allow-read", "--allow-write", "--allow-run"]);
    for (const flag of flags.filter((one) => one.startsWith("--allow-"))) {
      const values = flag.slice(flag.indexOf("=") + 1).split(",");
      assert(
        flag.includes("=") && values.every((value) => value !== "" && value !== "*"),
        flag,
      );
    }
    assert(flags.includes("--no-prompt"));
  }
});

Deno.test("release.yml attests what it publishes, with an action pinned by commit", async () => {
  const workflow = await Deno.readTextFile(new URL(".github/workflows/release.yml", ROOT));
  const attests = workflow.match(/uses: actions\/attest-build-provenance@[0-9a-f]{40} /g) ?? [];
  assert(attests.length >= 1 && workflow.includes("attestations: write"));
});

Deno.test("the program loads no code at run time, and its packages are six of Deno's own library", async () => {
  assertEquals(Object.keys(config.imports).sort(), [
    "@std/assert",
    "@std/cli",
    "@std/crypto",
    "@std/http",
    "@std/streams",
    "@std/toml",
  ]);
  const wrong: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      const path = `${folder}${name}`;
      if (isDirectory) await walk(`${path}/`);
      else if (name.endsWith(".ts")) {
        wrong.push(...foreignCode(path, await Deno.readTextFile(new URL(path, ROOT))));
      }
    }
  };
  await walk("src/");
  assertEquals(wrong, []);
});

/** Imports from elsewhere, imports of what is only known at run time, and text that becomes code. */
function foreignCode(path: string, text: string): string[] {
  // Without comments, and without the samples for people that stand in long texts.
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\btext: `[^`]*`/gm, "");
  const names = [...code.matchAll(/^(?:import|export)\b[^;"]*?\bfrom\s+"([^"]+)"|\bimport\("([^"]+)"/gms)]
    .map(([, fixed, late]) => fixed ?? late ?? "");
  const foreign = names.filter((name) => !/^(?:\.|@std\/|node:)/.test(name));
  const dynamic = code.match(/\bimport\((?!\s*")|\beval\(|\bnew (?:Function|Worker)\(/g) ?? [];
  return [...foreign, ...dynamic].map((what) => `${path}: ${what}`);
}
