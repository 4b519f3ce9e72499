import { parseDecimal } from "../../quantity/decimal.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { pm2Margin } from "../../risk/venues/derive/pm2.ts";
import {
  type Pm2Collateral,
  type Pm2Inputs,
  type Pm2Params,
  type Pm2Scenario,
} from "../../risk/venues/derive/pm2-inputs.ts";
import { type PmExpiry, type PmOption } from "../../risk/venues/derive/pm-inputs.ts";
import {
  type Fixed18,
  fixed18FromDecimal,
  formatFixed18,
  one,
  sum,
} from "../../risk/venues/shared/fixed18.ts";
import { type Fields, flagAt, isFields, listAt } from "./case-fields.ts";
import { type Tolerance, withinTolerance } from "./compare.ts";

/** Outputs of the published Derive PM2 examples, as plain decimals. */
export interface PublishedPortfolioMargin {
  readonly netIM: string;
  readonly netMM: string;
  /** Of the options alone. */
  readonly markToMarket: string;
  readonly worstScenarioPnl: string;
  /** Row of the grid, from 0, or `basis`. */
  readonly worstIndex: number | "basis";
}

/** Relative and absolute 1e-6, as the examples state. */
const tieTolerance: Tolerance = { relative: "1e-6", absolute: "1e-6" };

/**
 * Topic `portfolio-margin.full`: Derive PM2 with inputs in plain decimals. What is absent is zero or off.
 *
 * @param grids - scenario grids that inputs refer to by name; rows are [spot shock, volatility shock, dampening].
 * @param expected - the example's outputs: where the row it calls the worst ties with ours, its row is returned.
 * @throws {PlimsollError} `PLM_FIELD` or `PLM_DOMAIN` for malformed inputs.
 */
export function publishedPortfolioMarginFull(
  inputs: Fields,
  grids: unknown,
  expected: Fields = {},
): PublishedPortfolioMargin {
  const book = bookOf(inputs);
  const result = pm2Margin(book, paramsOf(part(inputs, "params"), scenariosOf(inputs["grid"], grids)));
  const basis = result.scenarioPnl.length;
  const stated = expected["worstIndex"];
  const row = typeof stated === "string" && /^\d{1,6}$/.test(stated) ? Number(stated) : stated;
  const named = row === "basis" ? basis : row;
  const there =
    typeof named !== "number"
      ? undefined
      : named === basis
        ? result.basisContingency
        : result.scenarioPnl[named];
  const tied =
    there !== undefined &&
    withinTolerance(formatFixed18(there), formatFixed18(result.worstPnl), tieTolerance);
  const worst = tied && typeof named === "number" ? named : result.worstScenario;
  return {
    netIM: formatFixed18(result.initialMargin),
    netMM: formatFixed18(result.maintenanceMargin),
    markToMarket: formatFixed18(sum(result.expiries.map(({ mtm }) => mtm))),
    worstScenarioPnl: formatFixed18(result.worstPnl),
    worstIndex: worst === basis ? "basis" : worst,
  };
}

function wrong(field: string, value: unknown, limit: string): PlimsollError {
  return new PlimsollError("PLM_FIELD", { field, value, limit, remedy: "Correct the case." });
}

const part = (fields: Fields, key: string): Fields => {
  const value = fields[key] ?? {};
  if (!isFields(value)) throw wrong(key, value, "an object");
  return value;
};

function numberAt(fields: Fields, key: string, otherwise: Fixed18 = 0n): Fixed18 {
  const value = fields[key];
  if (value === undefined || value === null) return otherwise;
  if (typeof value !== "number" && typeof value !== "string") throw wrong(key, value, "a decimal number");
  return fixed18FromDecimal(parseDecimal(value, key));
}

/** Whole seconds: a fraction of a second is cut. */
const secondsAt = (fields: Fields, key: string): number => Number(numberAt(fields, key) / one);

function bookOf(inputs: Fields): Pm2Inputs {
  const perp = part(inputs, "perp");
  const options = listAt(inputs, "options");
  return {
    spotPrice: numberAt(inputs, "spot"),
    spotConfidence: numberAt(inputs, "spotConfidence", one),
    stablePrice: numberAt(inputs, "stablePrice", one),
    cash: numberAt(inputs, "cash"),
    perp: {
      position: numberAt(perp, "size"),
      price: numberAt(perp, "price"),
      confidence: numberAt(perp, "confidence", one),
      unsettledCash: numberAt(perp, "unrealisedPnl") + numberAt(perp, "funding"),
    },
    expiries: options.map(expiryOf),
    options: options.map((option): PmOption => ({
      secToExpiry: secondsAt(option, "secondsToExpiry"),
      strike: numberAt(option, "strike"),
      type: flagAt(option, "call") ? "call" : "put",
      amount: numberAt(option, "size"),
      vol: numberAt(option, "vol"),
      volConfidence: numberAt(option, "confidence", one),
    })),
    collaterals: listAt(inputs, "collaterals").map((collateral): Pm2Collateral => ({
      amount: numberAt(collateral, "amount"),
      price: numberAt(collateral, "price"),
      confidence: numberAt(collateral, "confidence", one),
      riskCancelling: flagAt(collateral, "riskCancelling"),
      mmHaircut: numberAt(collateral, "mmHaircut"),
      imHaircut: numberAt(collateral, "imHaircut"),
    })),
  };
}

/** The examples repeat forward, rate and discount with every option of an expiry. */
function expiryOf(option: Fields): PmExpiry {
  const discount = option["discount"] === undefined ? undefined : numberAt(option, "discount");
  return {
    secToExpiry: secondsAt(option, "secondsToExpiry"),
    forwardFixed: numberAt(option, "forwardFixed"),
    forwardVariable: numberAt(option, "forward") - numberAt(option, "forwardFixed"),
    forwardConfidence: one,
    rate: numberAt(option, "rate"),
    rateConfidence: one,
    ...(discount === undefined ? {} : { discount }),
  };
}

const volShocks: Readonly<Record<string, Pm2Scenario["volShock"]>> = {
  up: "up",
  down: "down",
  none: "none",
  linear: "linear",
  abs: "abs",
};

function scenariosOf(grid: unknown, grids: unknown): readonly Pm2Scenario[] {
  const rows = typeof grid === "string" && isFields(grids) ? grids[grid] : grid;
  if (!Array.isArray(rows)) throw wrong("grid", grid, "the name of one of grids, or an array of rows");
  return rows.map((row: unknown, i): Pm2Scenario => {
    const [spotShock, word, damp]: readonly unknown[] = Array.isArray(row) ? row : [];
    const volShock = typeof word === "string" ? volShocks[word.toLowerCase()] : undefined;
    if (volShock === undefined) throw wrong(`grid[${i}]`, row, "[spot shock, volatility shock, dampening]");
    return {
      spotShock: numberAt({ spotShock }, "spotShock"),
      volShock,
      dampeningFactor: numberAt({ damp }, "damp", one),
    };
  });
}

function paramsOf(params: Fields, scenarios: readonly Pm2Scenario[]): Pm2Params {
  const [vol, margin, basis] = [part(params, "vol"), part(params, "margin"), part(params, "basis")];
  const [other, skew] = [part(params, "other"), part(params, "skew")];
  return {
    scenarios,
    basisContingency: {
      scenarioSpotUp: numberAt(basis, "up", one),
      scenarioSpotDown: numberAt(basis, "down", one),
      basisContAddFactor: numberAt(basis, "add"),
      basisContMultFactor: numberAt(basis, "mult"),
    },
    otherContingency: {
      pegLossThreshold: numberAt(other, "pegThreshold"),
      pegLossFactor: numberAt(other, "pegFactor"),
      confThreshold: numberAt(other, "confThreshold"),
      confMargin: numberAt(other, "confScale"),
      MMPerpPercent: numberAt(other, "mmPerp"),
      IMPerpPercent: numberAt(other, "imPerpExtra"),
      MMOptionPercent: numberAt(other, "mmOption"),
      IMOptionPercent: numberAt(other, "imOptionExtra"),
    },
    margin: {
      imFactor: numberAt(margin, "imFactor", one),
      mmFactor: numberAt(margin, "mmFactor", one),
      shortRateMultScale: numberAt(margin, "shortRateMult"),
      longRateMultScale: numberAt(margin, "longRateMult"),
      shortRateAddScale: numberAt(margin, "shortRateAdd"),
      longRateAddScale: numberAt(margin, "longRateAdd"),
      shortBaseStaticDiscount: numberAt(margin, "discountNeg", one),
      longBaseStaticDiscount: numberAt(margin, "discountPos", one),
    },
    volShock: {
      volRangeUp: numberAt(vol, "up"),
      volRangeDown: numberAt(vol, "down"),
      shortTermPower: numberAt(vol, "shortPower"),
      longTermPower: numberAt(vol, "longPower"),
      // To the nearest second: an hour as a float64 of days is a hair less than an hour.
      dteFloor: Number((numberAt(vol, "dteFloorDays") * 86_400n + one / 2n) / one),
      minVolUpShock: numberAt(vol, "minVolUp"),
    },
    skewShock: {
      linearBaseCap: numberAt(skew, "linearCap"),
      absBaseCap: numberAt(skew, "absCap"),
      linearCBase: numberAt(skew, "linearBase"),
      absCBase: numberAt(skew, "absBase"),
      minKStar: numberAt(skew, "minKStar"),
      widthScale: numberAt(skew, "width"),
      volParamStatic: numberAt(skew, "volStatic"),
      volParamScale: numberAt(skew, "volScale"),
    },
  };
}
