import {
  type AddLiquidity,
  type AdjustPool,
  type CreatePool,
  type FundPoolBudget,
  type Rejection,
  type RemoveLiquidity,
} from "../protocol/index.ts";
import { createVamm, mintSharesFloor, redeemUnitsFloor, reshape, spotPriceFloor } from "../vamm/index.ts";
import { checkSpend } from "./cash.ts";
import { maxPriceMicros } from "../markets/index.ts";
import { settleFunding } from "./funding.ts";
import { uncoveredMicros } from "./default/gate.ts";
import { listAsset } from "./listing.ts";
import { type Machine } from "./machine.ts";
import { restoreMargin } from "./margin-watch.ts";
import { checkOpen } from "./money.ts";
import { checkPrice, checkTrading } from "./order-checks.ts";
import { announcePool } from "./pool-events.ts";
import { type PoolState } from "./pool-states.ts";
import { poolEquityFloor, poolWorstLoss, poolWorthRange, sharesOf } from "./pool-worth.ts";
import { move, refuse, settle } from "./transfers.ts";

const million = 1_000_000;

/** Gives a linear perpetual a virtual AMM at the index, with accounts for its collateral and budget, and an asset for its shares. */
export function createPool(m: Machine, { instrument, pool: spec }: CreatePool): Rejection | undefined {
  const closed = checkTrading(m, instrument, false);
  if (closed) return closed;
  const terms = m.terms(instrument);
  if (m.pools.find(instrument)) return refuse("alreadyListed", "instrument", instrument, "one pool");
  if (!terms.isPerpetual || terms.isInverse) {
    return refuse("invalidSpec", "instrument", instrument, "a linear perpetual");
  }
  const invalid = checkSpec(spec);
  if (invalid) return invalid;
  const unpriced = checkPrice(m, terms, false);
  if (unpriced) return unpriced;
  const index = m.markets.indexMicros(terms.underlying);
  const curve = createVamm(spec.depthLotsPerPercent, index, terms.lotNanos);
  if (!curve) {
    return refuse(
      "invalidSpec",
      "pool.depthLotsPerPercent",
      spec.depthLotsPerPercent,
      "reserves that can be counted",
    );
  }
  const name = m.markets.instruments.label(instrument);
  const refused = listAsset(m, {
    type: "listAsset",
    asset: {
      name: `${name}-POOL`,
      kind: "other",
      decimals: 6,
      underlying: "",
      // A feed of its own: shares are no collateral until someone publishes a price.
      feed: `${name}-POOL`,
      depositCapUnits: 0,
      haircutPpm: million,
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
  const account = m.accounts.openHouse(`pool:${name}`);
  const budgetAccount = m.accounts.openHouse(`budget:${name}`);
  m.pools.put({
    instrument,
    spec,
    terms: {
      lotNanos: terms.lotNanos,
      minPriceMicros: Math.max(1, Math.floor((index * spec.minPricePpm) / million)),
      maxPriceMicros: Math.min(maxPriceMicros, Math.ceil((index * spec.maxPricePpm) / million)),
      maxDeviationPpm: spec.maxDeviationPpm,
      worsenLimitPpm: spec.maxDeviationPpm,
      feePpm: spec.feePpm,
    },
    curve,
    account,
    budgetAccount,
    shareAsset: m.markets.assets.find(`${name}-POOL`),
  });
  m.emit({ type: "poolCreated", instrument, pool: spec, account });
  m.noteBook(instrument);
  announcePool(m, instrument);
  return undefined;
}

function checkSpec(spec: CreatePool["pool"]): Rejection | undefined {
  const bounds: readonly (readonly [keyof CreatePool["pool"], number, number])[] = [
    ["depthLotsPerPercent", 1, 4_294_967_296],
    ["maxDeviationPpm", 1, 500_000],
    ["feePpm", 0, 100_000],
    ["minPricePpm", 1, million],
    ["maxPricePpm", million, 100 * million],
    ["initialShareUnits", 1, 1_000_000_000],
  ];
  for (const [name, least, most] of bounds) {
    const value = spec[name];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      return refuse("invalidSpec", `pool.${name}`, value, `${least} to ${most}`);
    }
  }
  return undefined;
}

function findPool(m: Machine, instrument: number): PoolState | Rejection {
  return m.pools.find(instrument) ?? refuse("unknownInstrument", "instrument", instrument, "one with a pool");
}

const isRejection = (found: PoolState | Rejection): found is Rejection => "code" in found;

/** Losses are shared by accounts, not by pools: while one is open nobody hides there from it. */
function checkCovered(m: Machine): Rejection | undefined {
  const uncovered = uncoveredMicros(m);
  return uncovered > 0 ? refuse("insolvencyOpen", "units", uncovered, 0) : undefined;
}

/** Pays into the pool for shares of it at what it is worth. */
export function addLiquidity(m: Machine, command: AddLiquidity): Rejection | undefined {
  const { account, instrument, units } = command;
  const pool = findPool(m, instrument);
  if (isRejection(pool)) return pool;
  const terms = m.terms(instrument);
  const refused =
    checkTrading(m, instrument, false) ??
    checkPrice(m, terms, false) ??
    checkCovered(m) ??
    checkSpend(m, account, terms.settlementAsset, units, "units") ??
    m.margin.checkWithdrawal(account, terms.settlementAsset, units);
  if (refused) return refused;
  const shares = mintSharesFloor(units, {
    shares: sharesOf(m, pool),
    equityUnits: poolWorthRange(m, pool).high,
    initialShareUnits: pool.spec.initialShareUnits,
  });
  if (shares === 0) return refuse("overPoolBounds", "units", units, "what buys a share");
  settleFunding(m, pool.account, instrument);
  move(m, account, pool.account, terms.settlementAsset, units, "pool");
  move(m, pool.account, account, pool.shareAsset, shares, "pool");
  announcePool(m, instrument);
  return undefined;
}

/** Gives shares back for their part of what the pool is worth, as long as what stays answers for the worst that the pool can lose. */
export function removeLiquidity(m: Machine, command: RemoveLiquidity): Rejection | undefined {
  const { account, instrument, shares } = command;
  const pool = findPool(m, instrument);
  if (isRejection(pool)) return pool;
  const terms = m.terms(instrument);
  const held = m.ledger.available(account, pool.shareAsset);
  const unpriced = checkOpen(m) ?? checkPrice(m, terms, false);
  if (unpriced) return unpriced;
  if (shares > held) return refuse("insufficientBalance", "shares", shares, held);
  const equityUnits = poolEquityFloor(m, pool);
  const units = redeemUnitsFloor(shares, {
    shares: sharesOf(m, pool),
    equityUnits: poolWorthRange(m, pool).low,
    initialShareUnits: pool.spec.initialShareUnits,
  });
  // Without a position there is nothing to answer for: what stays then trades less, or not at all.
  const answersFor = pool.curve.positionLots === 0 ? 0 : poolWorstLoss(m, pool);
  const balance = m.ledger.balance(pool.account, terms.settlementAsset);
  const free = Math.max(0, Math.min(equityUnits - answersFor, balance));
  if (units > free) return refuse("overPoolBounds", "shares", units, free);
  const uncovered = m.margin.checkWithdrawal(account, pool.shareAsset, shares);
  if (uncovered) return uncovered;
  settleFunding(m, pool.account, instrument);
  move(m, account, pool.account, pool.shareAsset, shares, "pool");
  move(m, pool.account, account, terms.settlementAsset, units, "pool");
  restoreMargin(m, account);
  announcePool(m, instrument);
  return undefined;
}

export function fundPoolBudget(m: Machine, command: FundPoolBudget): Rejection | undefined {
  const { account, instrument, units } = command;
  const pool = findPool(m, instrument);
  if (isRejection(pool)) return pool;
  const { settlementAsset } = m.terms(instrument);
  const refused =
    checkOpen(m) ??
    checkCovered(m) ??
    checkSpend(m, account, settlementAsset, units, "units") ??
    m.margin.checkWithdrawal(account, settlementAsset, units);
  if (refused) return refused;
  move(m, account, pool.budgetAccount, settlementAsset, units, "pool");
  announcePool(m, instrument);
  return undefined;
}

/** Re-pegs and scales the curve. What that costs the pool comes from its budget; what it gains stays with it. */
export function adjustPool(m: Machine, command: AdjustPool): Rejection | undefined {
  const { instrument, depthPpm } = command;
  const pool = findPool(m, instrument);
  if (isRejection(pool)) return pool;
  const terms = m.terms(instrument);
  const unpriced = checkPrice(m, terms, false);
  if (unpriced) return unpriced;
  // 0 leaves the peg.
  const priceMicros = command.priceMicros || spotPriceFloor(pool.curve, terms.lotNanos);
  const budget = m.ledger.balance(pool.budgetAccount, terms.settlementAsset);
  const reshaped = reshape(pool.curve, pool.terms, priceMicros, depthPpm, budget);
  if (reshaped === "budget") return refuse("insufficientBudget", "priceMicros", priceMicros, budget);
  if (typeof reshaped === "string") {
    return reshaped === "depth"
      ? refuse("overPoolBounds", "depthPpm", depthPpm, "reserves that can be counted")
      : refuse("overPoolBounds", "priceMicros", priceMicros, "within the pool's bounds");
  }
  const index = m.markets.indexMicros(terms.underlying);
  if (Math.abs(priceMicros - index) * million > index * pool.spec.maxDeviationPpm) {
    return refuse(
      "overPoolBounds",
      "priceMicros",
      priceMicros,
      `within ${pool.spec.maxDeviationPpm} ppm of the index`,
    );
  }
  const cost = Math.max(0, reshaped.costUnits);
  const loss = poolWorstLoss(m, pool, reshaped.after);
  const equity = poolEquityFloor(m, pool) + cost;
  if (loss > poolWorstLoss(m, pool) && loss > equity) {
    return refuse("overPoolBounds", "depthPpm", loss, equity);
  }
  settle(m, pool.account, pool.budgetAccount, terms.settlementAsset, cost, "pool");
  m.pools.put({ ...pool, curve: reshaped.after });
  m.noteBook(instrument);
  announcePool(m, instrument);
  return undefined;
}
