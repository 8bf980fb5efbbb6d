import { isRecord, type JsonObject, listAt, textAt } from "../wire/json.ts";

/** What came of redeeming an early reset (backend.md#reset-credits). */
export type RedeemOutcome = "reset" | "nothingToReset" | "noCredit" | "alreadyRedeemed";

const OUTCOMES: readonly RedeemOutcome[] = ["reset", "nothingToReset", "noCredit", "alreadyRedeemed"];

/** Where the early resets of the account are, outside the `codex` part of the base. */
export function resetCreditsUrl(baseUrl: string): string {
  return `${baseUrl.replace(/\/codex$/, "")}/wham/rate-limit-reset-credits`;
}

/** Where one is redeemed. */
export function redeemUrl(baseUrl: string): string {
  return `${resetCreditsUrl(baseUrl)}/consume`;
}

/**
 * The id of the first credit of a list, whose shape nobody has written down; undefined where none is found: the request
 * then has no credit id, which others were seen to send.
 */
export function firstCreditId(answer: unknown): string | undefined {
  const list = Array.isArray(answer)
    ? answer
    : isRecord(answer)
    ? Object.keys(answer).map((key) => listAt(answer, key)).find((found) => found !== undefined) ?? []
    : [];
  const open = list.filter(isRecord).filter((credit) =>
    (textAt(credit, "status") ?? "available") === "available"
  );
  return open.map((credit) => textAt(credit, "credit_id") ?? textAt(credit, "id")).find((id) =>
    id !== undefined
  );
}

/** The body of the request that redeems. The same id redeems once, however often it is sent. */
export function toRedeemBody(requestId: string, creditId: string | undefined): JsonObject {
  return { ...(creditId === undefined ? {} : { credit_id: creditId }), redeem_request_id: requestId };
}

/** The outcome that an answer names, in whichever field and spelling; undefined for none. */
export function readRedeemOutcome(answer: unknown): RedeemOutcome | undefined {
  if (typeof answer === "string") {
    const word = answer.replaceAll(/[_ -]+(\w)/g, (_, letter: string) => letter.toUpperCase());
    return OUTCOMES.find((outcome) => outcome.toLowerCase() === word.toLowerCase());
  }
  if (!isRecord(answer)) return undefined;
  for (const key of ["outcome", "status", "result", "code", "type", "error", "detail"]) {
    const found = readRedeemOutcome(answer[key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
