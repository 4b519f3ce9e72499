import { PlimsollError } from "../../../quantity/error.ts";
import { div, max, min, mul, one } from "./i80f48.ts";

/**
 * Which question health answers: may the account take risk (`init`), is it safe from liquidation (`maint`), may its
 * liquidation stop (`liquidationEnd`).
 */
export type MangoHealthType = "init" | "maint" | "liquidationEnd";

/** A token position with its bank's weights. All figures raw I80F48; amounts in native units, prices in native quote. */
export interface MangoToken {
  readonly index: number;
  readonly maintAssetWeight: bigint;
  readonly initAssetWeight: bigint;
  /** Falls when deposits exceed the bank's limit. */
  readonly initScaledAssetWeight: bigint;
  readonly maintLiabWeight: bigint;
  readonly initLiabWeight: bigint;
  /** Rises when borrows exceed the bank's limit. */
  readonly initScaledLiabWeight: bigint;
  readonly oraclePrice: bigint;
  /** Slow price that follows the oracle at a limited speed. */
  readonly stablePrice: bigint;
  /** Signed; negative is a debt. */
  readonly balance: bigint;
}

/** A perpetual position. Figures raw I80F48, except lots, which are whole numbers. */
export interface MangoPerp {
  /** Index of the token that profit settles into. */
  readonly settleToken: number;
  readonly maintBaseAssetWeight: bigint;
  readonly initBaseAssetWeight: bigint;
  readonly maintBaseLiabWeight: bigint;
  readonly initBaseLiabWeight: bigint;
  /** Of a positive result. */
  readonly maintOverallAssetWeight: bigint;
  readonly initOverallAssetWeight: bigint;
  /** Native base units per lot. */
  readonly baseLotSize: bigint;
  /** Signed. */
  readonly baseLots: bigint;
  /** Resting buy orders. */
  readonly bidsBaseLots: bigint;
  /** Resting sell orders. */
  readonly asksBaseLots: bigint;
  /** Signed cash of the position, funding included. */
  readonly quote: bigint;
  readonly oraclePrice: bigint;
  readonly stablePrice: bigint;
}

/** Funds that wait in the orders of one spot market. Raw I80F48. */
export interface MangoSpotMarket {
  readonly baseToken: number;
  readonly quoteToken: number;
  readonly reservedBase: bigint;
  readonly reservedQuote: bigint;
  /** Reserved base at the lowest ask placed; 0 when unknown. */
  readonly reservedBaseAsQuoteLowestAsk: bigint;
  /** Reserved quote at the highest bid placed; 0 when unknown. */
  readonly reservedQuoteAsBaseHighestBid: bigint;
}

export interface MangoAccount {
  readonly tokens: readonly MangoToken[];
  readonly perps: readonly MangoPerp[];
  readonly spotMarkets: readonly MangoSpotMarket[];
}

export interface MangoHealth {
  /** Weighted assets minus weighted liabilities, raw I80F48 of native quote. Negative fails the question. */
  readonly health: bigint;
  /** `health` + `liabs`. */
  readonly assets: bigint;
  /** Every debt and every losing perpetual by itself, at liability weight and price. */
  readonly liabs: bigint;
  /** 100 × (assets − liabs) ÷ liabs, raw; null when there is practically nothing owed. */
  readonly ratioPct: bigint | null;
}

interface Prices {
  readonly oraclePrice: bigint;
  readonly stablePrice: bigint;
}

// Opening risk is priced at the worse of the oracle and its slow follower, so that a spike buys no leverage.
const assetPrice = (item: Prices, type: MangoHealthType): bigint =>
  type === "init" ? min(item.oraclePrice, item.stablePrice) : item.oraclePrice;
const liabPrice = (item: Prices, type: MangoHealthType): bigint =>
  type === "init" ? max(item.oraclePrice, item.stablePrice) : item.oraclePrice;

function assetWeight(token: MangoToken, type: MangoHealthType): bigint {
  if (type === "maint") return token.maintAssetWeight;
  return type === "init" ? token.initScaledAssetWeight : token.initAssetWeight;
}

function liabWeight(token: MangoToken, type: MangoHealthType): bigint {
  if (type === "maint") return token.maintLiabWeight;
  return type === "init" ? token.initScaledLiabWeight : token.initLiabWeight;
}

const weightedAssetPrice = (token: MangoToken, type: MangoHealthType): bigint =>
  mul(assetWeight(token, type), assetPrice(token, type));
const weightedLiabPrice = (token: MangoToken, type: MangoHealthType): bigint =>
  mul(liabWeight(token, type), liabPrice(token, type));

/**
 * What a perpetual adds to its settle token's balance: its cash and weighted base after the worse of all bids and all asks
 * filling, a gain then weighted again. Raw I80F48 of the settle token.
 */
export function perpResult(perp: MangoPerp, type: MangoHealthType): bigint {
  const maint = type === "maint";
  const assetAt = assetPrice(perp, type);
  const liabAt = liabPrice(perp, type);
  const afterFills = (lots: bigint, fillPrice: bigint): bigint => {
    const base = (perp.baseLots + lots) * perp.baseLotSize;
    const value =
      base < 0n
        ? mul(base * liabAt, maint ? perp.maintBaseLiabWeight : perp.initBaseLiabWeight)
        : mul(base * assetAt, maint ? perp.maintBaseAssetWeight : perp.initBaseAssetWeight);
    return value - lots * perp.baseLotSize * fillPrice;
  };
  const result =
    perp.quote + min(afterFills(perp.bidsBaseLots, liabAt), afterFills(-perp.asksBaseLots, assetAt));
  if (result <= 0n) return result;
  return mul(maint ? perp.maintOverallAssetWeight : perp.initOverallAssetWeight, result);
}

/** A token while its health is summed: with the results of the perpetuals settled in it, and with all orders filled. */
interface Slot {
  readonly token: MangoToken;
  balance: bigint;
  maxBalance: bigint;
}

function slotOf(slots: readonly Slot[], index: number, field: string): Slot {
  const slot = slots.find(({ token }) => token.index === index);
  if (slot) return slot;
  throw new PlimsollError("PLM_UNKNOWN", {
    field,
    value: index,
    limit: `one of the account's tokens ${slots.map(({ token }) => token.index).join(", ")}`,
    remedy: "Add the token with its bank's weights and a zero balance.",
  });
}

/** Balances with the results of the perpetuals settled in them. */
function slotsOf(account: MangoAccount, type: MangoHealthType, ignoreLosingPerps: boolean): readonly Slot[] {
  const slots = account.tokens.map((token): Slot => ({ token, balance: token.balance, maxBalance: 0n }));
  for (const perp of account.perps) {
    const slot = slotOf(slots, perp.settleToken, "settleToken");
    const result = perpResult(perp, type);
    if (result > 0n || !ignoreLosingPerps) slot.balance += result;
  }
  for (const slot of slots) slot.maxBalance = slot.balance;
  return slots;
}

interface Reservation {
  readonly base: Slot;
  readonly quote: Slot;
  readonly allAsBase: bigint;
  readonly allAsQuote: bigint;
}

function reservationOf(market: MangoSpotMarket, slots: readonly Slot[], type: MangoHealthType): Reservation {
  const base = slotOf(slots, market.baseToken, "baseToken");
  const quote = slotOf(slots, market.quoteToken, "quoteToken");
  const convert = (amount: bigint, price: bigint, into: bigint, atOrder: bigint): bigint => {
    if (amount === 0n || into === 0n) return 0n;
    const atOracle = mul(amount, div(price, into));
    return atOrder === 0n ? atOracle : min(atOracle, atOrder);
  };
  const quoteAsBase = convert(
    market.reservedQuote,
    assetPrice(quote.token, type),
    liabPrice(base.token, type),
    market.reservedQuoteAsBaseHighestBid,
  );
  const baseAsQuote = convert(
    market.reservedBase,
    assetPrice(base.token, type),
    liabPrice(quote.token, type),
    market.reservedBaseAsQuoteLowestAsk,
  );
  return {
    base,
    quote,
    allAsBase: market.reservedBase + quoteAsBase,
    allAsQuote: market.reservedQuote + baseAsQuote,
  };
}

/** What spot orders add: per market the worse of everything reserved becoming base, or quote. */
function reservedValue(account: MangoAccount, type: MangoHealthType, slots: readonly Slot[]): bigint {
  const reservations = account.spotMarkets.map((market) => reservationOf(market, slots, type));
  for (const slot of slots) slot.maxBalance = slot.balance;
  for (const { base, quote, allAsBase, allAsQuote } of reservations) {
    base.maxBalance += allAsBase;
    quote.maxBalance += allAsQuote;
  }
  const effect = ({ token, maxBalance }: Slot, reserved: bigint): bigint => {
    const asAsset = maxBalance >= reserved ? reserved : max(0n, maxBalance);
    return (
      mul(mul(assetWeight(token, type), asAsset), assetPrice(token, type)) +
      mul(mul(liabWeight(token, type), reserved - asAsset), liabPrice(token, type))
    );
  };
  return reservations.reduce((sum, { base, quote, allAsBase, allAsQuote }) => {
    if (allAsBase === 0n || allAsQuote === 0n) return sum;
    return sum + min(effect(base, allAsBase), effect(quote, allAsQuote));
  }, 0n);
}

function healthSum(account: MangoAccount, type: MangoHealthType, slots: readonly Slot[]): bigint {
  const tokens = slots.reduce((sum, { token, balance }) => {
    const price = balance < 0n ? weightedLiabPrice(token, type) : weightedAssetPrice(token, type);
    return sum + mul(balance, price);
  }, 0n);
  return tokens + reservedValue(account, type, slots);
}

// Below a thousandth of a native unit owed, Mango calls the ratio infinite.
const owedNothing = one / 1000n;

/**
 * Mango v4's health, to the last raw bit.
 *
 * @throws {PlimsollError} `PLM_UNKNOWN` when a perpetual or a spot market names a token that the account does not list.
 * @see docs/venues/mango.md for the rule; pinned by test/vectors/mango-health.json.
 */
export function mangoHealth(account: MangoAccount, type: MangoHealthType): MangoHealth {
  const slots = slotsOf(account, type, false);
  const results = account.perps.map((perp) => ({ token: perp.settleToken, result: perpResult(perp, type) }));
  let assets = reservedValue(account, type, slots);
  let liabs = 0n;
  for (const token of account.tokens) {
    let held = max(0n, token.balance);
    let owed = max(0n, -token.balance);
    for (const { token: settleToken, result } of results) {
      if (settleToken !== token.index) continue;
      held += max(0n, result);
      owed += max(0n, -result);
    }
    const owedAt = weightedLiabPrice(token, type);
    const tokenLiabs = mul(owed, owedAt);
    liabs += tokenLiabs;
    assets +=
      held >= owed ? tokenLiabs + mul(held - owed, weightedAssetPrice(token, type)) : mul(held, owedAt);
  }
  return {
    health: healthSum(account, type, slots),
    assets,
    liabs,
    ratioPct: liabs > owedNothing ? div(100n * (assets - liabs), liabs) : null,
  };
}

/**
 * How much of a token can be taken out before maintenance health, losing perpetuals ignored, falls to zero. Raw I80F48.
 * At most the balance when the token's debts weigh nothing.
 */
export function perpMaxSettle(account: MangoAccount, settleToken: number): bigint {
  const slots = slotsOf(account, "maint", true);
  const { token, balance } = slotOf(slots, settleToken, "settleToken");
  let health = healthSum(account, "maint", slots);
  if (health <= 0n) return 0n;
  let taken = 0n;
  if (balance > 0n) {
    const assetAt = weightedAssetPrice(token, "maint");
    if (assetAt > 0n && div(health, assetAt) <= balance) return div(health, assetAt);
    taken = balance;
    health -= mul(balance, assetAt);
  }
  const liabAt = weightedLiabPrice(token, "maint");
  return health > 0n && liabAt > 0n ? taken + div(health, liabAt) : taken;
}
