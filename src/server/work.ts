/** What one request holds while its answer is being made: a place among the running ones, room for its body. */
export interface Work {
  /** Keeps something until the work is over; gives it back at once when it already is. */
  hold(giveBack: () => void): void;
  /** Gives back what is held, although the work goes on. */
  giveBack(): void;
  /** Calls back when the work is over; at once when it already is. */
  onOver(callback: () => void): void;
  /**
   * The answer is still being made when its response is handed over: {@linkcode Work.finish} is called by who makes
   * it.
   */
  goesOn: boolean;
  /** The answer has no end of its own: nobody waits for it, and one that is never taken is nothing to see to. */
  isEndless: boolean;
  /** The answer is made, or nobody makes it any more. May be called more than once. */
  finish(): void;
}

/** Work that begins now and holds nothing yet. */
export function createWork(): Work {
  const held: (() => void)[] = [];
  const callbacks: (() => void)[] = [];
  let isOver = false;
  const run = (list: (() => void)[]) => list.splice(0).forEach((each) => each());
  return {
    goesOn: false,
    isEndless: false,
    hold(giveBack) {
      if (isOver) giveBack();
      else held.push(giveBack);
    },
    giveBack: () => run(held),
    onOver(callback) {
      if (isOver) callback();
      else callbacks.push(callback);
    },
    finish() {
      isOver = true;
      run(held);
      run(callbacks);
    },
  };
}
