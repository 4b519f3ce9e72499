import {
  type Engine,
  type InstrumentSpec,
  type MovementReason,
  type Side,
  type Traded,
} from "../../clearing/index.ts";
import { type HistoryRow } from "../history/index.ts";
import { formatMicros, formatPpb, formatUnits } from "./amounts.ts";
import { priceOf, sizeOf } from "./venue-views.ts";

/** Where a row of history stands in the journal. */
export interface HistoryPlace {
  /** The command, and the event's place among those that it caused. */
  readonly sequence: number;
  readonly ordinal: number;
  readonly timeMs: number;
}

export interface TradeView extends HistoryPlace {
  readonly tradeId: number;
  readonly price: string;
  readonly lots: number;
  readonly size: string;
  readonly takerSide: Side;
  readonly source: Traded["source"];
}

export interface FundingRateView extends HistoryPlace {
  /** Of the interval that ended; positive: longs paid shorts. */
  readonly rate: string;
  readonly premium: string;
  readonly indexPrice: string;
}

export interface FillView extends HistoryPlace {
  readonly orderId: number;
  readonly tradeId: number;
  readonly instrument: string;
  readonly instrumentIndex: number;
  readonly side: Side;
  readonly role: "maker" | "taker";
  readonly price: string;
  readonly priceTicks: number;
  readonly lots: number;
  readonly size: string;
  /** Of the order, still open. */
  readonly remainingLots: number;
  /** In the settlement asset; negative is a rebate. */
  readonly fee: string;
}

/** A movement of an account's balance. Positive amounts were credited. */
export interface TransferView extends HistoryPlace {
  readonly asset: string;
  readonly assetIndex: number;
  readonly amount: string;
  readonly units: number;
  readonly balance: string;
  readonly reason: MovementReason;
}

export interface FundingPaymentView extends HistoryPlace {
  readonly instrument: string;
  readonly instrumentIndex: number;
  readonly asset: string;
  readonly amount: string;
  readonly units: number;
}

export interface InterestPaymentView extends HistoryPlace {
  readonly asset: string;
  readonly assetIndex: number;
  readonly amount: string;
  readonly units: number;
}

export interface MarginCallView extends HistoryPlace {
  readonly equityUsd: string;
  readonly initialMarginUsd: string;
  readonly maintenanceMarginUsd: string;
}

export const number = (row: HistoryRow, column: string): number => Number(row[column]);

export const place = (row: HistoryRow): HistoryPlace => ({
  sequence: number(row, "sequence"),
  ordinal: number(row, "ordinal"),
  timeMs: number(row, "time_ms"),
});

/** The event's word that the column holds. */
export const wordOf = <T extends string>(row: HistoryRow, column: string, words: readonly [T, ...T[]]): T =>
  words.find((word) => word === row[column]) ?? words[0];

const sides: readonly [Side, Side] = ["buy", "sell"];
const roles: readonly [FillView["role"], FillView["role"]] = ["maker", "taker"];
const sources: readonly [TradeView["source"], ...TradeView["source"][]] = [
  "book",
  "pool",
  "block",
  "auction",
  "deleveraging",
];
const reasons: readonly [MovementReason, ...MovementReason[]] = [
  "deposit",
  "withdrawal",
  "withdrawalReturned",
  "transfer",
  "pool",
  "settlement",
  "liquidationFee",
  "auction",
  "insurance",
  "deleveraging",
  "socialisedLoss",
  "stake",
  "incentive",
];

export interface Settled {
  readonly spec: InstrumentSpec;
  readonly instrumentIndex: number;
  readonly settlementAsset: number;
}

export function instrumentOf({ stores: { markets } }: Engine, row: HistoryRow): Settled {
  const instrumentIndex = number(row, "instrument");
  return {
    spec: markets.instrumentSpec(instrumentIndex),
    instrumentIndex,
    settlementAsset: markets.instruments.get("settlementAsset", instrumentIndex),
  };
}

export const amountIn = ({ stores: { markets } }: Engine, asset: number, units: number): string =>
  formatUnits(units, markets.assetSpec(asset).decimals);

export function tradeView(engine: Engine, row: HistoryRow): TradeView {
  const { spec } = instrumentOf(engine, row);
  const lots = number(row, "lots");
  return {
    ...place(row),
    tradeId: number(row, "trade_id"),
    price: formatMicros(number(row, "price_micros")),
    lots,
    size: sizeOf(spec, lots),
    takerSide: wordOf(row, "taker_side", sides),
    source: wordOf(row, "source", sources),
  };
}

export const fundingRateView = (_engine: Engine, row: HistoryRow): FundingRateView => ({
  ...place(row),
  rate: formatPpb(number(row, "rate_ppb")),
  premium: formatPpb(number(row, "premium_ppb")),
  indexPrice: formatMicros(number(row, "index_micros")),
});

export function fillView(engine: Engine, row: HistoryRow): FillView {
  const { spec, instrumentIndex, settlementAsset } = instrumentOf(engine, row);
  const lots = number(row, "lots");
  const priceTicks = number(row, "price_ticks");
  return {
    ...place(row),
    orderId: number(row, "order_id"),
    tradeId: number(row, "trade_id"),
    instrument: spec.name,
    instrumentIndex,
    side: wordOf(row, "side", sides),
    role: wordOf(row, "role", roles),
    price: priceOf(spec, priceTicks),
    priceTicks,
    lots,
    size: sizeOf(spec, lots),
    remainingLots: number(row, "remaining_lots"),
    fee: amountIn(engine, settlementAsset, number(row, "fee_units")),
  };
}

export function transferView(engine: Engine, row: HistoryRow): TransferView {
  return {
    ...interestPaymentView(engine, row),
    balance: amountIn(engine, number(row, "asset"), number(row, "balance_units")),
    reason: wordOf(row, "reason", reasons),
  };
}

export function fundingPaymentView(engine: Engine, row: HistoryRow): FundingPaymentView {
  const { spec, instrumentIndex, settlementAsset } = instrumentOf(engine, row);
  const units = number(row, "units");
  return {
    ...place(row),
    instrument: spec.name,
    instrumentIndex,
    asset: spec.settlementAsset,
    amount: amountIn(engine, settlementAsset, units),
    units,
  };
}

export function interestPaymentView(engine: Engine, row: HistoryRow): InterestPaymentView {
  const assetIndex = number(row, "asset");
  const units = number(row, "units");
  return {
    ...place(row),
    asset: engine.stores.markets.assetSpec(assetIndex).name,
    assetIndex,
    amount: amountIn(engine, assetIndex, units),
    units,
  };
}

export const marginCallView = (_engine: Engine, row: HistoryRow): MarginCallView => ({
  ...place(row),
  equityUsd: formatMicros(number(row, "equity_micros")),
  initialMarginUsd: formatMicros(number(row, "initial_micros")),
  maintenanceMarginUsd: formatMicros(number(row, "maintenance_micros")),
});
