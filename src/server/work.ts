/** What one request holds while its answer is being made: a place among the running ones, room for its body. */
export interface Work {
  /** Keeps something until the work is over; gives it back at once when it already is. */
  hold(giveBack: () => void): void;
  /**
   * The answer is still being made when its response is handed over: {@linkcode Work.finish} is called by who makes
   * it.
   */
  goesOn: boolean;
  /** The answer is made, or nobody makes it any more. May be called more than once. */
  finish(): void;
  readonly isOver: boolean;
}

/** Work that begins now and holds nothing yet. */
export function createWork(): Work {
  const held: (() => void)[] = [];
  let isOver = false;
  return {
    goesOn: false,
    get isOver() {
      return isOver;
    },
    hold(giveBack) {
      if (isOver) giveBack();
      else held.push(giveBack);
    },
    finish() {
      isOver = true;
      for (const giveBack of held.splice(0)) giveBack();
    },
  };
}
