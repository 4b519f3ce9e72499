import { type Fixed18, abs, div, max, min, mul, one, sum } from "../shared/fixed18.ts";
import { black76 } from "./black76.ts";
import { groupBy } from "../shared/group-by.ts";

export interface StandardPerp {
  readonly position: Fixed18;
  readonly price: Fixed18;
  readonly confidence: Fixed18;
  readonly unsettledCash: Fixed18;
}

export interface StandardExpiry {
  /** Whole seconds. Names the expiry: options refer to it. */
  readonly secToExpiry: number;
  readonly forward: Fixed18;
  readonly forwardConfidence: Fixed18;
  /** The lowest confidence of the volatilities of the expiry's options. */
  readonly volMinConfidence: Fixed18;
}

export interface StandardOption {
  readonly secToExpiry: number;
  readonly strike: Fixed18;
  readonly type: "call" | "put";
  readonly amount: Fixed18;
  readonly vol: Fixed18;
}

/** Everything an account holds on one underlying. */
export interface StandardMarket {
  readonly spotPrice: Fixed18;
  readonly spotConfidence: Fixed18;
  readonly perp: StandardPerp | null;
  /** Units of the underlying itself held as collateral, ≥ 0. */
  readonly base: Fixed18;
  readonly expiries: readonly StandardExpiry[];
  readonly options: readonly StandardOption[];
}

/** One market's parameter sheet. Names as the venue publishes them; fractions. */
export interface StandardMarketParams {
  readonly perp: { readonly mmPerpReq: Fixed18; readonly imPerpReq: Fixed18 };
  readonly option: {
    readonly maxSpotReq: Fixed18;
    readonly minSpotReq: Fixed18;
    readonly mmCallSpotReq: Fixed18;
    readonly mmPutSpotReq: Fixed18;
    readonly MMPutMtMReq: Fixed18;
    readonly unpairedIMScale: Fixed18;
    readonly unpairedMMScale: Fixed18;
    readonly mmOffsetScale: Fixed18;
  };
  /** A threshold of 0 turns its penalty off. */
  readonly oracleContingency: {
    readonly perpThreshold: Fixed18;
    readonly optionThreshold: Fixed18;
    readonly baseThreshold: Fixed18;
    readonly OCFactor: Fixed18;
  };
  readonly base: { readonly marginFactor: Fixed18; readonly IMScale: Fixed18 };
}

export interface DepegParams {
  readonly threshold: Fixed18;
  readonly depegFactor: Fixed18;
}

export interface StandardInputs {
  readonly stablePrice: Fixed18;
  readonly cash: Fixed18;
  readonly markets: readonly (StandardMarket & { readonly params: StandardMarketParams })[];
  readonly depeg: DepegParams;
}

interface Margins {
  readonly im: Fixed18;
  readonly mm: Fixed18;
}

export interface StandardMarketResult {
  /** Net of requirement, without cash. */
  readonly initialMargin: Fixed18;
  readonly maintenanceMargin: Fixed18;
  readonly markToMarket: Fixed18;
  /** Size that a fall of the stablecoin is charged on: perpetual and short options, units of underlying. */
  readonly depegPenaltyPosition: Fixed18;
  readonly perp: Margins;
  readonly options: Margins & {
    readonly mtm: Fixed18;
    /** By option, in input order. */
    readonly isolated: readonly (Margins & { readonly mtm: Fixed18 })[];
    /** By expiry, in order of first option. */
    readonly expiries: readonly StandardExpiryResult[];
  };
  readonly base: Margins & { readonly mtm: Fixed18 };
}

export interface StandardExpiryResult {
  readonly secToExpiry: number;
  /** Before the penalty for low confidence. */
  readonly imBeforeConfidence: Fixed18;
  readonly mm: Fixed18;
  /** ≥ 0, initial margin only. */
  readonly confidencePenalty: Fixed18;
}

/** Margins are net: equity less requirement, negative fails. The value of long options is not collateral. */
export interface StandardResult {
  readonly initialMargin: Fixed18;
  readonly maintenanceMargin: Fixed18;
  readonly markToMarket: Fixed18;
  readonly depegMultiplier: Fixed18;
  readonly markets: readonly StandardMarketResult[];
}

/** The venue's standard margin: each market alone, each expiry of options alone. Total for validated inputs. */
export function standardMargin({ stablePrice, cash, markets, depeg }: StandardInputs): StandardResult {
  const depegMultiplier = mul(max(0n, depeg.threshold - stablePrice), depeg.depegFactor);
  const results = markets.map((market) => marketMargin(market, market.params, stablePrice, depegMultiplier));
  return {
    initialMargin: cash + sum(results.map(({ initialMargin }) => initialMargin)),
    maintenanceMargin: cash + sum(results.map(({ maintenanceMargin }) => maintenanceMargin)),
    markToMarket: cash + sum(results.map(({ markToMarket }) => markToMarket)),
    depegMultiplier,
    markets: results,
  };
}

function marketMargin(
  market: StandardMarket,
  params: StandardMarketParams,
  stablePrice: Fixed18,
  depegMultiplier: Fixed18,
): StandardMarketResult {
  const perp = perpMargin(market, params);
  const options = optionsMargin(market, params);
  const base = baseMargin(market, params, stablePrice);
  const unsettled = market.perp?.unsettledCash ?? 0n;
  const depegPenaltyPosition = abs(market.perp?.position ?? 0n) + totalShort(market.options);
  const depegPenalty = mul(mul(depegPenaltyPosition, depegMultiplier), market.spotPrice);
  return {
    initialMargin: perp.im + options.im + base.im + unsettled - depegPenalty,
    maintenanceMargin: perp.mm + options.mm + base.mm + unsettled,
    markToMarket: options.mtm + base.mtm + unsettled,
    depegPenaltyPosition,
    perp,
    options,
    base,
  };
}

const totalShort = (options: readonly StandardOption[]): Fixed18 =>
  sum(options.map(({ amount }) => max(0n, -amount)));

/** (1 − confidence) · factor, charged per dollar below a threshold; off at a threshold of 0. */
const penaltyRate = (confidence: Fixed18, threshold: Fixed18, factor: Fixed18): Fixed18 =>
  threshold === 0n || confidence >= threshold ? 0n : mul(one - confidence, factor);

function perpMargin(
  { perp, spotPrice, spotConfidence }: StandardMarket,
  params: StandardMarketParams,
): Margins {
  if (!perp || perp.position === 0n) return { im: 0n, mm: 0n };
  const notional = mul(abs(perp.position), perp.price);
  const { perpThreshold, OCFactor } = params.oracleContingency;
  const rate = penaltyRate(min(perp.confidence, spotConfidence), perpThreshold, OCFactor);
  const penalty = mul(mul(rate, spotPrice), abs(perp.position));
  return {
    im: -mul(notional, params.perp.imPerpReq) - penalty,
    mm: -mul(notional, params.perp.mmPerpReq),
  };
}

function baseMargin(
  { base, spotPrice, spotConfidence }: StandardMarket,
  params: StandardMarketParams,
  stablePrice: Fixed18,
): StandardMarketResult["base"] {
  const notional = mul(base, spotPrice);
  const mm = mul(notional, params.base.marginFactor);
  const im = mul(mm, params.base.IMScale);
  const { baseThreshold, OCFactor } = params.oracleContingency;
  const penalty = im === 0n ? 0n : mul(penaltyRate(spotConfidence, baseThreshold, OCFactor), notional);
  return { im: im - penalty, mm, mtm: div(notional, stablePrice) };
}

function optionsMargin(
  market: StandardMarket,
  params: StandardMarketParams,
): StandardMarketResult["options"] {
  const priced = market.options.map((option) => {
    const forward =
      market.expiries.find(({ secToExpiry }) => secToExpiry === option.secToExpiry)?.forward ?? 0n;
    const prices = black76({ ...option, forward, discount: one });
    return {
      option,
      ...isolatedMargin(option, mul(option.amount, prices[option.type]), market.spotPrice, params),
    };
  });
  const byExpiry = groupBy(priced, ({ option }) => option.secToExpiry);
  const expiries = [...byExpiry].map(([secToExpiry, held]) => {
    const expiry = market.expiries.find((candidate) => candidate.secToExpiry === secToExpiry);
    const options = held.map(({ option }) => option);
    const isolatedIm = sum(held.map(({ im }) => im));
    const isolatedMm = sum(held.map(({ mm }) => mm));
    const forward = expiry?.forward ?? 0n;
    const { optionThreshold, OCFactor } = params.oracleContingency;
    const confidence = min(
      market.spotConfidence,
      min(expiry?.forwardConfidence ?? one, expiry?.volMinConfidence ?? one),
    );
    const rate = penaltyRate(confidence, optionThreshold, OCFactor);
    return {
      secToExpiry,
      imBeforeConfidence: max(isolatedIm, maxLoss(options, forward, params.option.unpairedIMScale)),
      mm: max(isolatedMm, maxLoss(options, forward, params.option.unpairedMMScale)),
      confidencePenalty: mul(mul(rate, market.spotPrice), totalShort(options)),
    };
  });
  return {
    im: sum(expiries.map((expiry) => expiry.imBeforeConfidence - expiry.confidencePenalty)),
    mm: sum(expiries.map(({ mm }) => mm)),
    mtm: sum(priced.map(({ mtm }) => mtm)),
    isolated: priced,
    expiries,
  };
}

/** Net margin of one option by itself. `mtm` and `amount` of a short are negative. */
function isolatedMargin(
  { strike, type, amount }: StandardOption,
  mtm: Fixed18,
  spot: Fixed18,
  { option: params }: StandardMarketParams,
): Margins & { readonly mtm: Fixed18 } {
  if (amount > 0n) return { im: 0n, mm: 0n, mtm };
  const charge = (rate: Fixed18): Fixed18 => mul(mul(rate, spot), amount);
  const outOfTheMoney = max(0n, type === "call" ? strike - spot : spot - strike);
  const ratio = div(outOfTheMoney, max(1n, spot));
  const imOfSpot = charge(max(params.minSpotReq, params.maxSpotReq - ratio));
  if (type === "call") return { im: mtm + imOfSpot, mm: mtm + charge(params.mmCallSpotReq), mtm };
  const mm = mtm + min(charge(params.mmPutSpotReq), mul(params.MMPutMtMReq, mtm));
  return { im: min(mtm + imOfSpot, mul(mm, params.mmOffsetScale)), mm, mtm };
}

/** The worst payoff of one expiry over settlement at 0 and at every strike, ≤ 0, with a charge on unpaired short calls. */
function maxLoss(options: readonly StandardOption[], forward: Fixed18, unpairedScale: Fixed18): Fixed18 {
  const payoffAt = (settlement: Fixed18): Fixed18 =>
    sum(
      options.map(({ type, strike, amount }) =>
        mul(amount, max(0n, type === "call" ? settlement - strike : strike - settlement)),
      ),
    );
  const worst = [0n, ...options.map(({ strike }) => strike)].map(payoffAt).reduce(min, 0n);
  const netCalls = sum(options.filter(({ type }) => type === "call").map(({ amount }) => amount));
  return netCalls < 0n ? worst + mul(mul(netCalls, forward), unpairedScale) : worst;
}
