import { parseDecimal } from "../../../quantity/decimal.ts";
import { PlimsollError } from "../../../quantity/error.ts";
import { type Fixed18, fixed18FromDecimal } from "../shared/fixed18.ts";
import { type Pm1Params, type Pm1Scenario } from "./pm1-inputs.ts";
import { type Pm2Params, type Pm2Scenario } from "./pm2-inputs.ts";
import { type BasisParams, type PegParams, type VolShockParams } from "./pm-inputs.ts";
import { type DepegParams, type StandardMarketParams } from "./standard.ts";

/** How a sheet writes its numbers. */
export type NumberReader = (value: unknown, field: string) => Fixed18;

/** Plain decimals, `"0.15"` or `0.15`: how parameter documents write them. */
export const readDecimal: NumberReader = (value, field) => {
  if (typeof value !== "string" && typeof value !== "number") throw wrong(field, value, "a decimal number");
  return bounded(fixed18FromDecimal(parseDecimal(value, field)), field, value);
};

/** Integers in strings, `"150000000000000000"`: how contracts return them. */
export const readRaw: NumberReader = (value, field) => {
  if (typeof value !== "string" || !/^-?\d{1,60}$/.test(value)) {
    throw wrong(field, value, "an integer in a string, 18 decimals fixed");
  }
  return bounded(BigInt(value), field, value);
};

/** No published parameter comes near: it keeps every product and exponential of the emulations in bounds. */
const largest: Fixed18 = 10_000n * 10n ** 18n;
/** The venue allows 40. */
const mostScenarios = 256;

function bounded(number: Fixed18, field: string, value: unknown): Fixed18 {
  if (number > largest || number < -largest) throw wrong(field, value, "a number within ±10000");
  return number;
}

function wrong(field: string, value: unknown, limit: string): PlimsollError {
  return new PlimsollError("PLM_FIELD", { field, value, limit, remedy: "Correct the parameter sheet." });
}

/** One object of a sheet, read field by field. */
export interface SheetReader {
  fixed(key: string): Fixed18;
  /** A number ≥ 0. */
  atLeastZero(key: string): Fixed18;
  seconds(key: string): number;
  word<W extends string>(key: string, allowed: readonly W[]): W;
  child(key: string): SheetReader;
  list(key: string): readonly SheetReader[];
}

/** @throws {PlimsollError} `PLM_FIELD` when `value` is not an object; each method likewise, for its field. */
export function sheetReader(value: unknown, field: string, number: NumberReader): SheetReader {
  if (!isRecord(value)) throw wrong(field === "" ? "sheet" : field, value, "an object");
  const path = (key: string): string => (field === "" ? key : `${field}.${key}`);
  const at = (key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
  const fixed = (key: string): Fixed18 => number(at(key), path(key));
  return {
    fixed,
    atLeastZero(key) {
      const result = fixed(key);
      if (result < 0n) throw wrong(path(key), at(key), "a number ≥ 0");
      return result;
    },
    seconds(key) {
      const seconds = at(key);
      if (typeof seconds !== "number" || !Number.isSafeInteger(seconds) || seconds < 0 || seconds > 1e10) {
        throw wrong(path(key), seconds, "a whole number of seconds from 0 to 1e10");
      }
      return seconds;
    },
    word(key, allowed) {
      const found = allowed.find((candidate) => candidate === at(key));
      if (found === undefined) throw wrong(path(key), at(key), `one of ${allowed.join(", ")}`);
      return found;
    },
    child: (key) => sheetReader(at(key), path(key), number),
    list(key) {
      const items = at(key);
      if (!Array.isArray(items) || items.length > mostScenarios) {
        throw wrong(path(key), items, `an array of at most ${mostScenarios} entries`);
      }
      return items.map((item: unknown, i) => sheetReader(item, `${path(key)}[${i}]`, number));
    },
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const basisOf = (sheet: SheetReader): BasisParams => ({
  scenarioSpotUp: sheet.atLeastZero("scenarioSpotUp"),
  scenarioSpotDown: sheet.atLeastZero("scenarioSpotDown"),
  basisContAddFactor: sheet.fixed("basisContAddFactor"),
  basisContMultFactor: sheet.fixed("basisContMultFactor"),
});

const pegOf = (sheet: SheetReader): PegParams => ({
  pegLossThreshold: sheet.fixed("pegLossThreshold"),
  pegLossFactor: sheet.fixed("pegLossFactor"),
  confThreshold: sheet.fixed("confThreshold"),
  confMargin: sheet.fixed("confMargin"),
});

const volShockOf = (sheet: SheetReader): VolShockParams => ({
  volRangeUp: sheet.fixed("volRangeUp"),
  volRangeDown: sheet.fixed("volRangeDown"),
  shortTermPower: sheet.fixed("shortTermPower"),
  longTermPower: sheet.fixed("longTermPower"),
  dteFloor: sheet.seconds("dteFloor"),
});

/** @throws {PlimsollError} `PLM_FIELD` naming the field. */
export function readPm1Params(sheet: SheetReader): Pm1Params {
  const other = sheet.child("otherContingency");
  const margin = sheet.child("margin");
  return {
    basisContingency: basisOf(sheet.child("basisContingency")),
    otherContingency: {
      ...pegOf(other),
      basePercent: other.fixed("basePercent"),
      perpPercent: other.fixed("perpPercent"),
      optionPercent: other.fixed("optionPercent"),
    },
    margin: {
      imFactor: margin.fixed("imFactor"),
      baseStaticDiscount: margin.fixed("baseStaticDiscount"),
      rateMultScale: margin.fixed("rateMultScale"),
      rateAddScale: margin.fixed("rateAddScale"),
    },
    volShock: volShockOf(sheet.child("volShock")),
    scenarios: sheet.list("scenarios").map((row): Pm1Scenario => ({
      spotShock: row.atLeastZero("spotShock"),
      volShock: row.word("volShock", ["none", "up", "down"]),
    })),
  };
}

/** @throws {PlimsollError} `PLM_FIELD` naming the field. */
export function readPm2Params(sheet: SheetReader): Pm2Params {
  const other = sheet.child("otherContingency");
  const margin = sheet.child("margin");
  const vol = sheet.child("volShock");
  const skew = sheet.child("skewShock");
  return {
    basisContingency: basisOf(sheet.child("basisContingency")),
    otherContingency: {
      ...pegOf(other),
      MMPerpPercent: other.fixed("MMPerpPercent"),
      IMPerpPercent: other.fixed("IMPerpPercent"),
      MMOptionPercent: other.fixed("MMOptionPercent"),
      IMOptionPercent: other.fixed("IMOptionPercent"),
    },
    margin: {
      imFactor: margin.fixed("imFactor"),
      mmFactor: margin.fixed("mmFactor"),
      shortRateMultScale: margin.fixed("shortRateMultScale"),
      longRateMultScale: margin.fixed("longRateMultScale"),
      shortRateAddScale: margin.fixed("shortRateAddScale"),
      longRateAddScale: margin.fixed("longRateAddScale"),
      shortBaseStaticDiscount: margin.fixed("shortBaseStaticDiscount"),
      longBaseStaticDiscount: margin.fixed("longBaseStaticDiscount"),
    },
    volShock: { ...volShockOf(vol), minVolUpShock: vol.fixed("minVolUpShock") },
    skewShock: {
      linearBaseCap: skew.fixed("linearBaseCap"),
      absBaseCap: skew.fixed("absBaseCap"),
      linearCBase: skew.fixed("linearCBase"),
      absCBase: skew.fixed("absCBase"),
      minKStar: skew.fixed("minKStar"),
      widthScale: skew.fixed("widthScale"),
      volParamStatic: skew.fixed("volParamStatic"),
      volParamScale: skew.fixed("volParamScale"),
    },
    scenarios: sheet.list("scenarios").map((row): Pm2Scenario => ({
      spotShock: row.atLeastZero("spotShock"),
      volShock: row.word("volShock", ["none", "up", "down", "linear", "abs"]),
      dampeningFactor: row.fixed("dampeningFactor"),
    })),
  };
}

/** @throws {PlimsollError} `PLM_FIELD` naming the field. */
export function readStandardMarketParams(sheet: SheetReader): StandardMarketParams {
  const perp = sheet.child("perp");
  const option = sheet.child("option");
  const oracle = sheet.child("oracleContingency");
  const base = sheet.child("base");
  return {
    perp: { mmPerpReq: perp.fixed("mmPerpReq"), imPerpReq: perp.fixed("imPerpReq") },
    option: {
      maxSpotReq: option.fixed("maxSpotReq"),
      minSpotReq: option.fixed("minSpotReq"),
      mmCallSpotReq: option.fixed("mmCallSpotReq"),
      mmPutSpotReq: option.fixed("mmPutSpotReq"),
      MMPutMtMReq: option.fixed("MMPutMtMReq"),
      unpairedIMScale: option.fixed("unpairedIMScale"),
      unpairedMMScale: option.fixed("unpairedMMScale"),
      mmOffsetScale: option.fixed("mmOffsetScale"),
    },
    oracleContingency: {
      perpThreshold: oracle.fixed("perpThreshold"),
      optionThreshold: oracle.fixed("optionThreshold"),
      baseThreshold: oracle.fixed("baseThreshold"),
      OCFactor: oracle.fixed("OCFactor"),
    },
    base: { marginFactor: base.fixed("marginFactor"), IMScale: base.fixed("IMScale") },
  };
}

/** @throws {PlimsollError} `PLM_FIELD` naming the field. */
export const readDepegParams = (sheet: SheetReader): DepegParams => ({
  threshold: sheet.fixed("threshold"),
  depegFactor: sheet.fixed("depegFactor"),
});
