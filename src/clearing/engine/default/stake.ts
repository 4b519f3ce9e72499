import { type DonateFund, type Rejection, type StakeFund, type UnstakeFund } from "../../protocol/index.ts";
import { mintSharesFloor, redeemUnitsFloor } from "../../vamm/index.ts";
import { checkSpend } from "../cash.ts";
import { listAsset } from "../listing.ts";
import { type Machine } from "../machine.ts";
import { checkOpen } from "../money.ts";
import { move, refuse } from "../transfers.ts";
import { dollarAsset } from "./auctions.ts";
import { announceFund, donateTo, stakedLabel, stakedTranche } from "./fund.ts";
import { maxUnstakesPerAccount } from "./unstake-table.ts";

/** The asset that shares of the staked tranche are. */
export const shareName = "FUND-SHARE";
/** Shares that wait for their cooldown. */
const coolingLabel = "fund:cooling";
/** Units per share of the first stake. */
const initialShareUnits = 1;
/** Requests that one command pays out. */
const maxPaidPerCommand = 256;

/** What the tranche holds, and the shares of it that are out: in accounts, and in their cooldown. */
function trancheOf(
  m: Machine,
): { account: number; asset: number; shareAsset: number; shares: number } | undefined {
  const staked = stakedTranche(m);
  if (!staked) return undefined;
  const shareAsset = m.markets.assets.find(shareName);
  return {
    account: staked.account,
    asset: dollarAsset(m),
    shareAsset,
    // The tranche's account owes its shares, as a pool does.
    shares: Math.max(0, -m.ledger.balance(staked.account, shareAsset)),
  };
}

/** The shares that are out, and what some of them are worth now, units of the fund's asset. */
export function stakedWorth(m: Machine, shares: number): { readonly out: number; readonly units: number } {
  const tranche = trancheOf(m);
  if (!tranche || tranche.shares === 0) return { out: 0, units: 0 };
  const equityUnits = Math.max(0, m.ledger.balance(tranche.account, tranche.asset));
  const pool = { shares: tranche.shares, equityUnits, initialShareUnits };
  return { out: tranche.shares, units: redeemUnitsFloor(shares, pool) };
}

function open(m: Machine): Rejection | undefined {
  if (stakedTranche(m)) return undefined;
  const refused = listAsset(m, {
    type: "listAsset",
    asset: {
      name: shareName,
      kind: "other",
      decimals: 6,
      underlying: "",
      feed: shareName,
      depositCapUnits: 0,
      // No collateral until someone publishes a price.
      haircutPpm: 1_000_000,
      borrowable: false,
      borrowCapUnits: 0,
      rateAtZeroPpm: 0,
      rateAtOptimumPpm: 0,
      rateAtFullPpm: 0,
      optimalUsePpm: 500_000,
      reserveSharePpm: 0,
    },
  });
  if (refused) return refused;
  m.accounts.openHouse(stakedLabel);
  m.accounts.openHouse(coolingLabel);
  return undefined;
}

/** Nobody enters or leaves while it is not known what a default costs. */
const checkSettled = (m: Machine): Rejection | undefined =>
  m.state.shortfallMicros > 0
    ? refuse("insolvencyOpen", "account", m.state.shortfallMicros, "no account that owes more than it has")
    : undefined;

/** The fund is kept in dollars: what an account stakes must be the same asset when it is paid back. */
const checkDollar = (m: Machine, asset: number): Rejection | undefined =>
  m.markets.assets.has(asset) && m.markets.assets.columns.kind[asset]! <= 1
    ? undefined
    : refuse("unknownAsset", "units", asset, "a venue with an asset whose price is the dollar's");

export function stakeFund(m: Machine, { account, units }: StakeFund): Rejection | undefined {
  const asset = dollarAsset(m);
  const refused =
    checkOpen(m) ??
    checkDollar(m, asset) ??
    checkSettled(m) ??
    checkSpend(m, account, asset, units, "units") ??
    m.margin.checkWithdrawal(account, asset, units) ??
    open(m);
  if (refused) return refused;
  const { account: tranche, shareAsset, shares: out } = trancheOf(m)!;
  const equityUnits = Math.max(0, m.ledger.balance(tranche, asset));
  const shares = mintSharesFloor(units, { shares: out, equityUnits, initialShareUnits });
  if (shares === 0) return refuse("overPoolBounds", "units", units, "what buys a share");
  move(m, account, tranche, asset, units, "stake");
  move(m, tranche, account, shareAsset, shares, "stake");
  m.emit({ type: "fundStaked", account, units, shares });
  announceFund(m, stakedTranche(m)!, asset);
  return undefined;
}

export function unstakeFund(m: Machine, { account, shares }: UnstakeFund): Rejection | undefined {
  const { unstakes, state, ledger } = m;
  const tranche = trancheOf(m);
  const held = tranche ? ledger.available(account, tranche.shareAsset) : 0;
  if (!tranche || shares > held) return refuse("insufficientBalance", "shares", shares, held);
  const own = unstakes.all().filter((request) => request.account === account).length;
  if (own >= maxUnstakesPerAccount) return refuse("overCapacity", "account", own, maxUnstakesPerAccount);
  if (unstakes.isFull) return refuse("overCapacity", "account", unstakes.size, unstakes.capacity);
  const refused = checkOpen(m) ?? m.margin.checkWithdrawal(account, tranche.shareAsset, shares);
  if (refused) return refused;
  const id = state.nextUnstake++;
  const dueMs = state.timeMs + m.markets.liquidation.get("cooldownMs");
  // They go on bearing losses: they are still out, and what they are worth is not yet said.
  move(m, account, m.accounts.houseAccountOf(coolingLabel), tranche.shareAsset, shares, "stake");
  unstakes.put({ id, account, shares, dueMs });
  m.emit({ type: "unstakeRequested", unstake: id, account, shares, dueMs });
  return undefined;
}

/** Pays out shares whose cooldown is over, unless it is open what a default costs. */
export function payUnstakes(m: Machine): void {
  const { unstakes, state } = m;
  if (unstakes.size === 0 || state.timeMs < unstakes.dueMs || checkSettled(m)) return;
  const waiting = unstakes.all().sort((a, b) => a.dueMs - b.dueMs || a.id - b.id);
  let paid = 0;
  for (const { id, account, shares, dueMs } of waiting) {
    if (dueMs > state.timeMs || paid === maxPaidPerCommand) {
      unstakes.dueMs = paid === maxPaidPerCommand ? 0 : dueMs;
      return;
    }
    paid++;
    const { account: tranche, asset, shareAsset, shares: out } = trancheOf(m)!;
    const equityUnits = Math.max(0, m.ledger.balance(tranche, asset));
    const units = redeemUnitsFloor(shares, { shares: out, equityUnits, initialShareUnits });
    unstakes.remove(id);
    move(m, m.accounts.houseAccountOf(coolingLabel), tranche, shareAsset, shares, "stake");
    move(m, tranche, account, asset, units, "stake");
    m.emit({ type: "fundUnstaked", unstake: id, account, shares, units });
    announceFund(m, stakedTranche(m)!, asset);
  }
}

export function donateFund(m: Machine, command: DonateFund): Rejection | undefined {
  const { account, tranche, instrument, units } = command;
  const asset = dollarAsset(m);
  if (tranche === "market" && !m.markets.instruments.has(instrument)) {
    return refuse("unknownInstrument", "instrument", instrument, `below ${m.markets.instruments.count}`);
  }
  if (tranche === "staked" && !stakedTranche(m)) {
    return refuse("insufficientBudget", "tranche", tranche, "a tranche that someone staked in");
  }
  const refused =
    checkOpen(m) ??
    checkDollar(m, asset) ??
    checkSpend(m, account, asset, units, "units") ??
    m.margin.checkWithdrawal(account, asset, units);
  if (refused) return refused;
  donateTo(m, account, tranche, instrument, asset, units);
  return undefined;
}
