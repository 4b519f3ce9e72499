import { type Engine, type Tranche } from "../../clearing/index.ts";
import {
  dollarAsset,
  fundTranches,
  shareName,
  stakedWorth,
  uncoveredMicros,
} from "../../clearing/engine/default/index.ts";
import { liquidationParameters } from "../../clearing/markets/index.ts";
import { formatMicros, formatUnits } from "./amounts.ts";

/** A part of the insurance fund. */
export interface TrancheView {
  readonly tranche: Tranche;
  /** Of a market's own. */
  readonly instrument?: string;
  readonly instrumentIndex?: number;
  readonly account: number;
  readonly balance: string;
  readonly balanceUnits: number;
}

export interface FundView {
  /** What the fund is kept in: the amounts below are of it. */
  readonly asset: string;
  readonly assetIndex: number;
  readonly balance: string;
  readonly balanceUnits: number;
  readonly tranches: readonly TrancheView[];
  /** Shares of the staked tranche that are out, those in their cooldown included; and what one is worth. */
  readonly shares: string;
  readonly shareUnits: number;
  readonly shareWorth: string;
  readonly cooldownMs: number;
  /** Shares that wait for their cooldown. */
  readonly unstakes: number;
  /** What insolvent accounts lack, and what of it the fund cannot cover. */
  readonly shortfallUsd: string;
  readonly uncoveredUsd: string;
  /** Withdrawals are limited to what each would keep if all shared the uncovered loss. */
  readonly withdrawalsGated: boolean;
  /** Nobody enters or leaves the staked tranche while an insolvency is open. */
  readonly stakingOpen: boolean;
}

/** What an account has staked. */
export interface StakesView {
  readonly account: number;
  readonly shares: string;
  readonly shareUnits: number;
  /** What they would bring now, in the fund's asset. */
  readonly worth: string;
  readonly worthUnits: number;
  readonly requests: readonly UnstakeView[];
}

export interface UnstakeView {
  readonly unstake: number;
  readonly shares: string;
  readonly shareUnits: number;
  readonly worth: string;
  readonly worthUnits: number;
  /** End of the cooldown: paid then, at what they are worth then. */
  readonly dueMs: number;
}

/** A rule for accounts in default as it is in force. */
export interface ParameterView {
  readonly parameter: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** How it changes: by steps each minute, an hour after it is announced, or at once. */
  readonly change: "ramp" | "notice" | "now";
}

export function trancheViews({ stores }: Engine): TrancheView[] {
  const { ledger, markets } = stores;
  const asset = dollarAsset(stores);
  const { decimals } = markets.assetSpec(asset);
  return fundTranches(stores).map(({ tranche, instrument, account }) => {
    const balanceUnits = ledger.balance(account, asset);
    const market = { instrument: markets.instruments.label(instrument), instrumentIndex: instrument };
    return {
      tranche,
      ...(tranche === "market" ? market : {}),
      account,
      balance: formatUnits(balanceUnits, decimals),
      balanceUnits,
    };
  });
}

export function fundView(engine: Engine): FundView {
  const { stores } = engine;
  const { markets, state, unstakes } = stores;
  const asset = dollarAsset(stores);
  const { name, decimals } = markets.assetSpec(asset);
  const tranches = trancheViews(engine);
  const balanceUnits = tranches.reduce((sum, tranche) => sum + BigInt(tranche.balanceUnits), 0n);
  const { out, units } = stakedWorth(stores, 1_000_000);
  const uncovered = uncoveredMicros(stores);
  return {
    asset: name,
    assetIndex: asset,
    balance: formatUnits(balanceUnits, decimals),
    balanceUnits: Number(balanceUnits),
    tranches,
    shares: formatUnits(out, 6),
    shareUnits: out,
    shareWorth: formatUnits(units, decimals),
    cooldownMs: markets.liquidation.get("cooldownMs"),
    unstakes: unstakes.size,
    shortfallUsd: formatMicros(state.shortfallMicros),
    uncoveredUsd: formatMicros(uncovered),
    withdrawalsGated: uncovered > 0,
    stakingOpen: state.shortfallMicros === 0,
  };
}

export function stakesView({ stores }: Engine, account: number): StakesView {
  const { ledger, markets, unstakes } = stores;
  const shareAsset = markets.assets.find(shareName);
  const { decimals } = markets.assetSpec(dollarAsset(stores));
  const worthOf = (shareUnits: number): Omit<UnstakeView, "unstake" | "dueMs"> => {
    const worthUnits = stakedWorth(stores, shareUnits).units;
    const worth = formatUnits(worthUnits, decimals);
    return { shares: formatUnits(shareUnits, 6), shareUnits, worth, worthUnits };
  };
  const requests = unstakes.all().filter((request) => request.account === account);
  return {
    account,
    ...worthOf(shareAsset < 0 ? 0 : Math.max(0, ledger.balance(account, shareAsset))),
    requests: requests
      .sort((a, b) => a.id - b.id)
      .map(({ id, shares, dueMs }) => ({ unstake: id, ...worthOf(shares), dueMs })),
  };
}

export const parameterViews = ({ stores: { markets } }: Engine): ParameterView[] =>
  liquidationParameters.map(({ name, min, max, change }) => ({
    parameter: name,
    value: markets.liquidation.get(name),
    min,
    max,
    change,
  }));
