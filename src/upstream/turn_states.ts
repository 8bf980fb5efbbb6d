import { sha256Hex } from "../sha256.ts";
import type { EitherBody } from "./sending.ts";

/** The header that leads every request of one user turn to the same machine of the backend. */
export const TURN_STATE = "x-codex-turn-state";

/** Conversations that are remembered. */
const MOST = 1000;

/** The turn state of one request. */
export interface TurnState {
  /** what the backend said earlier in the same user turn */
  readonly known: string | undefined;
  /** Takes what it says now; the first word of a user turn counts. */
  learn(state: string | null | undefined): void;
}

/** The turn states of all conversations. */
export interface TurnStates {
  /** @param conversation with the account, since a state belongs to both */
  of(conversation: string, body: EitherBody): TurnState;
}

/**
 * Remembers `x-codex-turn-state` for as long as a user turn lasts: tool results go on with it, the next message of the
 * user begins without (backend.md#turn-state).
 */
export function createTurnStates(): TurnStates {
  const states = new Map<string, { readonly turn: string; readonly state: string }>();
  return {
    of(conversation, body) {
      const turn = userTurn(body);
      const found = states.get(conversation);
      const known = found?.turn === turn ? found.state : undefined;
      return {
        known,
        learn(state) {
          if (state === null || state === undefined || state === "" || known !== undefined) return;
          states.delete(conversation);
          states.set(conversation, { turn, state });
          const [oldest] = states.keys();
          if (states.size > MOST && oldest !== undefined) states.delete(oldest);
        },
      };
    },
  };
}

/** The same for all requests up to the next message of the user. */
function userTurn({ input }: EitherBody): string {
  const said = input.filter((item) => item["role"] === "user");
  return `${said.length} ${sha256Hex(JSON.stringify(said.at(-1) ?? null))}`;
}
