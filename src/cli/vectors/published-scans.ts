import {
  acrossBuckets,
  bucketMargin,
  concentrationFactor,
  fxDeltaMargin,
  weighSensitivity,
} from "../../risk/venues/simm/aggregation.ts";
import {
  combinedCommodityRequirement,
  scanRangePoints,
  scanRisk,
  type ScannedPosition,
} from "../../risk/venues/span/scan.ts";
import { isFields } from "./case-fields.ts";
import { canonicalName, type CaseInputs, wordsOf } from "./published-inputs.ts";
import { type Topic } from "./published-isolated.ts";

const isNumeric = (value: unknown): boolean =>
  typeof value === "number" || (typeof value === "string" && value !== "" && Number.isFinite(Number(value)));
const isVector = (value: unknown): value is readonly (number | string)[] =>
  Array.isArray(value) && value.length > 0 && value.every(isNumeric);

const positionLists: readonly string[] = ["position", "size", "quantity"];
const positionNames = ["position", "size", "quantity", "qty", "contracts", "lots", "amount"] as const;

/** What is left of a field's name without the words that say what kind of field it is. */
const ownerOf = (name: string): string =>
  canonicalName(name)
    .split("-")
    .filter((word) => !["risk", "array", "position", "size", "quantity", "contract"].includes(word))
    .join("-");

/**
 * The instruments of a scan case, however it lists them: objects with an array and a position, tables of arrays and
 * of positions, or pairs of fields such as `callArray` and `callPosition`. A missing position is one long.
 */
function scannedPositions(inputs: CaseInputs): readonly ScannedPosition[] {
  const entries = Object.entries(inputs.fields);
  const itemsOf = (value: unknown): readonly unknown[] =>
    Array.isArray(value) ? value : isFields(value) ? Object.values(value) : [];
  const objects = entries.flatMap(([, value]) => [value, ...itemsOf(value)]).filter(isFields);
  const listed = objects.flatMap((fields): readonly ScannedPosition[] => {
    const vectors = Object.values(fields).filter(isVector);
    const numbers = Object.keys(fields).filter((key) => isNumeric(fields[key]));
    // Two vectors side by side are a table of instruments, not one instrument.
    if (vectors.length !== 1 || numbers.length === 0) return [];
    const name = positionNames.find((candidate) => numbers.includes(candidate)) ?? numbers[0];
    const position = name === undefined ? 1 : Number(fields[name]);
    return vectors.map((vector) => ({ riskArray: vector.map(Number), position }));
  });
  if (listed.length > 0) return listed;
  const counts = positionsByOwner(inputs);
  const table = entries.find(([, value]) => itemsOf(value).length > 0 && itemsOf(value).every(isVector));
  const rows: readonly (readonly [string, unknown])[] = table
    ? Object.entries(table[1] ?? {})
    : entries.filter(([key]) => !positionLists.includes(canonicalName(key)));
  return rows
    .filter(([, value]) => isVector(value))
    .map(([key, value], place) => ({
      riskArray: itemsOf(value).map(Number),
      position: counts.get(ownerOf(key)) ?? counts.get(`#${place}`) ?? counts.get("") ?? unitOf(key),
    }));
}

/** One unit, on the side that the instrument's name says: `shortCall` is one sold. */
const unitOf = (name: string): 1 | -1 => (wordsOf(name).includes("short") ? -1 : 1);

/** How many units of each instrument: by its name, by its place in a list (`#0`), or for all of them (no name). */
function positionsByOwner(inputs: CaseInputs): ReadonlyMap<string, number> {
  const stated = inputs.raw(...positionNames);
  const named = inputs.list(...positionNames).map((row): [string, unknown] => {
    const name = Object.values(row.fields).find((value) => typeof value === "string" && !isNumeric(value));
    return [String(name), row.numberIf(...positionNames)];
  });
  const byName = Array.isArray(stated) ? named : isFields(stated) ? Object.entries(stated) : [];
  const byPlace = Array.isArray(stated) ? stated.map((count, i) => [`#${i}`, count] as const) : [];
  const single = Object.entries(inputs.fields);
  return new Map(
    [...single, ...byName]
      .map(([key, count]) => [ownerOf(key), count] as const)
      .concat(byPlace)
      .filter(([, count]) => isNumeric(count))
      .map(([owner, count]) => [owner, Number(count)]),
  );
}

const scan: Topic = (inputs) => ({ ...scanRisk(scannedPositions(inputs)) });

const scanRange: Topic = (inputs) => {
  const pointValue = inputs.numberIf("pointValue", "multiplier", "contractMultiplier") ?? 1;
  const range = inputs.numberIf(
    "priceScanRangeUsd",
    "priceScanRange",
    "psr",
    "maintenanceMargin",
    "margin",
    "scanRange",
  );
  const points = range === undefined ? inputs.number("points") : scanRangePoints(range, pointValue);
  const price = inputs.numberIf("price", "futuresPrice", "index");
  const vol = inputs.numberIf("iv", "impliedVol", "vol", "volatility");
  const volRange = inputs.number("volatilityScanRange", "volScanRange", "vsr");
  return {
    points,
    ...(vol !== undefined && { volUp: vol * (1 + volRange), volDown: vol * (1 - volRange) }),
    scanRangePoints: points,
    priceScanRangeUsd: points * pointValue,
    ...(price !== undefined && {
      fraction: points / price,
      rate: points / price,
      priceUp: price + points,
      priceDown: price - points,
    }),
  };
};

const requirement: Topic = (inputs) => {
  const positions = scannedPositions(inputs);
  const scanned = scanRisk(positions);
  const result = combinedCommodityRequirement({
    scanRisk: inputs.numberIf("scanRisk", "scanningRisk") ?? scanned.scanRisk,
    intraCommodityCharge: inputs.number(
      "intraCommodityCharge",
      "intraCommoditySpreadCharge",
      "calendarSpreadCharge",
      "interMonthSpreadCharge",
    ),
    deliveryCharge: inputs.number("deliveryCharge", "spotMonthCharge", "deliveryMonthCharge"),
    interCommodityCredit: inputs.number("interCommodityCredit", "interCommoditySpreadCredit"),
    shortOptionMinimum: inputs.number("shortOptionMinimum", "som"),
    netOptionValue: inputs.number("netOptionValue", "nov"),
  });
  return { ...scanned, ...result, spanRequirement: result.risk, totalRequirement: result.requirement };
};

const bucket: Topic = (inputs) => {
  const net = inputs.table("sensitivities", "sensitivitiesNet");
  const keys = [...net.keys()];
  const sensitivities = inputs.numbers("sensitivities", "sensitivitiesNet");
  const weights = inputs.numbers("riskWeight", "riskWeights");
  const thresholds = inputs.numbers("concentrationThreshold", "concentrationThresholds", "threshold");
  const byKey = inputs.table("concentrationThreshold", "concentrationThresholds", "threshold");
  const weighted = sensitivities.map((sensitivity, i) => {
    const key = keys[i];
    const threshold =
      byKey.size > 0 && key !== undefined
        ? byKey.get(key)
        : thresholds.length === 1
          ? thresholds[0]
          : thresholds[i];
    return weighSensitivity(
      sensitivity,
      weights.length === 1 ? (weights[0] ?? 1) : (weights[i] ?? 1),
      threshold,
    );
  });
  const margin = bucketMargin(weighted, inputs.correlation("rho", "correlation"));
  const total = weighted.reduce((sum, { weighted: value }) => sum + value, 0);
  return {
    margin,
    k: margin,
    weighted: weighted.map((entry) => entry.weighted),
    sum: total,
    concentration: weighted.map((entry) => entry.concentration),
  };
};

const fxDelta: Topic = (inputs) => {
  const weight = inputs.inner("riskWeight", "riskWeights");
  const rho = inputs.inner("rho", "correlation");
  const flat = inputs.numberIf.bind(inputs);
  const listed = inputs.raw("highVol", "highVolatility");
  const threshold = inputs.raw("concentrationThreshold", "concentrationThresholds");
  const net = inputs.table("sensitivitiesNet", "sensitivities");
  const thresholds = isFields(threshold)
    ? inputs.table("concentrationThreshold", "concentrationThresholds")
    : new Map([...net.keys()].map((key) => [key, Number(threshold ?? 0)]));
  const regular = weight?.number("regular") ?? flat("riskWeight") ?? 0;
  const single = weight || rho ? 0 : (flat("rho") ?? 0);
  const calculationCurrency = inputs.raw("calcCurrency", "calculationCurrency");
  const margin = fxDeltaMargin(net, {
    calculationCurrency: typeof calculationCurrency === "string" ? calculationCurrency : "",
    highVolatility: new Set(Array.isArray(listed) ? listed.map(String) : []),
    riskWeight: { regular, high: weight?.numberIf("high") ?? regular },
    correlation: {
      regReg: rho?.number("regReg") ?? single,
      regHigh: rho?.number("regHigh", "highReg") ?? single,
      highHigh: rho?.number("highHigh") ?? single,
    },
    concentrationThreshold: thresholds,
  });
  const ratios = Object.fromEntries(
    [...net].map(([currency, value]) => [currency, concentrationFactor(value, thresholds.get(currency))]),
  );
  return { margin, k: margin, concentrationRatio: ratios, cr: ratios };
};

const across: Topic = (inputs) => {
  const margins = inputs.numbers("bucketMargins", "margins", "k");
  const sums = inputs.numbers("bucketSums", "sums", "s");
  const margin = acrossBuckets(
    margins.map((value, i) => ({ margin: value, sum: sums[i] ?? 0 })),
    inputs.correlation("gamma", "correlation"),
  );
  return { margin, total: margin };
};

/** Topics of SPAN and of SIMM-style sensitivities, by name. */
export const scanTopics: ReadonlyMap<string, Topic> = new Map([
  ["span.scan-range", scanRange],
  ["span.scan-risk", scan],
  ["span.requirement", requirement],
  ["span.total", requirement],
  ["simm.bucket", bucket],
  ["simm.fx-delta", fxDelta],
  ["simm.cross-bucket", across],
  ["simm.aggregate", across],
]);
