import { PlimsollError } from "../../quantity/error.ts";
import {
  btzoMaintenance,
  halfOfMaxLeverageFraction,
  initialMarginCheck,
  maintenanceMarginPpm,
  openInterestScaledFraction,
  opynNakedMargin,
  scaledAssetWeight,
  sizeDiscountAssetWeight,
  sizePremiumLiabilityWeight,
  type Leg,
} from "../../risk/venues/isolated-formulas/fraction-rules.ts";
import {
  mcsLiquidationPrice,
  phemexLiquidation,
  sideOf,
  simplifiedLiquidationPrice,
  type Side,
} from "../../risk/venues/isolated-formulas/liquidation-price.ts";
import {
  perpetualV1MarginRatio,
  toobitMarginRatio,
} from "../../risk/venues/isolated-formulas/margin-ratio.ts";
import {
  add,
  divide,
  floorOf,
  magnitude,
  multiply,
  negate,
  one,
  rational,
  subtract,
  sumOf,
  zero,
  type Rational,
} from "../../risk/venues/shared/rational.ts";
import { bracketMaintenance } from "../../risk/venues/binance/unified-margin.ts";
import { linearPerpetualMargin, shortOptionMargin } from "../../risk/venues/deribit/standard-rates.ts";
import { marginalCharge } from "../../risk/venues/shared/tiers.ts";
import { type Fields } from "./case-fields.ts";
import { type CaseInputs, wordsOf } from "./published-inputs.ts";

/** What a case says beyond its inputs. */
export interface CaseContext {
  /** Scenario grids of the file, which inputs refer to by name. */
  readonly grids: unknown;
  /** The expected outputs, for the choice between equals only. */
  readonly expected: Fields;
}

/** Computes a topic's outputs from a case's inputs. */
export type Topic = (inputs: CaseInputs, context: CaseContext) => Fields;

const statedSide = (inputs: CaseInputs): Side | undefined => {
  const text = inputs.text("side", "direction");
  return /^(short|sell)/.test(text) ? "short" : /^(long|buy)/.test(text) ? "long" : undefined;
};

/** Size with its sign: a stated side wins over the sign that the number has. */
function signedSize(inputs: CaseInputs, ...names: string[]): Rational {
  const size = inputs.exact(...names);
  const side = statedSide(inputs);
  return side === undefined ? size : side === "short" ? negate(magnitude(size)) : magnitude(size);
}

const maintenanceNames = ["mmr", "maintenanceRate", "maintenanceMarginRate", "mmRate", "mmFraction"] as const;

const liquidationPrice: Topic = (inputs) => {
  const size = inputs.exactIf("size", "quantity", "contracts") ?? one;
  const position = {
    side: sideOf(size, statedSide(inputs)),
    entry: inputs.exact("entry", "entryPrice", "price"),
    leverage: inputs.exact("leverage"),
    maintenanceRate: inputs.exact(...maintenanceNames),
  };
  const named = (price: Rational): Fields => ({ liqPrice: price, liquidationPrice: price });
  if (/phemex/i.test(inputs.system) || (inputs.has("takerFee") && inputs.has("size"))) {
    const stated = inputs.exactIf("positionMargin", "margin");
    const { positionMargin, liquidationPrice, bankruptcyPrice } = phemexLiquidation({
      ...position,
      size: magnitude(size),
      takerFee: inputs.exact("takerFee", "fee"),
      maintenanceAmount: inputs.exact("mmAmount", "maintenanceAmount"),
      ...(stated && { positionMargin: stated }),
    });
    return { ...named(liquidationPrice), positionMargin, margin: positionMargin, bankruptcyPrice };
  }
  if (/mcs/i.test(inputs.system)) return named(mcsLiquidationPrice(position));
  if (/simpl/i.test(inputs.system)) return named(simplifiedLiquidationPrice(position));
  throw unknownSystem(inputs);
};

const concentration: Topic = (inputs) => {
  const value = inputs.exactIf("totalDepositsValue", "depositsValue");
  return {
    weight: scaledAssetWeight(
      inputs.exact("assetWeight", "weight"),
      inputs.exact("scaleStartUsd", "scaleStart"),
      value ?? multiply(inputs.exact("totalDeposits", "deposits"), inputs.exactIf("price") ?? one),
    ),
  };
};

function legOf(inputs: CaseInputs, side: Side): Leg {
  const inner = inputs.inner(side, `${side}Leg`, `${side}Position`);
  if (inner) {
    const size = inner.exact("size", "quantity", "contracts");
    return { size, entry: inner.exactIf("entry", "entryPrice", "price") ?? inputs.exact("mark") };
  }
  const listed = inputs
    .list("legs", "positions", "position")
    .find((leg) => sideOf(leg.exact("size", "quantity", "contracts"), statedSide(leg)) === side);
  if (listed) {
    return {
      size: listed.exact("size", "quantity", "contracts"),
      entry: listed.exactIf("entry", "entryPrice") ?? inputs.exact("mark"),
    };
  }
  const own = Object.keys(inputs.fields).filter((key) => wordsOf(key).includes(side));
  const entryKey = own.find((key) =>
    wordsOf(key).some((word) => ["entry", "price", "average", "avg"].includes(word)),
  );
  const sizeKey = own.find((key) => key !== entryKey);
  if (sizeKey !== undefined) {
    return {
      size: inputs.exact(sizeKey),
      entry: (entryKey === undefined ? undefined : inputs.exactIf(entryKey)) ?? inputs.exact("mark"),
    };
  }
  const single = signedSize(inputs, "size");
  return {
    size: sideOf(single) === side ? single : zero,
    entry: inputs.exact("mark", "markPrice", "price", "entry"),
  };
}

const maintenance: Topic = (inputs) => {
  const rate =
    inputs.exactIf("rate", "totalRate") ??
    sumOf([
      inputs.exact(...maintenanceNames),
      inputs.exact("takerFee", "fee", "feeRate"),
      magnitude(inputs.exact("funding", "fundingRate")),
    ]);
  const mark = inputs.exact("mark", "markPrice", "price", "entry");
  const legs = { long: legOf(inputs, "long"), short: legOf(inputs, "short") };
  const multiplier = inputs.exactIf("multiplier", "contractSize") ?? one;
  const { long, short, total, hedged } = btzoMaintenance({ ...legs, mark, multiplier, rate });
  const sums = { mm: total, maintenanceMargin: total, total, mmTotal: total };
  return { ...sums, mmLong: long, mmShort: short, byLeg: [long, short], hedged };
};

const maintenanceFraction: Topic = (inputs) => {
  if (inputs.has("maxLeverage")) {
    const fraction = halfOfMaxLeverageFraction(inputs.exact("maxLeverage"));
    return {
      mmFraction: fraction,
      maintenanceFraction: fraction,
      imFraction: multiply(fraction, rational(2)),
    };
  }
  const million = rational(1_000_000);
  const inPpm = inputs.has("initialMarginPpm", "baseImfPpm");
  let initial = inputs.exact(
    "initialMarginPpm",
    "baseImfPpm",
    "baseImf",
    "imf",
    "initialMarginFraction",
    "base",
  );
  if (inputs.has("openInterest", "openInterestNotional", "oi")) {
    const scaled = openInterestScaledFraction({
      base: inPpm ? divide(initial, million) : initial,
      openInterest: inputs.exact("openInterest", "openInterestNotional", "oi"),
      lowerCap: inputs.exact("lowerCap", "oiLowerCap", "openInterestLowerCap", "low", "lower"),
      upperCap: inputs.exact("upperCap", "oiUpperCap", "openInterestUpperCap", "high", "upper"),
    });
    initial = inPpm ? floorOf(multiply(scaled, million)) : scaled;
  }
  const maintenancePpm = maintenanceMarginPpm(
    inPpm ? initial : multiply(initial, million),
    inputs.exact("maintenanceFractionPpm", "fractionPpm"),
  );
  return {
    maintenanceMarginPpm: maintenancePpm,
    mmFraction: divide(maintenancePpm, million),
    imf: initial,
    scaledImf: initial,
    adjustedImf: initial,
    oiScaledImf: initial,
    effectiveImf: initial,
    initialMarginFraction: initial,
    initialMarginPpm: initial,
    adjustedInitialMarginPpm: initial,
  };
};

const orderCheck: Topic = (inputs) => {
  const entry = inputs.exactIf("entry", "entryPrice");
  const mark = inputs.exactIf("mark", "markPrice", "price") ?? entry ?? inputs.exact("orderPrice");
  const order = inputs.exact("orderSize", "order", "orderQuantity");
  const selling = /^(short|sell)/.test(inputs.text("orderSide"));
  const check = initialMarginCheck({
    collateral: add(
      inputs.exact("collateral", "cash", "balance", "accountValue"),
      inputs.exactIf("realisedPnl") ?? inputs.exact("realizedPnl"),
    ),
    size: signedSize(inputs, "size", "position", "positionSize", "newSize", "sizeAfter"),
    orderSize: selling ? negate(magnitude(order)) : order,
    entry: entry ?? mark,
    mark,
    initialMarginFraction: inputs.exact("imf", "initialMarginFraction", "imFraction"),
  });
  return {
    ...check,
    imr: check.initialMargin,
    imrAfter: check.initialMargin,
    freeCollateral: subtract(check.accountValue, check.initialMargin),
    meetsImr: check.met,
    orderAccepted: check.accepted,
    allowed: check.accepted,
    requirementMet: check.met,
  };
};

const marginRatio: Topic = (inputs) => {
  if (/toobit/i.test(inputs.system) || (inputs.has("leverage") && inputs.has(...maintenanceNames))) {
    const entry = inputs.exact("entry", "entryPrice");
    const balance = inputs.exactIf("balance", "walletBalance", "accountBalance");
    const result = toobitMarginRatio({
      ...(balance && {
        crossBalance: subtract(balance, inputs.exact("isolatedMargin", "isolatedPositionMargin")),
      }),
      size: signedSize(inputs, "size"),
      entry,
      mark: inputs.exactIf("mark", "markPrice") ?? entry,
      leverage: inputs.exact("leverage"),
      maintenanceRate: inputs.exact(...maintenanceNames),
    });
    return { mm: result.maintenance, maintenanceMargin: result.maintenance, ...result };
  }
  const notional = inputs.exactIf("notional", "positionNotional");
  const twapPnl = inputs.exactIf("twapPnl", "pnl", "unrealisedPnl", "unrealizedPnl");
  const spotPnl = inputs.exactIf("spotPnl");
  const openNotional = inputs.exactIf("openNotional") ?? notional ?? zero;
  const ratio = perpetualV1MarginRatio({
    margin: inputs.exact("margin"),
    size: signedSize(inputs, "size", "positionSize"),
    openNotional,
    premium: inputs.exact("premium", "premiumFraction"),
    ...(notional && { notional }),
    ...(spotPnl && { spotPnl }),
    ...(twapPnl && { twapPnl }),
    ...(inputs.has("quoteReserve") && {
      reserves: { quote: inputs.exact("quoteReserve"), base: inputs.exact("baseReserve") },
    }),
  });
  return { marginRatio: ratio, ratio };
};

const sizeWeight =
  (liability: boolean): Topic =>
  (inputs) => {
    const rule = liability ? sizePremiumLiabilityWeight : sizeDiscountAssetWeight;
    const weight = inputs.exact(liability ? "liabilityWeight" : "assetWeight", "weight", "marginRatio");
    return { weight: rule(weight, inputs.exact("imf", "imfFactor"), inputs.exact("size")) };
  };

const tiers: Topic = (inputs) => {
  const value = Math.abs(inputs.number("positionValue", "notional", "value", "size"));
  const table = inputs.tiers("tiers", "brackets");
  const rate = inputs.numberIf("rate", ...maintenanceNames);
  const maintenanceMargin =
    table.length === 0 && rate !== undefined
      ? bracketMaintenance(value, rate, inputs.number("cum", "cumulative", "maintenanceAmount", "deduction"))
      : marginalCharge(table, value);
  const leverage = inputs.numberIf("leverage");
  return {
    maintenanceMargin,
    mm: maintenanceMargin,
    ...(value > 0 && { averageRate: maintenanceMargin / value }),
    ...(leverage !== undefined && { initialMargin: value / leverage, im: value / leverage }),
  };
};

/** Options sold without cover at Opyn, or at venues with the standard option rule (Deribit; Aevo in quote currency). */
const optionMargin: Topic = (inputs) => {
  const optionType = /put|^p$/.test(inputs.text("optionType", "type", "right")) ? "put" : "call";
  const spot = inputs.exact("spot", "index", "indexPrice", "underlyingPrice");
  const size = inputs.exactIf("size", "quantity", "contracts") ?? one;
  if (/opyn/i.test(inputs.system)) {
    const margin = opynNakedMargin({
      optionType,
      size,
      strike: inputs.exact("strike"),
      spot,
      upperBound: inputs.exact("upperBound", "ub", "upperBoundFactor"),
      shock: inputs.exactIf("spotShock", "shock") ?? one,
    });
    return { margin, initialMargin: margin };
  }
  const inQuote = /aevo/i.test(inputs.system);
  const spotUsd = inputs.number("spot", "index", "indexPrice", "underlyingPrice");
  const mark = inputs.number("mark", "markPrice", "premium");
  const perOption = shortOptionMargin(
    { optionType, mark: inQuote ? mark / spotUsd : mark, strike: inputs.number("strike"), spot: spotUsd },
    {
      initial: inputs.numberIf("initialRate") ?? 0.15,
      initialFloor: inputs.numberIf("initialFloor") ?? 0.1,
      maintenance: inputs.numberIf("maintenanceRate") ?? (inQuote ? 0.1 : 0.075),
    },
  );
  const count = Math.abs(inputs.numberIf("size", "quantity", "contracts") ?? 1) * (inQuote ? spotUsd : 1);
  const initialMargin = perOption.initial * count;
  const maintenanceMargin = perOption.maintenance * count;
  return { initialMargin, maintenanceMargin, im: initialMargin, mm: maintenanceMargin };
};

const linearPerpetual: Topic = (inputs) => {
  const { rate, margin } = linearPerpetualMargin({
    baseRate: inputs.number("baseRate", "base"),
    incrementPerUnit: inputs.number("incrementPerUnit", "increment"),
    size: inputs.number("size", "position"),
    price: inputs.number("price", "mark", "index"),
  });
  return { rate, margin };
};

/** The error of a topic that several systems share, for a system whose rule is not known. */
export const unknownSystem = (inputs: CaseInputs): PlimsollError =>
  new PlimsollError("PLM_UNSUPPORTED", {
    field: "system",
    value: inputs.system,
    limit: `a system whose rule for ${inputs.topic} is implemented`,
    remedy: "Add its rule to the emulations.",
  });

/** Topics of one position or one account, by name. */
export const isolatedTopics: ReadonlyMap<string, Topic> = new Map([
  ["liquidation.price", liquidationPrice],
  ["margin.concentration", concentration],
  ["margin.mm", maintenance],
  ["margin.mm-fraction", maintenanceFraction],
  ["margin.im-fraction", maintenanceFraction],
  ["margin.imf", maintenanceFraction],
  ["margin.oi-scaled", maintenanceFraction],
  ["margin.oi-scaled-imf", maintenanceFraction],
  ["margin.order-check", orderCheck],
  ["margin.ratio", marginRatio],
  ["margin.size-discount", sizeWeight(false)],
  ["margin.size-premium", sizeWeight(true)],
  ["margin.tiers", tiers],
  ["margin.naked-option", optionMargin],
  ["margin.option", optionMargin],
  ["standard-margin.option", optionMargin],
  ["standard-margin.options", optionMargin],
  ["standard-margin.short-option", optionMargin],
  ["standard-margin.linear-perp", linearPerpetual],
  ["standard-margin.perp", linearPerpetual],
]);

/** The error of a topic that has no rule here. */
export const unknownTopic = (topic: string): PlimsollError =>
  new PlimsollError("PLM_UNSUPPORTED", {
    field: "topic",
    value: topic,
    limit: "a topic whose rule is implemented",
    remedy: "Add its rule to the emulations.",
  });
