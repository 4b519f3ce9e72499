import { type AuctionType, type Engine } from "../../clearing/index.ts";
import {
  type Auction,
  type Liquidation,
  type LiquidationStage,
  previewBid,
  quoteAuction,
  type Sale,
  targetMicros,
} from "../../clearing/engine/default/index.ts";
import { formatMicros, formatPpm, formatUnits } from "./amounts.ts";
import { marginStateOf, type MarginState } from "./margin-state.ts";
import { sizeOf } from "./venue-views.ts";

const whole = 1_000_000;

/** An account that is being liquidated, publicly: where it stands, not whose it is. */
export interface LiquidationView {
  readonly liquidation: number;
  readonly account: number;
  readonly stage: LiquidationStage;
  readonly startedMs: number;
  readonly startedSequence: number;
  /** Risk-reducing trades so far, and tries in a row that found no market. */
  readonly steps: number;
  readonly failedSteps: number;
  readonly lastStepMs: number;
  /** Number of its auction, once it is in one. */
  readonly auction?: number;
}

/** An account below its maintenance margin whose liquidation has not begun: `callLiquidation` begins it. */
export interface CallableView {
  readonly account: number;
}

export interface LiquidationsView {
  readonly liquidations: readonly LiquidationView[];
  /** Where the next page begins: give it as `from`. */
  readonly next?: number;
  readonly callable: readonly CallableView[];
}

/** What its owner sees beside that. */
export interface OwnLiquidationView extends LiquidationView {
  readonly startEquityUsd: string;
  readonly startMaintenanceMarginUsd: string;
  /** What it lacked when it was last looked at. */
  readonly shortfallUsd: string;
  /** Whether its equity was above 0 all the while. */
  readonly wasSolvent: boolean;
}

export interface AccountLiquidationView {
  readonly account: number;
  readonly state: MarginState;
  readonly equityUsd: string;
  readonly maintenanceMarginUsd: string;
  /** Equity below which there is a warning. */
  readonly warningUsd: string;
  /** Equity at which a liquidation would end. */
  readonly targetUsd: string;
  readonly liquidation?: OwnLiquidationView;
  readonly auction?: AuctionView;
}

/** A part of a position that a bidder takes, at the mark. */
export interface LotPositionView {
  readonly instrument: string;
  readonly instrumentIndex: number;
  /** Signed: negative is short. */
  readonly lots: number;
  readonly size: string;
  readonly price: string;
}

/** A part of a balance that a bidder takes, against cash; negative is a debt. */
export interface LotBalanceView {
  readonly asset: string;
  readonly assetIndex: number;
  readonly units: number;
  readonly amount: string;
}

/** What a bid would come to now. Amounts are of the auction's asset. */
export interface BidQuoteView {
  /** What the bid would be cut to. 0: nothing may be taken now. */
  readonly share: string;
  readonly sharePpm: number;
  /** Net payment of the bidder; negative: it receives. */
  readonly paid: string;
  readonly paidUnits: number;
  /** What the bidder gets beyond fair value: from the account, or from the fund. */
  readonly discount: string;
  readonly discountUnits: number;
  readonly positions: readonly LotPositionView[];
  readonly balances: readonly LotBalanceView[];
}

export interface AuctionView {
  readonly auction: number;
  readonly liquidation: number;
  readonly account: number;
  readonly auctionType: AuctionType;
  /** What bids are paid in. */
  readonly asset: string;
  readonly assetIndex: number;
  /** When the present form began: the price falls with the time since. */
  readonly startMs: number;
  /** Of the figures below. */
  readonly timeMs: number;
  readonly equityUsd: string;
  readonly maintenanceMarginUsd: string;
  /** What a bidder pays for the account's equity now, as a share of it. Insolvent: 0. */
  readonly price: string;
  /** What a bidder for all of it would get beyond fair value. */
  readonly discountUsd: string;
  /** Largest share that one bid may take. */
  readonly largestShare: string;
  /** What a bid of the asked share would come to; the largest unless asked. */
  readonly quote: BidQuoteView;
}

export interface AuctionsView {
  readonly auctions: readonly AuctionView[];
  readonly next?: number;
}

function liquidationView({
  liquidation,
  id: account,
  stage,
  auction,
  startedMs,
  startedSequence,
  steps,
  failedSteps,
  lastStepMs,
}: Liquidation): LiquidationView {
  return {
    liquidation,
    account,
    stage,
    startedMs,
    startedSequence,
    steps,
    failedSteps,
    lastStepMs,
    ...(auction === 0 ? {} : { auction }),
  };
}

/** A page of what is there, by number. */
function pageFrom<T>(
  all: readonly T[],
  numberOf: (item: T) => number,
  from: number,
  limit: number,
): { readonly page: readonly T[]; readonly next?: number } {
  const left = all.filter((item) => numberOf(item) >= from).sort((a, b) => numberOf(a) - numberOf(b));
  const after = left[limit];
  return { page: left.slice(0, limit), ...(after === undefined ? {} : { next: numberOf(after) }) };
}

/** Accounts that one answer re-margins for callers, and those in liquidation that it passes over. */
const mostLookedAt = 64;
const mostPassedOver = 4_096;

/** Accounts below their maintenance margin that the machine has not come to yet, from the one that it looks at next. */
function callableViews({ stores }: Engine): CallableView[] {
  const { watch, accounts, liquidations, margin, markets, state } = stores;
  if (markets.liquidation.get("enabled") === 0) return [];
  // Who became due since it last looked: marks, funding and interest go on with every command.
  watch.see();
  const found: CallableView[] = [];
  const { count } = accounts;
  const start = Math.min(state.sweepAccount, count);
  let [looked, passedOver] = [0, 0];
  for (const [from, end] of [
    [start, count],
    [0, start],
  ] as const) {
    let account = watch.due.next(from, end);
    for (; account >= 0; account = watch.due.next(account + 1, end)) {
      if (looked === mostLookedAt || passedOver === mostPassedOver) return found;
      if (accounts.isHouse(account) || liquidations.find(account)) passedOver++;
      else {
        looked++;
        if (margin.isBreached(account)) found.push({ account });
      }
    }
  }
  return found;
}

export function liquidationsView(engine: Engine, from: number, limit: number): LiquidationsView {
  const all = engine.stores.liquidations.all();
  const { page, ...rest } = pageFrom(all, ({ liquidation }) => liquidation, from, limit);
  return { liquidations: page.map(liquidationView), ...rest, callable: callableViews(engine) };
}

export function accountLiquidationView(engine: Engine, account: number): AccountLiquidationView {
  const { stores } = engine;
  const figures = stores.margin.figures(account);
  const record = stores.liquidations.find(account);
  const auction = record && record.auction !== 0 ? stores.auctions.find(record.auction) : undefined;
  const { state, warningMicros } = marginStateOf(engine, account, figures);
  return {
    account,
    state,
    equityUsd: formatMicros(figures.equityMicros),
    maintenanceMarginUsd: formatMicros(figures.maintenanceMicros),
    warningUsd: formatMicros(warningMicros),
    targetUsd: formatMicros(targetMicros(stores, figures)),
    ...(record
      ? {
          liquidation: {
            ...liquidationView(record),
            startEquityUsd: formatMicros(record.startEquityMicros),
            startMaintenanceMarginUsd: formatMicros(record.startMaintenanceMicros),
            shortfallUsd: formatMicros(record.shortfallMicros),
            wasSolvent: record.wasSolvent,
          },
        }
      : {}),
    ...(auction ? { auction: auctionView(engine, auction) } : {}),
  };
}

function quoteView(
  { stores: { markets } }: Engine,
  { asset }: Auction,
  { sharePpm, slice, paidUnits, discountUnits }: Sale,
): BidQuoteView {
  const { decimals } = markets.assetSpec(asset);
  return {
    share: formatPpm(sharePpm),
    sharePpm,
    paid: formatUnits(paidUnits, decimals),
    paidUnits,
    discount: formatUnits(discountUnits, decimals),
    discountUnits,
    positions: slice.positions.map(({ instrument, lots, markMicros }) => {
      const spec = markets.instrumentSpec(instrument);
      const price = formatMicros(markMicros);
      return { instrument: spec.name, instrumentIndex: instrument, lots, size: sizeOf(spec, lots), price };
    }),
    balances: slice.balances.map(({ asset: other, units }) => {
      const spec = markets.assetSpec(other);
      return { asset: spec.name, assetIndex: other, units, amount: formatUnits(units, spec.decimals) };
    }),
  };
}

/** An auction as it stands. `sharePpm`: of the bid that is quoted. */
export function auctionView(engine: Engine, auction: Auction, sharePpm: number = whole): AuctionView {
  const { stores, timeMs } = engine;
  const { account, asset, auctionType, id } = auction;
  const { status, reopenedMs } = stores.state;
  // As the machine counts it: a halt begins every auction anew.
  const startMs = status === "halted" ? timeMs : Math.max(auction.startMs, reopenedMs);
  const figures = stores.margin.figures(account);
  const { equityMicros, maintenanceMicros } = figures;
  const { largestPpm, discountMicros } = quoteAuction(stores, auction, figures);
  const isSolvent = auctionType === "solvent" && equityMicros > 0;
  const pricePpm = isSolvent ? Math.max(0, Math.round((1 - discountMicros / equityMicros) * whole)) : 0;
  return {
    auction: id,
    liquidation: stores.liquidations.find(account)?.liquidation ?? 0,
    account,
    auctionType,
    asset: stores.markets.assetSpec(asset).name,
    assetIndex: asset,
    startMs,
    timeMs,
    equityUsd: formatMicros(equityMicros),
    maintenanceMarginUsd: formatMicros(maintenanceMicros),
    price: formatPpm(pricePpm),
    discountUsd: formatMicros(discountMicros),
    largestShare: formatPpm(largestPpm),
    quote: quoteView(engine, auction, previewBid(stores, auction, sharePpm)),
  };
}

export function auctionsView(engine: Engine, from: number, limit: number): AuctionsView {
  const { page, ...rest } = pageFrom(engine.stores.auctions.all(), ({ id }) => id, from, limit);
  return { auctions: page.map((auction) => auctionView(engine, auction)), ...rest };
}
