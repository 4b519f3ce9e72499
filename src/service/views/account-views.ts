import { type Engine, type MarginMode, type Side } from "../../clearing/index.ts";
import { type MarginResult } from "../../risk/index.ts";
import { formatMicros, formatUnits } from "./amounts.ts";
import { deleveragingRanks } from "./deleveraging-rank.ts";
import { marginStateOf, type MarginState } from "./margin-state.ts";
import { priceOf, sizeOf } from "./venue-views.ts";

export interface BalanceView {
  readonly asset: string;
  readonly assetIndex: number;
  readonly units: number;
  readonly amount: string;
  /** On its way out. */
  readonly held: string;
}

export interface PositionView {
  readonly instrument: string;
  readonly instrumentIndex: number;
  /** Signed: negative is short. */
  readonly lots: number;
  readonly size: string;
  /** Signed cost of what is open, in the settlement asset. */
  readonly cost: string;
  readonly costUnits: number;
  readonly openBuyLots: number;
  readonly openSellLots: number;
  readonly mark?: string;
  /**
   * Place in the queue for deleveraging: share of the others on its side who would come no sooner; 1 is first. At most 10 s old; absent while it is not
   * known, and for an account in liquidation.
   */
  readonly deleveragingRank?: number;
}

export interface FiguresView {
  readonly state: MarginState;
  readonly equityUsd: string;
  readonly initialMarginUsd: string;
  readonly maintenanceMarginUsd: string;
  /** Equity less initial margin. */
  readonly initialExcessUsd: string;
}

export interface AccountView {
  readonly account: number;
  readonly owner: string;
  readonly marginMode: MarginMode;
  readonly margin: FiguresView;
  readonly balances: readonly BalanceView[];
  readonly positions: readonly PositionView[];
  readonly openOrders: number;
}

/** What an account asked to be paid out, and the treasurer has not settled yet. */
export interface WithdrawalView {
  readonly withdrawal: number;
  readonly account: number;
  readonly asset: string;
  readonly assetIndex: number;
  readonly amount: string;
  readonly units: number;
  readonly destination: string;
  /** When it was asked for. Absent where history does not tell. */
  readonly sinceMs?: number;
}

export interface OrderView {
  readonly orderId: number;
  readonly clientOrderId: number;
  readonly account: number;
  readonly instrument: string;
  readonly instrumentIndex: number;
  readonly side: Side;
  readonly price: string;
  readonly priceTicks: number;
  readonly remainingLots: number;
  readonly filledLots: number;
  readonly remaining: string;
  readonly expiryMs: number;
}

/** Requirement of an account in one mode, with what it is made of: the components are docs/margin-model.md's. */
export type MarginView = Omit<MarginResult, "initialExcess" | "maintenanceExcess" | "scenarios"> & {
  readonly mode: MarginMode;
  readonly current: boolean;
};

export function figuresView(engine: Engine, account: number): FiguresView {
  const figures = engine.stores.margin.figures(account);
  const { equityMicros, initialMicros, maintenanceMicros } = figures;
  return {
    state: marginStateOf(engine, account, figures).state,
    equityUsd: formatMicros(equityMicros),
    initialMarginUsd: formatMicros(initialMicros),
    maintenanceMarginUsd: formatMicros(maintenanceMicros),
    initialExcessUsd: formatUnits(BigInt(equityMicros) - BigInt(initialMicros), 6),
  };
}

export function balanceViews({ stores: { ledger, markets } }: Engine, account: number): BalanceView[] {
  const views: BalanceView[] = [];
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    const units = ledger.balance(account, asset);
    const held = ledger.held(account, asset);
    if (units === 0 && held === 0) continue;
    const { name, decimals } = markets.assetSpec(asset);
    views.push({
      asset: name,
      assetIndex: asset,
      units,
      amount: formatUnits(units, decimals),
      held: formatUnits(held, decimals),
    });
  }
  return views;
}

export function positionViews(engine: Engine, account: number): PositionView[] {
  const { positions, markets } = engine.stores;
  const rankOf = deleveragingRanks(engine, account);
  const views: PositionView[] = [];
  const first = positions.first(account);
  for (let slot = first; slot < first + positions.count(account); slot++) {
    const instrument = positions.instruments[slot] ?? 0;
    const spec = markets.instrumentSpec(instrument);
    const lots = positions.lots[slot] ?? 0;
    const costUnits = positions.entryUnits[slot] ?? 0;
    const { decimals } = markets.assetSpec(markets.instruments.get("settlementAsset", instrument));
    const rank = rankOf(instrument);
    views.push({
      instrument: spec.name,
      instrumentIndex: instrument,
      lots,
      size: sizeOf(spec, lots),
      cost: formatUnits(costUnits, decimals),
      costUnits,
      openBuyLots: positions.openBuyLots[slot] ?? 0,
      openSellLots: positions.openSellLots[slot] ?? 0,
      ...(markets.hasMark(instrument) ? { mark: formatMicros(markets.markMicros(instrument)) } : {}),
      ...(rank === undefined ? {} : { deleveragingRank: rank }),
    });
  }
  return views;
}

export function accountView(engine: Engine, account: number): AccountView {
  const { accounts, orders } = engine.stores;
  return {
    account,
    owner: accounts.owner(account),
    marginMode: accounts.mode(account),
    margin: figuresView(engine, account),
    balances: balanceViews(engine, account),
    positions: positionViews(engine, account),
    openOrders: orders.accountOrderCount(account),
  };
}

export function orderViews({ stores: { orders, markets } }: Engine, account: number): OrderView[] {
  const views: OrderView[] = [];
  for (let slot = orders.firstOf(account); slot >= 0; slot = orders.nextOf(slot)) {
    const instrument = orders.instrument(slot);
    const spec = markets.instrumentSpec(instrument);
    const priceTicks = orders.priceTicks(slot);
    const remainingLots = orders.remainingLots(slot);
    views.push({
      orderId: orders.orderId(slot),
      clientOrderId: orders.clientOrderId(slot),
      account,
      instrument: spec.name,
      instrumentIndex: instrument,
      side: orders.side(slot) === 0 ? "buy" : "sell",
      price: priceOf(spec, priceTicks),
      priceTicks,
      remainingLots,
      filledLots: orders.filledLots(slot),
      remaining: sizeOf(spec, remainingLots),
      expiryMs: orders.expiryMs(slot),
    });
  }
  return views.sort((a, b) => a.orderId - b.orderId);
}

/** Pending withdrawals of an account, or of all, by number. */
export function withdrawalViews(
  { stores: { withdrawals, markets } }: Engine,
  account?: number,
): WithdrawalView[] {
  const pending = withdrawals.all().filter((of) => account === undefined || of.account === account);
  return pending
    .sort((a, b) => a.id - b.id)
    .map(({ id, account: of, asset, units, destination }) => {
      const { name, decimals } = markets.assetSpec(asset);
      return {
        withdrawal: id,
        account: of,
        asset: name,
        assetIndex: asset,
        amount: formatUnits(units, decimals),
        units,
        destination,
      };
    });
}

/** The account's requirement in a mode, its own or another, explained. */
export function marginView({ stores }: Engine, account: number, mode: MarginMode): MarginView {
  const {
    initialExcess: _i,
    maintenanceExcess: _m,
    scenarios: _s,
    ...result
  } = stores.margin.explain(account, mode);
  return { mode, current: stores.accounts.mode(account) === mode, ...result };
}
