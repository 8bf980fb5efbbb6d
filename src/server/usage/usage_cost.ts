import { type ModelPrice, parsePrice } from "../../config/model_price.ts";
import type { Settings } from "../../config/settings.ts";
import type { LabelSums, UsageSums } from "../../store/usage/usage_record.ts";

/** What the same would have cost at the prices of the settings. */
export interface UsageCost {
  /** in the money of the prices; undefined when no model among them has one */
  readonly cost: number | undefined;
  /** models without a price that used something */
  readonly unpriced: readonly string[];
}

/** The cost of some sums, each by the price of its model. @param prices `usage.prices` */
export function costOf(sums: readonly LabelSums[], prices: Settings["usage.prices"]): UsageCost {
  const unpriced = new Set<string>();
  let cost: number | undefined;
  for (const each of sums) {
    const { model } = each.label;
    const price = Object.hasOwn(prices, model) ? parsePrice(prices[model] ?? "") : undefined;
    if (price !== undefined) cost = (cost ?? 0) + priced(each, price);
    else if (each.input + each.output > 0) unpriced.add(model);
  }
  return { cost, unpriced: [...unpriced].sort() };
}

function priced({ input, cached, output }: UsageSums, price: ModelPrice): number {
  return ((input - cached) * price.input + cached * price.cached + output * price.output) / 1e6;
}
