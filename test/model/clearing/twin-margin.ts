import { type Given } from "./given.ts";

export interface TwinOpenOrder {
  readonly instrument: number;
  readonly side: "buy" | "sell";
  readonly lots: number;
  readonly priceMicros: number;
  /** USD. Of resting orders undefined: the maker's fee at the mark. */
  readonly feeUsd?: number;
}

export interface TwinPosition {
  readonly instrument: number;
  readonly lots: number;
  /** Signed cost in whole settlement assets. */
  readonly cost: number;
}

/** An account as margin sees it. */
export interface TwinAccountView {
  readonly isolated: boolean;
  /** By asset, in whole assets, less what is held. Interest and funding due are counted. */
  readonly balances: readonly number[];
  readonly positions: readonly TwinPosition[];
  readonly orders: readonly TwinOpenOrder[];
  readonly openInterest: (instrument: number) => number;
}

export interface TwinFigures {
  readonly equity: number;
  readonly initial: number;
  readonly maintenance: number;
}

/**
 * Isolated and cross margin, in plain dollars and float64: the rules (F1) to (F7) of docs/fixed-rate-margin.md with the rates of each
 * instrument, and nothing of the engine. Roundings are left out: who compares allows for them.
 */
export function twinFigures(given: Given, view: TwinAccountView): TwinFigures {
  const balances = [...view.balances];
  const leaving = balances.map(() => 0);
  let equity = 0;
  let initial = 0;
  let maintenance = 0;
  const groups = new Map<string, OptionRow[]>();
  const instruments = new Set([...view.positions, ...view.orders].map(({ instrument }) => instrument));
  for (const instrument of [...instruments].sort((a, b) => a - b)) {
    const spec = given.instrument(instrument);
    const settlementAsset = given.settlementAssetOf(instrument);
    const assetUsd = given.assetPriceMicros(settlementAsset) / 1e6;
    const mark = markOf(given, instrument) / 1e6;
    const position = view.positions.find((p) => p.instrument === instrument);
    const lots = position?.lots ?? 0;
    const orders = view.orders.filter((o) => o.instrument === instrument);
    const sum = (side: string): number =>
      orders.filter((o) => o.side === side).reduce((total, o) => total + o.lots, 0);
    const [buys, sells] = [sum("buy"), sum("sell")];
    for (const order of orders) {
      const signed = order.side === "buy" ? order.lots : -order.lots;
      if (mark > 0 || spec.kind === "option") {
        initial +=
          Math.max(
            0,
            worth(given, instrument, signed, order.priceMicros / 1e6) -
              worth(given, instrument, signed, mark),
          ) * assetUsd;
      }
      const fee = makerFee(given, instrument, order.lots, mark) * assetUsd;
      initial += order.feeUsd === undefined ? fee : Math.max(0, order.feeUsd);
    }
    if (spec.kind === "spot") {
      const base = given.baseAssetOf(instrument);
      const bought = worth(given, instrument, buys, mark);
      const sold = worth(given, instrument, sells, mark);
      leaving[settlementAsset]! += bought;
      leaving[base]! += (sells * spec.lotNanos) / 1e9;
      initial += (bought * given.asset(base).haircutPpm * assetUsd) / 1e6;
      initial += (sold * given.asset(settlementAsset).haircutPpm * assetUsd) / 1e6;
      continue;
    }
    const alone = requirement(given, view, instrument, lots, mark);
    const withOrders = Math.max(
      alone.initial,
      buys > 0 ? requirement(given, view, instrument, lots + buys, mark).initial : 0,
      sells > 0 ? requirement(given, view, instrument, lots - sells, mark).initial : 0,
    );
    const value = worth(given, instrument, lots, mark);
    if (spec.kind === "option") {
      equity += value * assetUsd;
      if (!view.isolated) {
        const key = `${given.underlyingOf(instrument)} ${spec.expiryMs} ${settlementAsset}`;
        const size = spec.lotNanos / 1e9;
        groups.set(key, [
          ...(groups.get(key) ?? []),
          {
            isCall: spec.optionType === "call",
            strike: (spec.strikeMicros / 1e6) * assetUsd,
            mark: mark * assetUsd,
            units: lots * size,
            buyUnits: buys * size,
            sellUnits: sells * size,
            initial: withOrders,
            maintenance: alone.maintenance,
          },
        ]);
        continue;
      }
    } else if (lots !== 0 && mark > 0) {
      const profit = value - (position?.cost ?? 0);
      balances[settlementAsset]! += profit;
      if (view.isolated && profit > 0) {
        initial += profit * assetUsd;
        maintenance += profit * assetUsd;
      }
    }
    initial += withOrders;
    maintenance += alone.maintenance;
  }
  for (const options of groups.values()) {
    const total = (of: (option: OptionRow) => number): number => options.reduce((sum, o) => sum + of(o), 0);
    const value = total((o) => o.units * o.mark);
    const least = worstPayoff(options, false);
    const leastWithOrders = worstPayoff(options, true);
    initial += Math.min(
      total((o) => o.initial),
      Math.max(0, value - leastWithOrders),
    );
    maintenance += Math.min(
      total((o) => o.maintenance),
      Math.max(0, value - least),
    );
  }
  for (const [asset, units] of balances.entries()) {
    const usd = given.assetPriceMicros(asset) / 1e6;
    const haircut = given.asset(asset).haircutPpm / 1e6;
    equity += units * usd;
    // As much again when the price is not trusted at all.
    initial += Math.abs(units * usd) * Math.min(1, haircut * (2 - given.assetConfidencePpm(asset) / 1e6));
    maintenance += Math.abs(units * usd) * haircut;
    initial += Math.max(0, leaving[asset]! - Math.max(0, units)) * usd * haircut;
  }
  return { equity, initial: Math.max(initial, maintenance), maintenance };
}

/** The mark, or the index while there is none. */
function markOf(given: Given, instrument: number): number {
  const mark = given.markMicros(instrument);
  if (mark > 0 || given.instrument(instrument).kind === "option") return mark;
  return given.indexMicros(given.underlyingOf(instrument));
}

/** Worth of lots in whole settlement assets. Of inverse ones with the sign turned. */
export function worth(given: Given, instrument: number, lots: number, price: number): number {
  if (price <= 0 || lots === 0) return 0;
  const spec = given.instrument(instrument);
  return spec.settlement === "inverse"
    ? (-lots * (spec.lotUsdMicros / 1e6)) / price
    : lots * (spec.lotNanos / 1e9) * price;
}

/** What a resting order may pay in fees, in whole settlement assets: of options on the index, at most a share of the premium. */
function makerFee(given: Given, instrument: number, lots: number, mark: number): number {
  const spec = given.instrument(instrument);
  const rate = Math.max(0, spec.makerFeePpm) / 1e6;
  if (spec.kind !== "option") return Math.abs(worth(given, instrument, lots, mark)) * rate;
  const index = given.indexMicros(given.underlyingOf(instrument)) / 1e6;
  const most = worth(given, instrument, lots, mark) * (spec.optionFeeCapPpm / 1e6);
  return Math.min(worth(given, instrument, lots, index) * rate, most);
}

/** (F1) to (F3): what lots of one instrument require by themselves. */
function requirement(
  given: Given,
  view: TwinAccountView,
  instrument: number,
  lots: number,
  mark: number,
): { readonly initial: number; readonly maintenance: number } {
  if (lots === 0) return { initial: 0, maintenance: 0 };
  const spec = given.instrument(instrument);
  const underlying = given.underlyingOf(instrument);
  const assetUsd = given.assetPriceMicros(given.settlementAssetOf(instrument)) / 1e6;
  if (spec.kind === "option" && lots > 0) {
    const premium = worth(given, instrument, lots, mark) * assetUsd;
    return { initial: premium, maintenance: premium };
  }
  const doubt = 1 - given.indexConfidencePpm(underlying) / 1e6;
  const listed = given.initialRatePpm(instrument, view.openInterest(instrument)) / 1e6;
  const initialRate = Math.min(1, listed * (1 + doubt));
  const maintenanceRate = Math.min(listed, given.maintenanceRatePpm(instrument) / 1e6);
  const index = given.indexMicros(underlying) / 1e6 || mark;
  const size = Math.abs(lots);
  if (spec.kind === "option") {
    const units = (size * spec.lotNanos) / 1e9;
    const strike = (spec.strikeMicros / 1e6) * assetUsd;
    const isCall = spec.optionType === "call";
    const outOfTheMoney = Math.max(0, isCall ? strike - index : index - strike);
    const most = isCall ? Infinity : units * strike;
    const initial = Math.min(
      most,
      units * Math.max(initialRate * index - outOfTheMoney, (2 / 3) * initialRate * index),
    );
    return { initial, maintenance: Math.min(initial, units * maintenanceRate * index) };
  }
  const notional =
    spec.settlement === "inverse" ? size * (spec.lotUsdMicros / 1e6) : worth(given, instrument, size, index);
  return { initial: notional * initialRate, maintenance: notional * maintenanceRate };
}

interface OptionRow {
  readonly isCall: boolean;
  readonly strike: number;
  readonly mark: number;
  readonly units: number;
  readonly buyUnits: number;
  readonly sellUnits: number;
  readonly initial: number;
  readonly maintenance: number;
}

/** (F6) The least that options of one expiry pay together at any price; with orders, each that loses at its mark counts as filled. */
function worstPayoff(options: readonly OptionRow[], withOrders: boolean): number {
  const netCalls = options
    .filter((o) => o.isCall)
    .reduce((sum, o) => sum + o.units - (withOrders ? o.sellUnits : 0), 0);
  if (netCalls < -1e-9) return -Infinity;
  const payoffs = [0, ...options.map((o) => o.strike)].map((price) =>
    options.reduce((sum, o) => {
      const intrinsic = Math.max(0, o.isCall ? price - o.strike : o.strike - price);
      let paid = o.units * intrinsic;
      if (withOrders) {
        paid += Math.min(0, o.buyUnits * (intrinsic - o.mark));
        paid += Math.min(0, o.sellUnits * (o.mark - intrinsic));
      }
      return sum + paid;
    }, 0),
  );
  return Math.min(...payoffs);
}
