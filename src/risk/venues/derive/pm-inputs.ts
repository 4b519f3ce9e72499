import { PlimsollError } from "../../../quantity/error.ts";
import { type Fixed18, abs, max, min, mul, sum } from "../shared/fixed18.ts";
import { pow } from "./fixed-math.ts";
import { groupBy } from "../shared/group-by.ts";

/*
 * What both generations of the venue's portfolio margin share. Prices are USD per unit of underlying, amounts units of
 * underlying (shorts negative), cash units of the quote stablecoin, volatilities and rates annual fractions,
 * confidences 0 to 1: all 18-decimal fixed point. One underlying per account.
 */

export interface PmPerp {
  readonly position: Fixed18;
  /** Mark of the perpetual. */
  readonly price: Fixed18;
  readonly confidence: Fixed18;
  /** Unsettled funding and profit: counts as value. */
  readonly unsettledCash: Fixed18;
}

export interface PmExpiry {
  /** Whole seconds. Names the expiry: options refer to it. */
  readonly secToExpiry: number;
  /** Part of the settlement average already fixed, not shocked; 0 but for the last half hour. */
  readonly forwardFixed: Fixed18;
  /** The part that scenarios shock. The forward is the sum of both. */
  readonly forwardVariable: Fixed18;
  readonly forwardConfidence: Fixed18;
  /** A negative rate counts as 0. */
  readonly rate: Fixed18;
  readonly rateConfidence: Fixed18;
  /** Discount factor, where it is known better than by the rate. Absent: from `rate`. PM2 only. */
  readonly discount?: Fixed18;
}

export interface PmOption {
  readonly secToExpiry: number;
  readonly strike: Fixed18;
  readonly type: "call" | "put";
  readonly amount: Fixed18;
  readonly vol: Fixed18;
  readonly volConfidence: Fixed18;
}

/** What PM1 and PM2 inputs have in common. */
export interface PmInputs {
  readonly spotPrice: Fixed18;
  readonly spotConfidence: Fixed18;
  /** USD per unit of the quote stablecoin. */
  readonly stablePrice: Fixed18;
  readonly cash: Fixed18;
  readonly perp: PmPerp | null;
  readonly expiries: readonly PmExpiry[];
  readonly options: readonly PmOption[];
}

/** What PM1 and PM2 results have in common. Margins are net: equity less requirement, negative fails. */
export interface PmResult {
  readonly initialMargin: Fixed18;
  readonly maintenanceMargin: Fixed18;
  /** With cash and collateral. */
  readonly markToMarket: Fixed18;
  /** Index of the worst scenario, or their number when the basis contingency is worse than all of them. */
  readonly worstScenario: number;
  readonly worstIsBasisContingency: boolean;
  /** Maintenance margin over the basis moves and no move alone. */
  readonly atmMaintenanceMargin: Fixed18;
  readonly scenarioPnl: readonly Fixed18[];
  readonly worstPnl: Fixed18;
  readonly basisContingency: Fixed18;
  readonly portfolioMinConfidence: Fixed18;
}

/** How far volatility moves in an `up` or `down` scenario. */
export interface VolShockParams {
  readonly volRangeUp: Fixed18;
  readonly volRangeDown: Fixed18;
  /** Exponent up to 30 days. */
  readonly shortTermPower: Fixed18;
  /** Exponent beyond 30 days. */
  readonly longTermPower: Fixed18;
  /** Seconds: a shorter expiry counts as this one. */
  readonly dteFloor: number;
}

export interface BasisParams {
  readonly scenarioSpotUp: Fixed18;
  readonly scenarioSpotDown: Fixed18;
  readonly basisContAddFactor: Fixed18;
  readonly basisContMultFactor: Fixed18;
}

/** Below which price of the stablecoin initial margin grows, and below which confidence in a price it asks for more. */
export interface PegParams {
  readonly pegLossThreshold: Fixed18;
  readonly pegLossFactor: Fixed18;
  readonly confThreshold: Fixed18;
  readonly confMargin: Fixed18;
}

/** The factor on losses for initial margin: larger while the stablecoin is below its threshold. */
export const initialFactor = (
  {
    margin,
    otherContingency,
  }: { readonly margin: { readonly imFactor: Fixed18 }; readonly otherContingency: PegParams },
  stablePrice: Fixed18,
): Fixed18 =>
  margin.imFactor +
  mul(max(0n, otherContingency.pegLossThreshold - stablePrice), otherContingency.pegLossFactor);

/** An expiry with its options. */
export interface ExpiryBook extends PmExpiry {
  readonly options: readonly PmOption[];
}

/** The expiries that have options, in order of their first option, each with its options in input order. */
export function expiryBooks({ expiries, options }: PmInputs): readonly ExpiryBook[] {
  const byExpiry = groupBy(options, ({ secToExpiry }) => secToExpiry);
  return [...byExpiry].map(([secToExpiry, held]) => {
    const expiry = expiries.find((candidate) => candidate.secToExpiry === secToExpiry);
    if (!expiry) {
      throw new PlimsollError("PLM_UNKNOWN", {
        field: "options.secToExpiry",
        value: secToExpiry,
        limit: "the secToExpiry of one of expiries",
        remedy: "Give the forward and rate of every expiry that has options.",
      });
    }
    return { ...expiry, options: held };
  });
}

const thirtyDaysSeconds = 30 * 86_400;

/** Multipliers of volatility in `up` and `down` scenarios. */
export function volMultipliers(
  secToExpiry: number,
  params: VolShockParams,
): { readonly up: Fixed18; readonly down: Fixed18 } {
  const power = secToExpiry <= thirtyDaysSeconds ? params.shortTermPower : params.longTermPower;
  const seconds = BigInt(Math.max(secToExpiry, params.dteFloor, 1));
  const term = pow((BigInt(thirtyDaysSeconds) * 10n ** 18n) / seconds, power);
  return {
    up: 10n ** 18n + mul(params.volRangeUp, term),
    down: max(0n, 10n ** 18n - mul(params.volRangeDown, term)),
  };
}

/** Sum over strikes of the net short size, calls and puts of a strike added: units of underlying, ≥ 0. */
export function nakedShorts(options: readonly PmOption[]): Fixed18 {
  const byStrike = new Map<Fixed18, Fixed18>();
  for (const { strike, amount } of options) byStrike.set(strike, (byStrike.get(strike) ?? 0n) + amount);
  return sum([...byStrike.values()].map((net) => max(0n, -net)));
}

/** Σ|amount|, units of underlying. */
export const grossOptions = (options: readonly PmOption[]): Fixed18 =>
  sum(options.map(({ amount }) => abs(amount)));

/** The lower of the spot's confidence and, with a position, the perpetual's. */
export const portfolioMinConfidence = ({ spotConfidence, perp }: PmInputs): Fixed18 =>
  perp && perp.position !== 0n ? min(spotConfidence, perp.confidence) : spotConfidence;

/** The lowest confidence of anything that values an expiry. */
export const expiryMinConfidence = (portfolioMin: Fixed18, expiry: ExpiryBook): Fixed18 =>
  [expiry.forwardConfidence, expiry.rateConfidence, ...expiry.options.map((o) => o.volConfidence)].reduce(
    min,
    portfolioMin,
  );
