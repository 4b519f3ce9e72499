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

function positionOf(tokens: readonly MangoToken[], index: number, field: string): number {
  const at = tokens.findIndex((token) => token.index === index);
  if (at >= 0) return at;
  throw new PlimsollError("PLM_UNKNOWN", {
    field,
    value: index,
    limit: `one of the account's tokens ${tokens.map((token) => token.index).join(", ")}`,
    remedy: "Add the token with its bank's weights and a zero balance.",
  });
}

/** Balances with the results of the perpetuals settled in them. */
function effectiveBalances(
  account: MangoAccount,
  type: MangoHealthType,
  ignoreLosingPerps: boolean,
): bigint[] {
  const balances = account.tokens.map((token) => token.balance);
  for (const perp of account.perps) {
    const at = positionOf(account.tokens, perp.settleToken, "settleToken");
    const result = perpResult(perp, type);
    if (result > 0n || !ignoreLosingPerps) balances[at] = (balances[at] as bigint) + result;
  }
  return balances;
}

interface Reservation {
  readonly base: number;
  readonly quote: number;
  readonly allAsBase: bigint;
  readonly allAsQuote: bigint;
}

function reservationOf(
  market: MangoSpotMarket,
  tokens: readonly MangoToken[],
  type: MangoHealthType,
): Reservation {
  const base = positionOf(tokens, market.baseToken, "baseToken");
  const quote = positionOf(tokens, market.quoteToken, "quoteToken");
  const baseToken = tokens[base] as MangoToken;
  const quoteToken = tokens[quote] as MangoToken;
  const convert = (amount: bigint, price: bigint, into: bigint, atOrder: bigint): bigint => {
    if (amount === 0n || into === 0n) return 0n;
    const atOracle = mul(amount, div(price, into));
    return atOrder === 0n ? atOracle : min(atOracle, atOrder);
  };
  const quoteAsBase = convert(
    market.reservedQuote,
    assetPrice(quoteToken, type),
    liabPrice(baseToken, type),
    market.reservedQuoteAsBaseHighestBid,
  );
  const baseAsQuote = convert(
    market.reservedBase,
    assetPrice(baseToken, type),
    liabPrice(quoteToken, type),
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
function reservedValue(account: MangoAccount, type: MangoHealthType, balances: readonly bigint[]): bigint {
  const reservations = account.spotMarkets.map((market) => reservationOf(market, account.tokens, type));
  const maxBalances = [...balances];
  for (const { base, quote, allAsBase, allAsQuote } of reservations) {
    maxBalances[base] = (maxBalances[base] as bigint) + allAsBase;
    maxBalances[quote] = (maxBalances[quote] as bigint) + allAsQuote;
  }
  const effect = (at: number, reserved: bigint): bigint => {
    const token = account.tokens[at] as MangoToken;
    const maxBalance = maxBalances[at] as bigint;
    const asAsset = maxBalance >= reserved ? reserved : max(0n, maxBalance);
    const asLiab = reserved - asAsset;
    return (
      mul(mul(assetWeight(token, type), asAsset), assetPrice(token, type)) +
      mul(mul(liabWeight(token, type), asLiab), liabPrice(token, type))
    );
  };
  return reservations.reduce(
    (sum, { base, quote, allAsBase, allAsQuote }) =>
      allAsBase === 0n || allAsQuote === 0n
        ? sum
        : sum + min(effect(base, allAsBase), effect(quote, allAsQuote)),
    0n,
  );
}

function healthSum(account: MangoAccount, type: MangoHealthType, balances: readonly bigint[]): bigint {
  const tokens = account.tokens.reduce((sum, token, at) => {
    const balance = balances[at] as bigint;
    return (
      sum + mul(balance, balance < 0n ? weightedLiabPrice(token, type) : weightedAssetPrice(token, type))
    );
  }, 0n);
  return tokens + reservedValue(account, type, balances);
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
  const balances = effectiveBalances(account, type, false);
  const results = account.perps.map((perp) => ({ token: perp.settleToken, result: perpResult(perp, type) }));
  let assets = reservedValue(account, type, balances);
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
    health: healthSum(account, type, balances),
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
  const balances = effectiveBalances(account, "maint", true);
  const at = positionOf(account.tokens, settleToken, "settleToken");
  const token = account.tokens[at] as MangoToken;
  const balance = balances[at] as bigint;
  let health = healthSum(account, "maint", balances);
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
