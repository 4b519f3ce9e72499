import { readFileSync } from "node:fs";
import * as numerics from "../../src/numerics/index.ts";
import { black76Greeks, outOfTheMoneyPrice } from "../../src/pricing/index.ts";
import { errorInUlps, relativeError } from "./exact-error.ts";

/** The worst error of one function over its reference vectors. */
export interface Accuracy {
  readonly name: string;
  /** `ulp`: units in the last place; `relative`: fraction of the reference. */
  readonly unit: "ulp" | "relative";
  readonly cases: number;
  readonly worst: number;
  /** Arguments of the worst case. */
  readonly at: readonly number[];
}

interface VectorFile {
  readonly arguments: readonly string[];
  readonly results: readonly string[];
  readonly cases: readonly (readonly (number | string)[])[];
}

type Call = (...x: number[]) => number;

interface Measurement {
  readonly name: string;
  readonly file: string;
  /** Name of the result column that `call` computes. */
  readonly result: string;
  readonly unit: "ulp" | "relative";
  /** For relative errors: references smaller than this count as this. */
  readonly floor?: number;
  readonly call: Call;
}

const ulps = (name: string, call: Call): Measurement => ({
  name,
  file: `numerics/${name}`,
  result: "value",
  unit: "ulp",
  call,
});

type Greek = "price" | "delta" | "gamma" | "vega" | "theta" | "vanna" | "volga";

const greek = (result: Greek): Measurement => ({
  name: `black76Greeks ${result}`,
  file: "pricing/black76Greeks",
  result,
  unit: "relative",
  call: (forward = 0, strike = 0, expiryYears = 0, vol = 0, discount = 1) => {
    const optionType = forward > strike ? "put" : "call";
    return black76Greeks({ optionType, forward, strike, expiryYears, vol, discount })[result];
  },
});

const measurements: readonly Measurement[] = [
  ulps("exp", numerics.exp),
  ulps("expm1", numerics.expm1),
  ulps("log", numerics.log),
  ulps("log1p", numerics.log1p),
  ulps("pow", numerics.pow),
  ulps("normalPdf", numerics.normalPdf),
  ulps("normalCdf", numerics.normalCdf),
  ulps("normalInverse", numerics.normalInverse),
  ulps("millsRatio", numerics.millsRatio),
  {
    name: "logGamma",
    file: "numerics/logGamma",
    result: "value",
    unit: "relative",
    floor: 1,
    call: numerics.logGamma,
  },
  { name: "gammaP", file: "numerics/gammaP", result: "lower", unit: "relative", call: numerics.gammaP },
  { name: "gammaQ", file: "numerics/gammaP", result: "upper", unit: "relative", call: numerics.gammaQ },
  {
    name: "regularizedBeta",
    file: "numerics/regularizedBeta",
    result: "value",
    unit: "relative",
    call: (x = 0, a = 0, b = 0) => numerics.regularizedBeta(x, a, b),
  },
  {
    name: "outOfTheMoneyPrice",
    file: "pricing/outOfTheMoneyPrice",
    result: "price",
    unit: "relative",
    call: (forward = 0, strike = 0, expiryYears = 0, vol = 0) =>
      outOfTheMoneyPrice(forward, strike, vol * Math.sqrt(expiryYears)),
  },
  ...(["price", "delta", "gamma", "vega", "theta", "vanna", "volga"] as const).map(greek),
];

function measure({ name, file, result, unit, floor, call }: Measurement): Accuracy {
  const path = new URL(`../vectors/${file}.json`, import.meta.url);
  const vectors = JSON.parse(readFileSync(path, "utf8")) as VectorFile;
  const column = vectors.arguments.length + vectors.results.indexOf(result);
  let worst = 0;
  let at: readonly number[] = [];
  for (const row of vectors.cases) {
    const inputs = row.slice(0, vectors.arguments.length).map(Number);
    const reference = String(row[column]);
    const computed = call(...inputs);
    const error =
      unit === "ulp" ? errorInUlps(computed, reference) : relativeError(computed, reference, floor);
    if (error > worst) {
      worst = error;
      at = inputs;
    }
  }
  return { name, unit, cases: vectors.cases.length, worst, at };
}

/** Measures every function that has reference vectors. */
export const measureAll = (): readonly Accuracy[] => measurements.map(measure);
