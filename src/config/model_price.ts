/** What a million tokens of a model cost, in whatever money the prices are written. */
export interface ModelPrice {
  /** for input that did not come from the prompt cache */
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

const PRICE = /^\d{1,9}(?:\.\d{1,9})?$/;

/** Reads `input/cached/output`, such as `1.25/0.125/10`; undefined for every other text. */
export function parsePrice(text: string): ModelPrice | undefined {
  const parts = text.split("/").map((part) => part.trim());
  if (parts.length !== 3 || !parts.every((part) => PRICE.test(part))) return undefined;
  const [input = 0, cached = 0, output = 0] = parts.map(Number);
  return { input, cached, output };
}
