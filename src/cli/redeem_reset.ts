import { BOUNDS } from "../bounds.ts";
import { stateDirectory } from "../config/paths.ts";
import { accountMark } from "../conversations/owner.ts";
import { ignore } from "../ignore.ts";
import { percentText } from "../percent_text.ts";
import { type ExitCode, Problem } from "../problem.ts";
import { readTextFileLimited } from "../read_limited.ts";
import { readRefusal, toUpstreamProblem } from "../upstream/errors.ts";
import { readAnswerText } from "../upstream/get.ts";
import type { Limits } from "../upstream/rate_limits.ts";
import {
  firstCreditId,
  readRedeemOutcome,
  type RedeemOutcome,
  redeemUrl,
  resetCreditsUrl,
  toRedeemBody,
} from "../upstream/reset_credits.ts";
import { isRecord, parseJson, textAt } from "../wire/json.ts";
import { writeFile } from "../write_file.ts";
import { confirm } from "./ask.ts";
import { readBackendLimits } from "./backend_limits.ts";
import type { Context } from "./context.ts";
import { durationText } from "../duration_text.ts";
import type { World } from "./world.ts";

/** A redemption that was begun. */
interface Redemption {
  readonly requestId: string;
  readonly creditId: string | undefined;
  /** whose it is */
  readonly account: string;
}

/** What each outcome means to a person, and whether the limits are reset now. */
const OUTCOMES: Readonly<Record<RedeemOutcome, { readonly text: string; readonly code: ExitCode }>> = {
  reset: { text: "The limits are reset", code: 0 },
  alreadyRedeemed: { text: "The limits were reset by an earlier try; nothing more was spent", code: 0 },
  nothingToReset: { text: "There is nothing to reset; nothing was spent", code: 1 },
  noCredit: { text: "This account has no early reset left", code: 1 },
};

/**
 * `ccproxy usage --redeem`: spends an early reset of the account, after a question (backend.md#reset-credits).
 *
 * The id of the request is written down before it is sent and kept until its outcome is known, so that a try after one
 * that broke off spends no second reset.
 *
 * @throws Problem usage where nobody can be asked
 */
export async function redeemReset(world: World, context: Context): Promise<ExitCode> {
  const file = `${stateDirectory(context.place)}/reset_redemption.json`;
  const limits = await readBackendLimits(world, context);
  const account = accountMark(await context.access.accountId());
  const begun = await readRedemption(file, account);
  const left = limits.resetCredits ?? 0;
  if (begun === undefined && left <= 0) {
    world.err(`${OUTCOMES.noCredit.text}\n`);
    return 1;
  }
  const question = begun === undefined ? questionOf(limits, left, world.now()) : UNFINISHED;
  const agreed = await confirm(world, question);
  if (agreed === undefined) {
    throw new Problem("usage", "an early reset is spent for good, and there is no terminal to ask on", {
      hint: 'Run "ccproxy usage --redeem" in a terminal',
    });
  }
  if (!agreed) {
    world.err("Nothing was spent\n");
    return 1;
  }
  const redemption = begun ??
    { requestId: crypto.randomUUID(), creditId: await readCreditId(context), account };
  if (begun === undefined) await writeRedemption(file, redemption);
  const outcome = await redeem(world, context, redemption);
  await Deno.remove(file).catch(ignore);
  const { text, code } = OUTCOMES[outcome];
  world.err(`${text}\n`);
  return code;
}

const UNFINISHED =
  "An earlier try broke off before its outcome was known. Finish it? It is sent with the same id, " +
  "so that one early reset is spent at most.";

function questionOf({ windows }: Limits, left: number, nowMs: number): string {
  const used = windows.map(({ label, usedPercent, resetsAtMs }) => {
    const rest = resetsAtMs === undefined || resetsAtMs <= nowMs
      ? ""
      : `, resets by itself in ${durationText(resetsAtMs - nowMs)}`;
    return `${label} ${percentText(usedPercent)} used${rest}`;
  });
  const state = used.length === 0 ? "" : ` (${used.join("; ")})`;
  return `This spends 1 of the ${left} early resets of this account for good, and empties its limits now${state}. ` +
    "Spend it?";
}

/** @throws Problem; the redemption then stays begun */
async function redeem(
  world: World,
  context: Context,
  { requestId, creditId }: Redemption,
): Promise<RedeemOutcome> {
  const body = JSON.stringify(toRedeemBody(requestId, creditId));
  const response = await context.get(redeemUrl(context.baseUrl), { body });
  if (!response.ok) {
    const refusal = await readRefusal(response);
    const outcome = readRedeemOutcome(parseJson(refusal.body));
    if (outcome !== undefined) return outcome;
    throw toUpstreamProblem(refusal, world.now());
  }
  const outcome = readRedeemOutcome(parseJson(await readAnswerText(response, BOUNDS.usage)));
  if (outcome !== undefined) return outcome;
  throw new Problem("backend_error", "its answer names no outcome that is known", {
    hint: 'Look at "ccproxy usage"; trying again spends no second reset',
  });
}

/** The credit to spend, where the backend names one: its list answers 429 at times, and the request goes without. */
async function readCreditId(context: Context): Promise<string | undefined> {
  const response = await context.get(resetCreditsUrl(context.baseUrl));
  if (response.ok) return firstCreditId(parseJson(await readAnswerText(response, BOUNDS.usage)));
  await response.body?.cancel().catch(ignore);
  return undefined;
}

async function readRedemption(file: string, account: string): Promise<Redemption | undefined> {
  let text: string;
  try {
    text = await readTextFileLimited(file, BOUNDS.state);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const found = parseJson(text);
  const requestId = isRecord(found) ? textAt(found, "redeem_request_id") : undefined;
  if (!isRecord(found) || requestId === undefined || found["account"] !== account) return undefined;
  return { requestId, creditId: textAt(found, "credit_id"), account };
}

async function writeRedemption(file: string, { requestId, creditId, account }: Redemption): Promise<void> {
  const kept = { ...toRedeemBody(requestId, creditId), account };
  await writeFile(file, `${JSON.stringify(kept)}\n`, { makeDirectory: true });
}
