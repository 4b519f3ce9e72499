import { counterReserveCeil } from "../../clearing/vamm/constant-product.ts";
import {
  cumulated,
  fundingPayments,
  marginAfter,
  maxAbsFundingPpm,
  statedFundingRate,
} from "../../clearing/peers/stated-formulas/funding.ts";
import {
  aaveCloseFactor,
  hyperliquidCurve,
  hyperliquidThreshold,
  loanCheck,
  type StatedCurve,
  statedRate,
} from "../../clearing/peers/stated-formulas/lending.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { parseDecimal } from "../../quantity/decimal.ts";
import { fixed18FromDecimal, formatFixed18, type Fixed18 } from "../../risk/venues/shared/fixed18.ts";
import {
  add,
  divide,
  multiply,
  negate,
  one,
  rational,
  subtract,
  zero,
  type Rational,
} from "../../risk/venues/shared/rational.ts";
import { isFields } from "./case-fields.ts";
import { type CaseInputs } from "./published-inputs.ts";
import { type Topic, unknownSystem } from "./published-isolated.ts";

/** A number, or each number of a list, exactly; none when absent. */
function exactList(inputs: CaseInputs, ...names: string[]): readonly Rational[] {
  const value = inputs.raw(...names);
  if (value === undefined) return [];
  const items: readonly unknown[] = Array.isArray(value)
    ? value
    : isFields(value)
      ? Object.values(value)
      : [value];
  return items.map((item) => rational(typeof item === "number" ? item : String(item), `inputs.${names[0]}`));
}

const swapKinds = ["quoteIn", "quoteOut", "baseIn", "baseOut"] as const;
type SwapKind = (typeof swapKinds)[number];

/** The kind of a swap and its amount, as `{ kind, amount }` or as `{ quoteIn: amount }`. */
function swapOf(inputs: CaseInputs): { readonly kind: SwapKind; readonly amount: Fixed18 } {
  const letters = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, "");
  const word = letters(inputs.text("kind", "type", "operation", "op"));
  const kind =
    swapKinds.find((candidate) => letters(candidate) === word) ??
    swapKinds.find((candidate) => inputs.has(candidate));
  if (kind === undefined) {
    throw new PlimsollError("PLM_FIELD", {
      field: "inputs.kind",
      value: inputs.raw("kind"),
      limit: `one of ${swapKinds.join(", ")}`,
      remedy: "Correct the case's inputs.",
    });
  }
  const amount = inputs.raw("amount", kind, "size") ?? 0;
  return { kind, amount: fixed18(amount, "inputs.amount") };
}

const fixed18 = (value: unknown, field: string): Fixed18 =>
  fixed18FromDecimal(parseDecimal(typeof value === "number" ? value : String(value), field));

/** One of the two reserves: by its own name, in a table of reserves, or by its place in a list of quote and base. */
function reserveOf(inputs: CaseInputs, side: "quote" | "base"): Fixed18 {
  const field = `${side}Reserve`;
  const listed = inputs.raw("reserves");
  const places: readonly unknown[] = Array.isArray(listed) ? listed : [];
  const value =
    inputs.fields[`reserve${side === "quote" ? "Quote" : "Base"}`] ??
    inputs.raw(field, `${field}Before`, `initial${field}`) ??
    (isFields(listed) ? listed[side] : places[side === "quote" ? 0 : 1]);
  return fixed18(value ?? 0, `inputs.${field}`);
}

const swaps: Topic = (inputs) => {
  let quote = reserveOf(inputs, "quote");
  let base = reserveOf(inputs, "base");
  const steps = inputs.list("steps", "swaps", "trades");
  const others: string[] = [];
  for (const { kind, amount } of (steps.length > 0 ? steps : [inputs]).map(swapOf)) {
    const product = quote * base;
    const [quoteBefore, baseBefore] = [quote, base];
    if (kind === "quoteIn" || kind === "quoteOut") {
      quote += kind === "quoteIn" ? amount : -amount;
      base = counterReserveCeil(product, quote);
    } else {
      base += kind === "baseIn" ? amount : -amount;
      quote = counterReserveCeil(product, base);
    }
    const moved = kind.startsWith("quote") ? base - baseBefore : quote - quoteBefore;
    others.push(formatFixed18(moved < 0n ? -moved : moved));
  }
  const reservesAfter = [formatFixed18(quote), formatFixed18(base)];
  const [quoteReserveAfter, baseReserveAfter] = reservesAfter;
  const price = divide(rational(quote), rational(base), "base reserve after the swaps");
  return {
    amountOther: others.at(-1),
    amountsOther: others,
    reservesAfter,
    quoteReserveAfter,
    baseReserveAfter,
    priceAfter: price,
    spotPriceAfter: price,
  };
};

/** Premium per unit of each period: stated, a rate of the price, or what the time-weighted mark lies above the index, for its part of the day. */
function premiumsOf(inputs: CaseInputs): readonly Rational[] {
  const stated = exactList(inputs, "premiums", "premium", "premiumFractions", "premiumFraction");
  if (stated.length > 0) return stated;
  const price = inputs.exactIf("price", "oraclePrice", "markPrice", "indexPrice");
  const rates = exactList(inputs, "rates", "rate", "fundingRates", "fundingRate", "rateHourly");
  if (price && rates.length > 0) return rates.map((rate) => multiply(rate, price));
  const marks = exactList(inputs, "twapMark", "markTwap", "mark", "markPrice");
  const indices = exactList(inputs, "twapIndex", "indexTwap", "index", "indexPrice", "oracleTwap", "oracle");
  const period = inputs.exactIf("fundingPeriod", "fundingPeriodSeconds", "periodSeconds");
  const share = period ? divide(period, rational(86_400)) : one;
  return marks.map((mark, i) => multiply(subtract(mark, indices[i] ?? indices.at(-1) ?? zero), share));
}

const payments: Topic = (inputs) => {
  const premiums = premiumsOf(inputs);
  const sizes = exactList(inputs, "sizes", "size", "positions", "position", "positionSize");
  const margins = exactList(inputs, "margins", "margin");
  const totals = cumulated(premiums);
  const premium = totals.at(-1) ?? zero;
  const { payments: paid, fundChange } = fundingPayments(sizes, premium);
  const after = (position: number, total: Rational): Rational =>
    marginAfter(margins[position] ?? zero, multiply(sizes[position] ?? zero, total)).shown;
  // One position through several periods shows its margin after each, several positions theirs after all.
  const shown =
    sizes.length === 1 && premiums.length > 1
      ? totals.map((total) => after(0, total))
      : sizes.map((_, position) => after(position, premium));
  const fund = inputs.exactIf("insuranceFund", "fund");
  const pool = inputs.exactIf("pool", "vault", "clearingHouse");
  const ratePerUnit = inputs.exactIf("twapIndex", "indexTwap", "index", "indexPrice");
  return {
    premiumFraction: premium,
    premium,
    cumulativePremiumFraction: premium,
    cumulativePremiumFractions: totals,
    payments: paid,
    payment: paid.length === 1 ? paid[0] : undefined,
    margins: shown,
    margin: shown.at(-1),
    insuranceFund: fund && add(fund, fundChange),
    insuranceFundChange: fundChange,
    pool: pool && subtract(pool, fundChange),
    poolChange: negate(fundChange),
    fundingRate:
      ratePerUnit && ratePerUnit.numerator !== 0n && premiums.length === 1
        ? divide(premium, ratePerUnit)
        : undefined,
  };
};

const badDebt: Topic = (inputs) => {
  const premium = cumulated(premiumsOf(inputs)).at(-1) ?? zero;
  const paid = multiply(inputs.exact("size", "position", "positionSize"), premium);
  const margin = inputs.exact("margin");
  const { shown, badDebt: debt } = marginAfter(margin, paid);
  return {
    payment: negate(paid),
    marginShown: shown,
    margin: shown,
    badDebt: debt,
    premiumFraction: premium,
  };
};

const rate: Topic = (inputs) => {
  const index = inputs.exactIf("index", "indexPrice", "oracle", "oraclePrice", "spot");
  const bid = inputs.exactIf("impactBid", "impactBidPrice");
  const ask = inputs.exactIf("impactAsk", "impactAskPrice");
  const positive = (value: Rational): Rational => (value.numerator > 0n ? value : zero);
  const impact =
    index &&
    (bid ?? ask) &&
    divide(
      subtract(positive(subtract(bid ?? index, index)), positive(subtract(index, ask ?? index))),
      index,
      "index",
    );
  const premium = inputs.exactIf("premium", "averagePremium", "premiumIndex") ?? impact ?? zero;
  const cap = inputs.exactIf("hourlyCap", "cap", "maxRateHourly", "maxHourlyRate", "maxRate");
  const { rate: whole, rateHourly } = statedFundingRate({
    premium,
    interest: inputs.exact("interest", "interestRate"),
    clamp: inputs.exact("clamp", "clampRate"),
    // Rates are for eight hours where a case doesn't say.
    hourlyDivisor: inputs.exactIf("hourlyDivisor", "divisor") ?? rational(8),
    ...(cap && { hourlyCap: cap }),
  });
  const size = inputs.exactIf("size", "position", "positionSize");
  const price = index ?? inputs.exactIf("price", "mark", "markPrice");
  return {
    premium,
    rate8h: whole,
    rate: whole,
    fundingRate: whole,
    rateHourly,
    hourlyRate: rateHourly,
    fundingRateHourly: rateHourly,
    payment: size && price && multiply(multiply(size, price), rateHourly),
  };
};

const clamp: Topic = (inputs) => {
  const million = rational(1_000_000);
  if (inputs.has("clampFactorPpm", "initialMarginPpm")) {
    const ppm = maxAbsFundingPpm(
      inputs.exact("clampFactorPpm", "fundingRateClampFactorPpm"),
      inputs.exact("initialMarginPpm"),
      inputs.exact("maintenanceFractionPpm"),
    );
    return { maxAbsFundingPpm: ppm, maxAbsFunding: divide(ppm, million) };
  }
  const initial = inputs.exact("initialMargin", "imf", "initialMarginFraction");
  const kept = inputs.exactIf("maintenanceMargin", "mmf", "maintenanceMarginFraction");
  const maintenance = kept ?? multiply(initial, inputs.exact("maintenanceFraction"));
  const bound = multiply(inputs.exact("clampFactor", "clamp"), subtract(initial, maintenance));
  return { maxAbsFunding: bound, maxAbsFundingPpm: multiply(bound, million) };
};

/** The curve that a case states, by slopes per unit of utilisation or over each leg, or the one of its system. */
function curveOf(inputs: CaseInputs): StatedCurve {
  const optimum = inputs.exactIf(
    "optimalUtilization",
    "optimalUtilisation",
    "optimalUtil",
    "kink",
    "optimal",
    "threshold",
  );
  const minRate = inputs.exactIf("minRate", "baseRate", "base", "baseBorrowRate");
  const perUnit = inputs.exactIf("rateMultiplier", "multiplier", "slope");
  const perUnitAbove = inputs.exactIf("highRateMultiplier", "jumpMultiplier", "slopeAbove", "highSlope");
  const legs = [
    inputs.exactIf("slope1", "variableRateSlope1"),
    inputs.exactIf("slope2", "variableRateSlope2"),
  ];
  if (legs.some((leg) => leg !== undefined)) {
    const kink = optimum ?? zero;
    const rest = subtract(one, kink);
    const over = (rise: Rational | undefined, run: Rational): Rational =>
      rise && run.numerator !== 0n ? divide(rise, run) : zero;
    return {
      minRate: minRate ?? zero,
      slopeToOptimum: over(legs[0], kink),
      slopeAbove: over(legs[1], rest),
      optimalUtilisation: kink,
    };
  }
  if (/hyperliquid/i.test(inputs.system)) {
    return {
      minRate: minRate ?? hyperliquidCurve.minRate,
      slopeToOptimum: zero,
      slopeAbove: perUnitAbove ?? perUnit ?? hyperliquidCurve.slopeAbove,
      optimalUtilisation: optimum ?? hyperliquidCurve.optimalUtilisation,
    };
  }
  if (!minRate && !perUnit && !perUnitAbove) throw unknownSystem(inputs);
  return {
    minRate: minRate ?? zero,
    slopeToOptimum: perUnit ?? zero,
    slopeAbove: perUnitAbove ?? perUnit ?? zero,
    optimalUtilisation: optimum ?? one,
  };
}

const lendingRate: Topic = (inputs) => {
  const supplied = inputs.exactIf("supply", "supplied", "totalSupply", "deposits", "totalDeposits");
  const borrowed = inputs.exactIf("borrow", "borrowed", "totalBorrow", "debt", "totalDebt");
  const computed = supplied && borrowed && supplied.numerator !== 0n ? divide(borrowed, supplied) : zero;
  const use = inputs.exactIf("utilization", "utilisation", "util", "u") ?? computed;
  const borrowRate = statedRate(curveOf(inputs), use);
  const reserve = inputs.exact("reserveFactor", "reserveShare", "feeFraction");
  const supplyRate = multiply(multiply(borrowRate, use), subtract(one, reserve));
  return {
    utilization: use,
    utilisation: use,
    apy: borrowRate,
    apr: borrowRate,
    rate: borrowRate,
    borrowRate,
    borrowApy: borrowRate,
    borrowApr: borrowRate,
    supplyRate,
    supplyApy: supplyRate,
    supplyApr: supplyRate,
  };
};

const threshold: Topic = (inputs) => {
  if (!/hyperliquid/i.test(inputs.system)) throw unknownSystem(inputs);
  const liquidationThreshold = hyperliquidThreshold(inputs.exact("ltv", "loanToValue", "maxLtv"));
  return { liquidationThreshold, threshold: liquidationThreshold };
};

const closeFactor: Topic = (inputs) => {
  const factor = aaveCloseFactor(
    inputs.exact("healthFactor", "hf"),
    inputs.exactIf("threshold", "closeFactorThreshold", "healthFactorThreshold") ?? rational("0.95"),
    inputs.exactIf("defaultCloseFactor", "usualCloseFactor") ?? rational("0.5"),
  );
  const debt = inputs.exactIf("debt", "borrow", "totalDebt");
  const repayable = debt && multiply(debt, factor);
  return { closeFactor: factor, maxLiquidatableDebt: repayable, maxRepay: repayable };
};

const eMode: Topic = (inputs) => {
  const price = inputs.exactIf("price", "collateralPrice") ?? one;
  const ltv = inputs.exactIf("emodeLtv", "categoryLtv") ?? inputs.exact("ltv", "loanToValue");
  const liquidationThreshold =
    inputs.exactIf("emodeLiquidationThreshold", "emodeThreshold", "categoryLiquidationThreshold") ??
    inputs.exact("liquidationThreshold", "threshold", "lt");
  const debt = inputs.exact("borrow", "debt", "borrows", "totalDebt");
  const collateral = multiply(inputs.exact("collateral", "collateralValue", "collateralAmount"), price);
  const check = loanCheck(collateral, debt, ltv, liquidationThreshold);
  const available = subtract(check.maxBorrow, debt);
  return {
    ...check,
    borrowAllowed: check.allowed,
    availableBorrow: available.numerator < 0n ? zero : available,
    healthy: check.healthFactor === undefined || compareToOne(check.healthFactor) >= 0,
    liquidatable: check.healthFactor !== undefined && compareToOne(check.healthFactor) < 0,
  };
};

const compareToOne = ({ numerator, denominator }: Rational): number =>
  numerator > denominator ? 1 : numerator < denominator ? -1 : 0;

/** Topics of virtual AMMs, funding and lending, by name. */
export const clearingTopics: ReadonlyMap<string, Topic> = new Map([
  ["vamm.swap", swaps],
  ["funding.payment", payments],
  ["funding.bad-debt", badDebt],
  ["funding.rate", rate],
  ["funding.clamp", clamp],
  ["lending.rate", lendingRate],
  ["lending.threshold", threshold],
  ["lending.close-factor", closeFactor],
  ["lending.e-mode", eMode],
]);
