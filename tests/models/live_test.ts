import { assertEquals } from "@std/assert";
import { BUILT_IN } from "../../src/models/catalogue.ts";
import { createCatalogue, type LiveCatalogue, type LiveOptions } from "../../src/models/live.ts";
import { Problem } from "../../src/problem.ts";

/** A backend that answers `GET /models` as told, a clock that stands still, and timers that run on demand. */
interface Stage {
  /** what the backend answers next; asked with the request */
  answer: (request: Request) => Response | Promise<Response>;
  /** `if-none-match` of each request, `-` for none */
  readonly asked: string[];
  readonly logged: string[];
  /** timers that wait: delay and what to run */
  readonly timers: Map<number, { delayMs: number; run: () => void }>;
  nowMs: number;
  enabled: boolean;
  accountId: string | undefined;
  clientVersion: string;
  readonly cacheFile: string;
  create(over?: Partial<LiveOptions>): LiveCatalogue;
}

function models(...slugs: string[]): Response {
  const body = { models: slugs.map((slug, priority) => ({ slug, priority })) };
  return Response.json(body, { headers: { etag: `"${slugs.join("+")}"` } });
}

/** Runs a test against a real server on loopback and a directory of its own. */
async function onStage(run: (stage: Stage) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  const stage: Stage = {
    answer: () => models("gpt-7"),
    asked: [],
    logged: [],
    timers: new Map(),
    nowMs: 1_000_000,
    enabled: true,
    accountId: "account-1",
    clientVersion: "0.169.0",
    cacheFile: `${directory}/state/models.json`,
    create(over = {}) {
      let timerId = 0;
      return createCatalogue({
        fetchModels: (etag, signal) =>
          fetch(`http://127.0.0.1:${server.addr.port}/models?client_version=${stage.clientVersion}`, {
            headers: etag === undefined ? {} : { "if-none-match": etag },
            signal,
          }),
        cacheFile: stage.cacheFile,
        enabled: () => stage.enabled,
        accountId: () => Promise.resolve(stage.accountId),
        clientVersion: () => stage.clientVersion,
        nowMs: () => stage.nowMs,
        monotonicMs: () => stage.nowMs,
        log: (level, message, fields) =>
          void stage.logged.push(`${level} ${message} ${fields?.["reason"] ?? ""}`.trim()),
        schedule(delayMs, run) {
          const id = timerId++;
          stage.timers.set(id, { delayMs, run });
          return () => void stage.timers.delete(id);
        },
        ...over,
      });
    },
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    stage.asked.push(request.headers.get("if-none-match") ?? "-");
    return stage.answer(request);
  });
  try {
    await run(stage);
  } finally {
    await server.shutdown();
    await Deno.remove(directory, { recursive: true });
  }
}

function slugs(catalogue: LiveCatalogue): string[] {
  return catalogue.current().models.map(({ slug }) => slug);
}

Deno.test("createCatalogue() has the built-in list until the backend was asked", () =>
  onStage(async (stage) => {
    const catalogue = stage.create();
    assertEquals(catalogue.current(), BUILT_IN);
    const fresh = await catalogue.refresh();
    assertEquals([fresh.source, fresh.fetchedAtMs, fresh.etag, fresh.clientVersion, slugs(catalogue)], [
      "live",
      1_000_000,
      '"gpt-7"',
      "0.169.0",
      ["gpt-7"],
    ]);
  }));

Deno.test("createCatalogue() sends the tag, and keeps its list when nothing changed", () =>
  onStage(async (stage) => {
    const catalogue = stage.create();
    await catalogue.refresh();
    stage.answer = () => new Response(null, { status: 304 });
    stage.nowMs += 5000;
    await catalogue.refresh();
    assertEquals(stage.asked, ["-", '"gpt-7"']);
    assertEquals([slugs(catalogue), catalogue.current().fetchedAtMs], [["gpt-7"], 1_005_000]);
  }));

Deno.test("createCatalogue() asks once for all who ask at the same time", () =>
  onStage(async (stage) => {
    const catalogue = stage.create();
    await Promise.all([catalogue.refresh(), catalogue.refresh(), catalogue.refresh()]);
    assertEquals(stage.asked, ["-"]);
  }));

Deno.test("createCatalogue() asks nobody when it is switched off, whatever it held", () =>
  onStage(async (stage) => {
    const catalogue = stage.create();
    await catalogue.refresh();
    stage.enabled = false;
    catalogue.noticeEtag('"new"');
    await catalogue.start();
    assertEquals([await catalogue.refresh(), catalogue.current(), stage.asked], [BUILT_IN, BUILT_IN, ["-"]]);
    catalogue.stop();
  }));

Deno.test("createCatalogue() keeps the list on disk for the next start, readable for the user alone", () =>
  onStage(async (stage) => {
    await stage.create().refresh();
    if (Deno.build.os !== "windows") {
      assertEquals((await Deno.stat(stage.cacheFile)).mode, 0o100600);
      assertEquals((await Deno.stat(stage.cacheFile.replace("/models.json", ""))).mode, 0o40700);
    }
    assertEquals((await Deno.readTextFile(stage.cacheFile)).includes("account-1"), false);

    const next = stage.create({ fetchModels: () => Promise.reject(new Error("offline")) });
    await next.start();
    const { source, fetchedAtMs, etag, models } = next.current();
    assertEquals([source, fetchedAtMs, etag, models.map(({ slug }) => slug)], [
      "cache",
      1_000_000,
      '"gpt-7"',
      ["gpt-7"],
    ]);
    next.stop();
  }));

Deno.test("createCatalogue() lets the backend confirm a cached list", () =>
  onStage(async (stage) => {
    await stage.create().refresh();
    stage.answer = () => new Response(null, { status: 304 });
    const next = stage.create();
    await next.start();
    await next.refresh();
    next.stop();
    assertEquals([next.current().source, stage.asked], ["live", ["-", '"gpt-7"']]);
  }));

Deno.test("createCatalogue() does not use a cache of another account, another version, or a broken one", () =>
  onStage(async (stage) => {
    await stage.create().refresh();
    const offline = { fetchModels: () => Promise.reject(new Error("offline")) };
    const sources: string[] = [];
    const look = async () => {
      const catalogue = stage.create(offline);
      await catalogue.start();
      sources.push(catalogue.current().source);
      catalogue.stop();
    };
    await look();
    stage.accountId = "account-2";
    await look();
    stage.accountId = "account-1";
    stage.clientVersion = "0.170.0";
    await look();
    stage.clientVersion = "0.169.0";
    await Deno.writeTextFile(stage.cacheFile, '{"models":[');
    await look();
    assertEquals(sources, ["cache", "built-in", "built-in", "built-in"]);
  }));

Deno.test("createCatalogue() works on when the list cannot be written", () =>
  onStage(async (stage) => {
    const file = await Deno.makeTempFile();
    const catalogue = stage.create({ cacheFile: `${file}/models.json` });
    await catalogue.refresh();
    await Deno.remove(file);
    assertEquals([slugs(catalogue), stage.logged.length], [["gpt-7"], 1]);
  }));

Deno.test("createCatalogue() forgets the list of an account that is no longer signed in", () =>
  onStage(async (stage) => {
    const catalogue = stage.create();
    await catalogue.refresh();
    stage.accountId = "account-2";
    stage.answer = () => new Response("no", { status: 500 });
    assertEquals((await catalogue.refresh()).source, "built-in");
    assertEquals(stage.asked, ["-", "-"]);
  }));

Deno.test("createCatalogue() keeps its list through failures and logs each kind once", () =>
  onStage(async (stage) => {
    const catalogue = stage.create();
    await catalogue.refresh();
    const failures: (string | undefined)[] = [];
    for (
      const answer of [
        () => new Response("no", { status: 503 }),
        () => new Response("no", { status: 503 }),
        () => new Response("<html>", { status: 200 }),
        () => Response.json({ models: [] }),
        () => new Response(new Uint8Array(9 * 1024 * 1024)),
        () => models("gpt-8"),
      ]
    ) {
      stage.answer = answer;
      await catalogue.refresh();
      failures.push(catalogue.failure());
    }
    assertEquals(failures, [
      "the backend answered 503",
      "the backend answered 503",
      "the answer holds no models",
      "the answer holds no models",
      "Larger than allowed: the model list has more than 8 MiB",
      undefined,
    ]);
    assertEquals(stage.logged, [
      "warn model list not refreshed the backend answered 503",
      "warn model list not refreshed the answer holds no models",
      "warn model list not refreshed Larger than allowed: the model list has more than 8 MiB",
      "info model list refreshed again",
    ]);
    assertEquals(slugs(catalogue), ["gpt-8"]);
  }));

Deno.test("createCatalogue() makes no noise about a missing login", () =>
  onStage(async (stage) => {
    const catalogue = stage.create({ fetchModels: () => Promise.reject(new Problem("no_credentials")) });
    await catalogue.refresh();
    assertEquals(stage.logged, ["debug model list not refreshed No valid OpenAI credentials found"]);
  }));

Deno.test("createCatalogue() refreshes each hour, and after a failure ever more rarely", () =>
  onStage(async (stage) => {
    stage.answer = () => new Response("no", { status: 500 });
    const catalogue = stage.create();
    await catalogue.start();
    const delays: number[] = [];
    for (let round = 0; round < 9; round++) {
      await catalogue.refresh();
      const [timer] = stage.timers.values();
      delays.push((timer?.delayMs ?? 0) / 1000);
      timer?.run();
    }
    await catalogue.refresh();
    stage.answer = () => models("gpt-7");
    await catalogue.refresh();
    const [timer] = stage.timers.values();
    delays.push((timer?.delayMs ?? 0) / 1000);
    catalogue.stop();
    assertEquals(delays, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    assertEquals(stage.timers.size, 0);
  }));

Deno.test("noticeEtag() starts one refresh for another tag, none for a known one", () =>
  onStage(async (stage) => {
    const catalogue = stage.create();
    await catalogue.refresh();
    catalogue.noticeEtag('W/"gpt-7"');
    catalogue.noticeEtag(null);
    assertEquals(stage.asked.length, 1);
    stage.answer = () => models("gpt-8");
    catalogue.noticeEtag("other-spelling");
    catalogue.noticeEtag("other-spelling");
    await catalogue.refresh();
    catalogue.noticeEtag("other-spelling");
    await catalogue.refresh();
    assertEquals([slugs(catalogue), stage.asked], [["gpt-8"], ["-", '"gpt-7"', '"gpt-8"']]);
  }));

Deno.test("noticeEtag() waits while failures are backed off", () =>
  onStage(async (stage) => {
    const catalogue = stage.create();
    stage.answer = () => new Response("no", { status: 500 });
    await catalogue.refresh();
    catalogue.noticeEtag('"new"');
    assertEquals(stage.asked.length, 1);
    stage.nowMs += 30_000;
    stage.answer = () => models("gpt-8");
    catalogue.noticeEtag('"new"');
    await catalogue.refresh();
    assertEquals([slugs(catalogue), stage.asked.length], [["gpt-8"], 2]);
  }));

Deno.test("stop() ends a refresh that is under way, without a word", () =>
  onStage(async (stage) => {
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    stage.answer = async () => {
      reach();
      await released;
      return models("gpt-8");
    };
    const catalogue = stage.create();
    await catalogue.start();
    const refreshed = catalogue.refresh();
    await reached;
    catalogue.stop();
    assertEquals([(await refreshed).source, catalogue.failure(), stage.logged], ["built-in", undefined, []]);
    release();
  }));

Deno.test("createCatalogue() gives up on a backend that does not answer in a minute", () =>
  onStage(async (stage) => {
    const catalogue = stage.create({ fetchModels: () => new Promise(() => {}) });
    const refreshed = catalogue.refresh();
    const [timer] = stage.timers.values();
    assertEquals(timer?.delayMs, 60_000);
    timer?.run();
    await refreshed;
    assertEquals(catalogue.failure(), "no answer within 60 s");
  }));

Deno.test("createCatalogue() waits after a failure by a clock that only goes forward, however the time is set", () =>
  onStage(async (stage) => {
    let monotonicMs = 0;
    stage.answer = () => new Response("no", { status: 500 });
    const catalogue = stage.create({ monotonicMs: () => monotonicMs });
    await catalogue.refresh();
    // An hour forward is no wait that is over, an hour back none that takes longer.
    stage.nowMs += 3_600_000;
    catalogue.noticeEtag('"new"');
    assertEquals(stage.asked.length, 1);
    stage.nowMs -= 7_200_000;
    monotonicMs += 31_000;
    stage.answer = () => models("gpt-7");
    catalogue.noticeEtag('"new"');
    await catalogue.refresh();
    assertEquals([stage.asked.length, catalogue.current().models.length], [2, 1]);
    catalogue.stop();
  }));
