import { type Instrument, type Market, type OpenOrder, type Portfolio } from "../../market/index.ts";
import { decimalToNumber } from "../../quantity/index.ts";
import {
  assetPriceUsd,
  contractValueUsd,
  markOf,
  settlementAssetOf,
  unrealisedProfit,
} from "../account-value.ts";
import { type FixedRateParameters } from "./parameters.ts";
import { positionRequirement } from "./position-requirement.ts";

/** What the open orders of one instrument add to the initial requirement, USD, ≥ 0. */
export interface OrderRequirement {
  readonly instrument: string;
  readonly initial: number;
}

/** USD lost at once when an order fills worse than the mark; ≥ 0. */
function lossAtFill(instrument: Instrument, size: number, price: number, market: Market): number {
  const mark = markOf(market, instrument);
  if (instrument.kind === "perpetual" || instrument.kind === "future") {
    const profit = unrealisedProfit(instrument, size, price, mark);
    return Math.max(0, -profit * assetPriceUsd(market, settlementAssetOf(instrument)));
  }
  const unitUsd = assetPriceUsd(
    market,
    instrument.settlement === "inverse" ? instrument.underlying : instrument.quoteAsset,
  );
  return Math.max(0, size * instrument.contractSize * (price - mark) * unitUsd);
}

/**
 * Open orders (F7): the larger of what the position requires more when all bids, or all offers, of its instrument fill, and
 * what every order loses at once against the mark. An order that shrinks its position adds only the latter.
 */
export function orderRequirements(
  { positions, orders }: Portfolio,
  market: Market,
  parameters: FixedRateParameters,
): readonly OrderRequirement[] {
  const byInstrument = new Map<string, OpenOrder[]>();
  for (const order of orders) {
    const list = byInstrument.get(order.instrument);
    if (list) list.push(order);
    else byInstrument.set(order.instrument, [order]);
  }
  const held = new Map<string, number>();
  for (const { instrument, size } of positions)
    held.set(instrument, (held.get(instrument) ?? 0) + decimalToNumber(size));
  return [...byInstrument]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([id, list]): OrderRequirement[] => {
      const instrument = market.instruments.get(id);
      if (!instrument) return [];
      const isMarked = instrument.kind === "option" || instrument.kind === "spot";
      const contractUsd = isMarked ? contractValueUsd(market, instrument) : 0;
      const required = (size: number): number =>
        size === 0
          ? 0
          : positionRequirement(instrument, size, size * contractUsd, market, parameters).initial;
      const now = held.get(id) ?? 0;
      let bids = 0;
      let offers = 0;
      let loss = 0;
      // Sorted before summing: the sum does not depend on the order of the entries.
      for (const { size, price } of list
        .map(({ size: exact, price: limit }) => ({ size: decimalToNumber(exact), price: limit }))
        .sort((a, b) => a.size - b.size || a.price - b.price)) {
        if (size > 0) bids += size;
        else offers += size;
        loss += lossAtFill(instrument, size, price, market);
      }
      const more = Math.max(0, required(now + bids) - required(now), required(now + offers) - required(now));
      return more + loss > 0 ? [{ instrument: id, initial: more + loss }] : [];
    });
}
