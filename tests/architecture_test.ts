import { assertEquals } from "@std/assert";

/** Rank of each part of src; an import may only go to a lower rank, or stay within its own folder (ARCHITECTURE.md). */
const RANKS: Readonly<Record<string, number>> = {
  "main.ts": 7,
  "src/cli": 6,
  "src/server": 5,
  "src/conversations": 4,
  "src/dialects": 3,
  "src/auth": 3,
  "src/upstream": 3,
  "src/models": 3,
  "src/store": 3,
  "src/update": 3,
  "src/demo": 3,
  "src/ask": 2,
  "src/answer": 1,
  "src/config": 1,
  "src/wire": 0,
  "src/sse": 0,
  "src/pause.ts": 0,
  "src/problem.ts": 0,
  "src/ignore.ts": 0,
  "src/log.ts": 0,
  "src/secrets.ts": 0,
  "src/clean_text.ts": 0,
  "src/directory_of.ts": 0,
  "src/error_text.ts": 0,
  "src/write_file.ts": 0,
  "src/version.ts": 0,
  "src/near_names.ts": 0,
  "src/sha256.ts": 0,
  "src/semver.ts": 0,
  "src/bounds.ts": 0,
  "src/duration_text.ts": 0,
  "src/local_days.ts": 0,
  "src/percent_text.ts": 0,
  "src/quote.ts": 0,
  "src/too_large.ts": 0,
  "src/read_limited.ts": 0,
  "src/can_lock.ts": 0,
};

const ROOT = new URL("../", import.meta.url);

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
    if (entry.isDirectory) yield* sources(`${folder}${entry.name}/`);
    else if (entry.name.endsWith(".ts")) yield folder + entry.name;
  }
}

function partOf(path: string): string {
  const [top, second] = path.split("/");
  return top === "src" ? `${top}/${second}` : path;
}

/** Local imports of a file, type-only ones too, as paths from the root. */
async function importsOf(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(path, ROOT));
  const specifiers = [...text.matchAll(/^(?:import|export)\b[^;]*?from\s+"(\.[^"]+)"/gms)].map((found) =>
    found[1] ?? ""
  );
  return specifiers.map((specifier) => new URL(specifier, new URL(path, ROOT)).href.slice(ROOT.href.length));
}

Deno.test("architecture: imports only go downwards, and the parts of the outside world do not know each other", async () => {
  const wrong: string[] = [];
  for await (const path of sources("src/")) {
    const from = partOf(path);
    for (const target of await importsOf(path)) {
      if (!target.startsWith("src/")) {
        if (!/\.(?:json|md)$/.test(target)) wrong.push(`${path} imports ${target}: outside src`);
        continue;
      }
      const to = partOf(target);
      if (from === to) continue;
      const [fromRank, toRank] = [RANKS[from], RANKS[to]];
      if (fromRank === undefined || toRank === undefined) {
        wrong.push(`${path} or ${target}: part without a rank`);
      } // problem.ts, log.ts and the facts of wire/ and sse/ may be used from everywhere, and use nothing above.
      else if (toRank >= fromRank && !(toRank === 0 && fromRank === 0)) {
        wrong.push(`${path} (${fromRank}) imports ${target} (${toRank})`);
      }
    }
  }
  assertEquals(wrong, []);
});

Deno.test("architecture: a front end imports the hub, never another front end", async () => {
  const wrong: string[] = [];
  for await (const path of sources("src/dialects/")) {
    const own = path.split("/")[2] ?? "";
    if (own.endsWith(".ts")) continue;
    for (const target of await importsOf(path)) {
      const other = target.split("/")[2] ?? "";
      const isFolder = target.startsWith("src/dialects/") && !other.endsWith(".ts");
      if (isFolder && other !== own && other !== "responses") wrong.push(`${path} imports ${target}`);
    }
  }
  assertEquals(wrong, []);
});

/** Files that may say a dialect's name, and what for. */
const NAMES_DIALECTS: Readonly<Record<string, string>> = {
  "src/ask/draft.ts": "the type",
  "src/ask/params.ts": "whose parameter a row is",
  "src/server/recorder.ts": "the folder of a recording",
  "src/server/note_sending.ts": "what the usage is told apart by",
};

Deno.test("architecture: a front end is one folder: nobody outside asks for a dialect's name or looks inside its folder", async () => {
  const wrong: string[] = [];
  for await (const path of sources("src/")) {
    if (path.startsWith("src/dialects/")) continue;
    const code = (await Deno.readTextFile(new URL(path, ROOT))).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const asked =
      /[!=]==? "(?:chat|messages|responses|completions)"|case "(?:chat|messages|responses|completions)"|\bdialect\.name\b|\bDialectName\b/
        .exec(code);
    if (asked !== null && NAMES_DIALECTS[path] === undefined) wrong.push(`${path}: ${asked[0]}`);
    for (const target of await importsOf(path)) {
      const inside = /^src\/dialects\/(\w+)\/(\w+)\.ts$/.exec(target);
      if (inside === null || inside[1] === "responses") continue;
      if (inside[2] !== "dialect" || path !== "src/server/routes.ts") wrong.push(`${path} imports ${target}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("architecture: a request sees one state of the settings and one caller, settled where it comes in", async () => {
  const places: Readonly<Record<string, RegExp>> = {
    "src/server/app.ts": /\bsettings\(\)/,
    "src/server/caller.ts": /\bownerOf\(/,
  };
  const wrong: string[] = [];
  for await (const path of sources("src/server/")) {
    const code = (await Deno.readTextFile(new URL(path, ROOT))).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    for (const [place, pattern] of Object.entries(places)) {
      const found = pattern.exec(code);
      if (found !== null && path !== place) wrong.push(`${path}: ${found[0]}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("architecture: translation is pure: no Deno, fetch, clock or chance in ask, answer, dialects, wire and sse", async () => {
  const wrong: string[] = [];
  for (const folder of ["src/ask/", "src/answer/", "src/dialects/", "src/wire/", "src/sse/"]) {
    for await (const path of sources(folder)) {
      const code = (await Deno.readTextFile(new URL(path, ROOT))).replaceAll(
        /\/\*[\s\S]*?\*\/|\/\/.*$/gm,
        "",
      );
      const found = /\bDeno\.|\bfetch\(|Date\.now|new Date\(\)|Math\.random|crypto\.randomUUID|performance\./
        .exec(code);
      if (found !== null) wrong.push(`${path}: ${found[0]}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("architecture: only main.ts ends the process, and src has no entry points that hide others", async () => {
  const wrong: string[] = [];
  for await (const path of sources("src/")) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    if (/Deno\.exit\(/.test(text)) wrong.push(`${path}: Deno.exit`);
    if (/\/(?:mod|index|utils|helpers|common)\.ts$/.test(path)) wrong.push(`${path}: name`);
    if (/^export .* from "/m.test(text)) wrong.push(`${path}: re-export`);
  }
  assertEquals(wrong, []);
});

Deno.test("architecture: HTTP clients are made in one place, so that loopback never goes through a proxy", async () => {
  const wrong: string[] = [];
  for await (const path of sources("src/")) {
    if (path === "src/cli/routed_fetch.ts") continue;
    const code = (await Deno.readTextFile(new URL(path, ROOT))).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const found =
      /createHttpClient|(?<!typeof )globalThis\.fetch|(?<![.\w])fetch\(|\bWebSocket\(|EventSource\(|"node:(?:https?|http2|net|tls)"/
        .exec(code);
    if (found !== null) wrong.push(`${path}: ${found[0]}`);
  }
  assertEquals(wrong, []);
});

/** Calls that open a connection or a port of its own, and why there. */
const RAW_SOCKETS: Readonly<Record<string, { readonly calls: readonly string[]; readonly why: string }>> = {
  "src/cli/raw_sockets.ts": { calls: ["connect", "startTls"], why: "WebSockets to the backend" },
  "src/store/resp.ts": { calls: ["connect", "connectTls"], why: "the store in Redis" },
  "src/cli/descriptors.ts": { calls: ["listen"], why: "counts how many sockets there may be" },
  "src/cli/doctor/local_checks.ts": { calls: ["listen"], why: "whether the port is free" },
};

Deno.test("architecture: raw sockets are made where it is said, so that every way to the backend keeps to the proxy", async () => {
  const wrong: string[] = [];
  for await (const path of sources("src/")) {
    const code = (await Deno.readTextFile(new URL(path, ROOT))).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const calls = [
      ...code.matchAll(
        /Deno\s*\.\s*(connectTls|connectQuic|connect|startTls|listenTls|listenDatagram|listen)\b/g,
      ),
    ];
    const allowed = RAW_SOCKETS[path]?.calls ?? [];
    for (const [, call = ""] of calls) if (!allowed.includes(call)) wrong.push(`${path}: ${call}`);
    const found = /\bDeno\s*\[|[{,]\s*(?:connect|connectTls|startTls|listen)\s*[,}][^;]*=\s*Deno\b/.exec(
      code,
    );
    if (found !== null) wrong.push(`${path}: ${found[0]}`);
  }
  assertEquals(wrong, []);
});

Deno.test("architecture: the time of the day is read in one place, or handed in", async () => {
  // A file's age is counted from the time of the day that stands in its own inode.
  const allowed = new Set(["src/cli/world.ts", "src/auth/temporary_file.ts"]);
  const wrong: string[] = [];
  for await (const path of sources("src/")) {
    const code = (await Deno.readTextFile(new URL(path, ROOT))).replaceAll(
      /\/\*[\s\S]*?\*\/|\/\/.*$|\?\? Date\.now;/gm,
      "",
    );
    const found = /Date\.now|new Date\(\)/.exec(code);
    if (found !== null && !allowed.has(path)) wrong.push(`${path}: ${found[0]}`);
  }
  assertEquals(wrong, []);
});

/** Files outside `src/cli` that draw random bytes themselves, and for what: nothing that a client sees depends on it. */
const DRAW_RANDOM: Readonly<Record<string, string>> = {
  "src/upstream/get.ts": "the conversation of a question that belongs to none",
  "src/server/keys/named_key.ts": "a new key and its salt",
  "src/auth/temporary_file.ts": "the name of a temporary file",
  "src/auth/pkce.ts": "the verifier and the state of a login",
  "src/write_file.ts": "the name of a temporary file",
  "src/store/redis_store.ts": "whose lock it is",
  "src/store/sqlite_store.ts": "whose lock it is",
  "src/store/presence.ts": "which process it is",
  "src/store/reserve.ts": "bytes that no file system can make small",
};

Deno.test("architecture: randomness is handed in by src/cli, or drawn where it is said for what", async () => {
  const drawing = new Set<string>();
  const wrong: string[] = [];
  for await (const path of sources("src/")) {
    const code = (await Deno.readTextFile(new URL(path, ROOT))).replaceAll(
      /\/\*[\s\S]*?\*\/|\/\/.*$|\?\? Math\.random;/gm,
      "",
    );
    if (/Math\.random/.test(code) && path !== "src/cli/wire_upstream.ts") wrong.push(`${path}: Math.random`);
    if (/\b(?:randomUUID|getRandomValues)\(/.test(code) && !path.startsWith("src/cli/")) drawing.add(path);
  }
  assertEquals(wrong, []);
  assertEquals([...drawing].sort(), Object.keys(DRAW_RANDOM).sort());
});

Deno.test("architecture: a switch without a default returns in every case, which the compiler checks, or ends in satisfies never", async () => {
  const wrong: string[] = [];
  for await (const path of sources("src/")) {
    const code = await Deno.readTextFile(new URL(path, ROOT));
    for (const [, indent = "", of, body = ""] of code.matchAll(/^( *)switch \((.*)\) \{$([^]*?)^\1\}$/gm)) {
      if (/^\s*default:/m.test(body)) continue;
      // With noImplicitReturns a member that has no case is an error, as long as no other case goes on either.
      if (new RegExp(`^${indent}    break;`, "m").test(body)) wrong.push(`${path}: switch (${of})`);
    }
  }
  assertEquals(wrong, []);
});

/** Test files that wait for a time, and why nothing else tells when it is over. */
const WAIT_IN_TESTS: Readonly<Record<string, string>> = {
  "tests/auth/processes_test.ts": "a process is killed at a random moment: that is what the test is about",
  "tests/conversations/turn_locks_test.ts":
    "the pause between two tries of a lock, 1 ms, handed in; asks again",
  "tests/e2e/launch_test.ts": "how long a child lives that is to be ended",
  "tests/e2e/memory_background_test.ts": "asks again until the answer is over, as the SDKs do",
  "tests/e2e/stalled_clients_test.ts": "asks again until a place is free",
  "tests/e2e/usage_test.ts": "asks again until the numbers are there",
  "tests/store/redis_store_test.ts": "writes again until the server is back",
};

Deno.test("architecture: no test sleeps: one that waits for a time says why", async () => {
  const waiting = new Set<string>();
  for await (const path of sources("tests/")) {
    if (!path.endsWith("_test.ts")) continue;
    const code = await Deno.readTextFile(new URL(path, ROOT));
    if (/new Promise\((?:\(?\w+\)?) => \{?\s*setTimeout\(\w+, (?!0\))/.test(code)) waiting.add(path);
    if (/from "[^"]*\/pause\.ts"|node:timers\/promises|@std\/async/.test(code)) waiting.add(path);
  }
  assertEquals([...waiting].sort(), Object.keys(WAIT_IN_TESTS).sort());
});

/** Calls that read something whole, however large it is, and where that is right. */
const UNBOUNDED_READS: Readonly<Record<string, string>> = {
  "src/server/read_body.ts":
    "a request's body, held to server.body_limit_mb by its declared length or on the way",
  "src/server/endpoints/transcriptions.ts": "the form that is sent, of a file that was held to its limit",
  "src/server/recorder.ts": "the answer to a refused request, which is our own",
  "src/demo/demo_fetch.ts": "an ask of our own, or a Codex client's body, which was held to its limit before",
};

Deno.test("architecture: what comes from outside is read through read_limited.ts, so that it has a limit", async () => {
  const wrong: string[] = [];
  for await (const path of sources("src/")) {
    const code = (await Deno.readTextFile(new URL(path, ROOT))).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const found = /\.(?:text|json|arrayBuffer|bytes|blob)\(\)|Deno\.read(?:Text)?File\b/.exec(
      code.replaceAll(/new Blob\(\w+\)\.arrayBuffer\(\)/g, ""),
    );
    if (found !== null && UNBOUNDED_READS[path] === undefined) wrong.push(`${path}: ${found[0]}`);
  }
  assertEquals(wrong, []);
});

/** Tables: their rows are read one by one, and cutting them in two would hide some. */
const TABLES = new Set(["src/cli/connect_clients.ts", "src/config/settings.ts", "src/problem.ts"]);
/** Lines of a function, and of one that only holds small inner functions. */
const FUNCTION_LINES = 120;
const CREATE_LINES = 160;
const FILE_LINES = 300;

Deno.test("architecture: no function is longer than 120 lines, and no file than 300 unless it is a table", async () => {
  const wrong: string[] = [];
  for await (const path of sources("src/")) {
    const lines = (await Deno.readTextFile(new URL(path, ROOT))).trimEnd().split("\n");
    if (lines.length > FILE_LINES && !TABLES.has(path)) wrong.push(`${path}: ${lines.length} lines`);
    for (const [from, line] of lines.entries()) {
      const found = /^(\s*)(?:export )?(?:async )?function\*? (\w+)/.exec(line);
      if (found === null) continue;
      const to = lines.findIndex((other, at) => at > from && other === `${found[1]}}`);
      const most = /^(?:create|open|scan)[A-Z]/.test(found[2] ?? "") ? CREATE_LINES : FUNCTION_LINES;
      if (to - from + 1 > most) wrong.push(`${path}: ${found[2]} has ${to - from + 1} lines`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("architecture: JSON leaves through jsonReply(), which no reader of lines cuts (translation 127)", async () => {
  const wrong: string[] = [];
  for await (const path of sources("src/")) {
    const code = await Deno.readTextFile(new URL(path, ROOT));
    // The demo stands for the backend.
    if (path.startsWith("src/demo/")) continue;
    if (/\bResponse\.json\(|new Response\(\s*JSON\.stringify/.test(code)) wrong.push(path);
  }
  assertEquals(wrong, []);
});
