import { type Engine, type LiquidationOutcome, type Tranche } from "../../clearing/index.ts";
import { type HistoryRow } from "../history/index.ts";
import { formatMicros, formatPpm } from "./amounts.ts";
import { amountIn, type HistoryPlace, instrumentOf, number, place, wordOf } from "./history-views.ts";
import { sizeOf } from "./venue-views.ts";

/** A liquidation that ended. */
export interface EndedLiquidationView extends HistoryPlace {
  readonly liquidation: number;
  readonly account: number;
  readonly outcome: LiquidationOutcome;
  /** From the breach to its end: settlement finality. */
  readonly durationMs: number;
  readonly commands: number;
  readonly wasSolvent: boolean;
  readonly steps: number;
}

/** A bid that took a share. Amounts are of the auction's asset. */
export interface AuctionFillView extends HistoryPlace {
  readonly auction: number;
  readonly account: number;
  readonly share: string;
  readonly asset: string;
  readonly assetIndex: number;
  /** Net payment of the bidder; negative: it received. */
  readonly paid: string;
  readonly paidUnits: number;
  readonly discount: string;
  readonly discountUnits: number;
}

export interface FundChangeView extends HistoryPlace {
  readonly tranche: Tranche;
  readonly instrument?: string;
  readonly instrumentIndex?: number;
  readonly asset: string;
  readonly assetIndex: number;
  readonly balance: string;
  readonly balanceUnits: number;
}

/** A winner's position that was closed against an account in default. */
export interface DeleveragingView extends HistoryPlace {
  readonly liquidation: number;
  readonly instrument: string;
  readonly instrumentIndex: number;
  readonly lots: number;
  readonly size: string;
  readonly price: string;
  readonly asset: string;
  /** What the account gave up towards the shortfall. */
  readonly taken: string;
  readonly takenUnits: number;
}

export interface SharedLossView extends HistoryPlace {
  readonly liquidation: number;
  readonly asset: string;
  readonly assetIndex: number;
  readonly amount: string;
  readonly units: number;
}

const outcomes: readonly [LiquidationOutcome, ...LiquidationOutcome[]] = ["restored", "closed", "absorbed"];
const tranches: readonly [Tranche, ...Tranche[]] = ["market", "protocol", "staked"];

export const endedLiquidationView = (_engine: Engine, row: HistoryRow): EndedLiquidationView => ({
  ...place(row),
  liquidation: number(row, "liquidation"),
  account: number(row, "account"),
  outcome: wordOf(row, "outcome", outcomes),
  durationMs: number(row, "duration_ms"),
  commands: number(row, "commands"),
  wasSolvent: number(row, "was_solvent") === 1,
  steps: number(row, "steps"),
});

export function auctionFillView(engine: Engine, row: HistoryRow): AuctionFillView {
  const assetIndex = number(row, "asset");
  const [paidUnits, discountUnits] = [number(row, "paid_units"), number(row, "discount_units")];
  return {
    ...place(row),
    auction: number(row, "auction"),
    account: number(row, "account"),
    share: formatPpm(number(row, "share_ppm")),
    asset: engine.stores.markets.assetSpec(assetIndex).name,
    assetIndex,
    paid: amountIn(engine, assetIndex, paidUnits),
    paidUnits,
    discount: amountIn(engine, assetIndex, discountUnits),
    discountUnits,
  };
}

export function fundChangeView(engine: Engine, row: HistoryRow): FundChangeView {
  const { markets } = engine.stores;
  const tranche = wordOf(row, "tranche", tranches);
  const instrumentIndex = number(row, "instrument");
  const assetIndex = number(row, "asset");
  const balanceUnits = number(row, "balance_units");
  return {
    ...place(row),
    tranche,
    ...(tranche === "market"
      ? { instrument: markets.instruments.label(instrumentIndex), instrumentIndex }
      : {}),
    asset: markets.assetSpec(assetIndex).name,
    assetIndex,
    balance: amountIn(engine, assetIndex, balanceUnits),
    balanceUnits,
  };
}

export function deleveragingView(engine: Engine, row: HistoryRow): DeleveragingView {
  const { spec, instrumentIndex } = instrumentOf(engine, row);
  const asset = number(row, "asset");
  const lots = number(row, "lots");
  const takenUnits = number(row, "taken_units");
  return {
    ...place(row),
    liquidation: number(row, "liquidation"),
    instrument: spec.name,
    instrumentIndex,
    lots,
    size: sizeOf(spec, lots),
    price: formatMicros(number(row, "price_micros")),
    asset: engine.stores.markets.assetSpec(asset).name,
    taken: amountIn(engine, asset, takenUnits),
    takenUnits,
  };
}

export function sharedLossView(engine: Engine, row: HistoryRow): SharedLossView {
  const assetIndex = number(row, "asset");
  const units = number(row, "units");
  return {
    ...place(row),
    liquidation: number(row, "liquidation"),
    asset: engine.stores.markets.assetSpec(assetIndex).name,
    assetIndex,
    amount: amountIn(engine, assetIndex, units),
    units,
  };
}
