import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Access } from "../../src/auth/access_source.ts";
import {
  accountsCheckUrl,
  createAccountRouting,
  processAccountsCheck,
} from "../../src/auth/accounts_check.ts";
import { Problem } from "../../src/problem.ts";
import { withHome } from "./issuer.ts";

const ACCESS: Access = { token: "at", accountId: "acc", fedramp: true, plan: "team", expiresAtMs: undefined };
const IDENTITY = { originator: "codex_cli_rs", userAgent: "codex_cli_rs/0.169.0", version: "0.169.0" };
const BACKEND = "https://chatgpt.com/backend-api/codex";
const judge = (body: unknown, status = 200) =>
  processAccountsCheck(Response.json(body, { status }), { accountId: "acc", backendBaseUrl: BACKEND });
const account = (fields: Record<string, unknown>): unknown => ({
  accounts: [{ id: "other" }, { id: "acc", ...fields }],
});

Deno.test("accountsCheckUrl() lies beside the codex part of the backend", () => {
  assertEquals(accountsCheckUrl(BACKEND), "https://chatgpt.com/backend-api/wham/accounts/check");
  assertEquals(
    accountsCheckUrl("https://gw.example/x/backend-api/codex/"),
    "https://gw.example/x/backend-api/wham/accounts/check",
  );
  assertEquals(accountsCheckUrl("http://127.0.0.1:9"), "http://127.0.0.1:9/backend-api/wham/accounts/check");
});

Deno.test("processAccountsCheck() honours the two fields and knows NO_CONSTRAINT", async () => {
  assertEquals(
    await judge(
      account({ workspace_backend_origin: "NO_CONSTRAINT", account_routing_override: "NO_CONSTRAINT" }),
    ),
    { kind: "known", routing: undefined },
  );
  assertEquals(
    await judge(
      account({ workspace_backend_origin: "https://eu.chatgpt.com", account_routing_override: "us_cr" }),
    ),
    { kind: "known", routing: { backendOrigin: "https://eu.chatgpt.com", override: "us_cr" } },
  );
  assertEquals(await judge(account({ account_routing_override: "us" })), {
    kind: "known",
    routing: { override: "us" },
  });
  assertEquals(await judge({}, 404), { kind: "known", routing: undefined });
});

Deno.test("processAccountsCheck() sends the token to no foreign origin", async () => {
  const failed = {
    kind: "failed",
    detail: "the backend of this workspace is not an https origin of the vendor",
  } as const;
  for (
    const origin of [
      "http://chatgpt.com",
      "https://chatgpt.com.evil.example",
      "https://evilchatgpt.com",
      "https://user:pass@chatgpt.com",
      "https://chatgpt.com/path",
      "https://chatgpt.com:444",
      "http://127.0.0.1:1",
      "https://localhost",
      "nonsense",
    ]
  ) assertEquals(await judge(account({ workspace_backend_origin: origin })), failed, origin);
});

Deno.test("processAccountsCheck() reports what it cannot use", async () => {
  assertEquals(await judge({ accounts: [] }), {
    kind: "failed",
    detail: "the account of this login is not in the answer",
  });
  assertEquals(await judge({ detail: "nope" }, 403), { kind: "failed", detail: "status 403: nope" });
  assertEquals(await judge([1]), { kind: "failed", detail: "status 200 without a JSON body" });
});

/** A backend that counts, with one answer for all. */
function startBackend(answer: () => Response): { url: string; seen: Headers[]; close(): Promise<void> } {
  const seen: Headers[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    seen.push(request.headers);
    return answer();
  });
  const url = `http://127.0.0.1:${server.addr.port}/backend-api/codex`;
  return { url, seen, close: () => server.shutdown() };
}

Deno.test("routingOf() asks once for many requests of a workspace, and remembers over restarts", async () => {
  const backend = startBackend(() => Response.json(account({ account_routing_override: "us" })));
  await withHome(undefined, async ({ directory }) => {
    const file = `${directory}/state/accounts.json`;
    const options = { backendBaseUrl: backend.url, file, identity: IDENTITY };
    const routing = createAccountRouting(options);
    const answers = await Promise.all([routing.routingOf(ACCESS), routing.routingOf(ACCESS)]);
    assertEquals(answers, [{ override: "us" }, { override: "us" }]);
    assertEquals(await createAccountRouting(options).routingOf(ACCESS), { override: "us" });
    assertEquals(backend.seen.length, 1);
    assertEquals(
      ["authorization", "chatgpt-account-id", "originator", "x-openai-fedramp"].map((name) =>
        backend.seen[0]?.get(name)
      ),
      ["Bearer at", "acc", "codex_cli_rs", "true"],
    );
    assert(!(await Deno.readTextFile(file)).includes('"at"'));
  });
  await backend.close();
});

Deno.test("routingOf() stops a workspace whose check fails, and asks again later", async () => {
  let fine = false;
  let now = 0;
  const backend = startBackend(() => fine ? Response.json(account({})) : new Response("", { status: 503 }));
  const routing = createAccountRouting({
    backendBaseUrl: backend.url,
    identity: IDENTITY,
    monotonicMs: () => now,
  });
  for (let request = 0; request < 2; request++) {
    const thrown = await assertRejects(() => routing.routingOf(ACCESS));
    assert(thrown instanceof Problem);
    assertEquals(
      thrown.message,
      "Failed to connect to ChatGPT backend: workspace routing is unavailable: status 503 without a JSON body",
    );
  }
  assertEquals(backend.seen.length, 1);
  fine = true;
  now += 16_000;
  assertEquals(await routing.routingOf(ACCESS), undefined);
  await backend.close();
});

Deno.test("routingOf() lets a personal account go on without waiting, whatever the check says", async () => {
  const backend = startBackend(() => new Response("", { status: 503 }));
  const routing = createAccountRouting({ backendBaseUrl: backend.url, identity: IDENTITY });
  const personal = { ...ACCESS, plan: "plus" };
  assertEquals(await routing.routingOf(personal), undefined);
  assertEquals((await routing.check(personal)).kind, "failed");
  assertEquals(await routing.routingOf(personal), undefined);
  assertEquals(backend.seen.length, 1);
  await backend.close();
});
