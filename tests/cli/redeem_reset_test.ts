import { assertEquals, assertStringIncludes } from "@std/assert";
import { firstCreditId, readRedeemOutcome } from "../../src/upstream/reset_credits.ts";
import { type FakeBackend, startFakeBackend } from "../fake/backend.ts";
import { PLUS_LIMITS } from "../fake/backend_state.ts";
import { NOW_MS } from "./fake_world.ts";
import { type Home, makeHome } from "./home.ts";

const CREDITS = "/backend-api/wham/rate-limit-reset-credits";
const YES = { tty: true, stdin: ["yes"] };

async function withBackend(
  resetCredits: number,
  run: (backend: FakeBackend, home: Home) => Promise<void>,
): Promise<void> {
  await using backend = await startFakeBackend({
    now: () => NOW_MS,
    limits: { ...PLUS_LIMITS, resetCredits },
  });
  await using home = await makeHome({ backend });
  await home.signIn();
  await run(backend, home);
}

const consumed = ({ requests }: FakeBackend) =>
  requests.filter(({ route }) => route === `${CREDITS}/consume`).map(({ json }) =>
    json as Record<string, string>
  );

Deno.test("usage --redeem states the cost, and spends nothing without a yes", () =>
  withBackend(2, async (backend, home) => {
    const no = await home.run("usage --redeem", { tty: true, stdin: ["n"] });
    assertEquals([no.code, no.stdout], [1, ""]);
    assertStringIncludes(
      no.stderr.replaceAll(/\s+/g, " "),
      "This spends 1 of the 2 early resets of this account for good, and empties its limits now (5 h 12% used",
    );
    assertStringIncludes(no.stderr, "Nothing was spent");
    const silent = await home.run("usage --redeem");
    assertEquals(silent.code, 2);
    assertStringIncludes(silent.stderr, "there is no terminal to ask on");
    assertEquals(consumed(backend), []);
  }));

Deno.test("usage --redeem spends one, with the credit that the backend names", () =>
  withBackend(2, async (backend, home) => {
    backend.answer({ body: { credits: [{ id: "used", status: "redeemed" }, { id: "credit-1" }] } }, CREDITS);
    const ran = await home.run("usage --redeem", YES);
    assertEquals(ran.code, 0);
    assertStringIncludes(ran.stderr, "The limits are reset\n");
    const [body, ...more] = consumed(backend);
    assertEquals([body?.["credit_id"], more], ["credit-1", []]);
    const again = await home.run("usage --redeem", YES);
    assertStringIncludes(again.stderr.replaceAll(/\s+/g, " "), "1 of the 1 early resets");
    const [first, second] = consumed(backend).map((each) => each["redeem_request_id"]);
    assertEquals([first === second, consumed(backend)[1]?.["credit_id"]], [false, undefined]);
    assertStringIncludes((await home.run("usage --redeem", YES)).stderr, "no early reset left");
    assertEquals(consumed(backend).length, 2);
  }));

Deno.test("usage --redeem goes on with the same id after a try whose outcome is not known", () =>
  withBackend(1, async (backend, home) => {
    // The backend spends it, and the answer gets lost.
    backend.answer((request) => {
      void fetch(`${backend.url.replace(/\/codex$/, "")}/wham/rate-limit-reset-credits/consume`, {
        method: "POST",
        headers: { ...pick(request.headers), "content-type": "application/json" },
        body: request.bodyText,
      }).then((answer) => answer.body?.cancel());
      return { status: 502, body: {} };
    }, `${CREDITS}/consume`);
    const broken = await home.run("usage --redeem", YES);
    assertEquals(broken.code, 4);
    await backend.nextRequest(`${CREDITS}/consume`);
    await backend.nextRequest(`${CREDITS}/consume`);
    const again = await home.run("usage --redeem", YES);
    assertEquals(again.code, 0, again.stderr);
    assertStringIncludes(again.stderr, "An earlier try broke off");
    assertStringIncludes(again.stderr, "reset by an earlier try; nothing more was spent");
    assertEquals(new Set(consumed(backend).map((body) => body["redeem_request_id"])).size, 1);
    assertStringIncludes((await home.run("usage --redeem", YES)).stderr, "no early reset left");
  }));

function pick(headers: Record<string, string>): Record<string, string> {
  const names = ["authorization", "chatgpt-account-id", "user-agent", "originator", "version"];
  return Object.fromEntries(names.map((name) => [name, headers[name] ?? ""]));
}

Deno.test("readRedeemOutcome() and firstCreditId() read what others have seen, and nothing else", () => {
  assertEquals(readRedeemOutcome({ outcome: "nothingToReset" }), "nothingToReset");
  assertEquals(readRedeemOutcome({ error: { code: "already_redeemed" } }), "alreadyRedeemed");
  assertEquals(readRedeemOutcome({ status: "ok" }), undefined);
  assertEquals(readRedeemOutcome(undefined), undefined);
  assertEquals(firstCreditId({ available: 1, items: [{ credit_id: "c-1" }] }), "c-1");
  assertEquals(firstCreditId({ available_count: 1 }), undefined);
});

Deno.test("usage --redeem goes with no other way to show the limits", async () => {
  await using home = await makeHome();
  assertEquals((await home.run("usage --redeem --watch")).code, 2);
});
