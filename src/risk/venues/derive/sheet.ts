import {
  type TArray,
  type TInteger,
  type TNumber,
  type TObject,
  type TString,
  type TUnsafe,
  Type,
} from "typebox";
import { closed, type SheetHead } from "../shared/sheet.ts";
import { type PegParams } from "./pm-inputs.ts";

/** A set of parameters as a sheet writes it: every fixed-point number a plain JSON number. */
export type Plain<T> = T extends bigint
  ? number
  : T extends readonly (infer Item)[]
    ? readonly Plain<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Plain<T[Key]> }
      : T;

/** No published parameter comes near; it keeps every product and exponential of the emulation in bounds. */
const largest = 1_000;

/** An object of numbers, one for each field of a set of parameters. */
export const numbers = <T extends object>(
  names: readonly (keyof T & string)[],
  minimum: number = 0,
): TUnsafe<Plain<T>> =>
  Type.Unsafe<Plain<T>>(
    Type.Object(Object.fromEntries(names.map((name) => [name, number(minimum)])), closed),
  );

export const number = (minimum: number = -largest): TNumber => Type.Number({ minimum, maximum: largest });

export const symbol = (): TString => Type.String({ minLength: 1, maxLength: 128 });

export const symbols = (): TArray<TString> => Type.Array(symbol(), { minItems: 1, maxItems: 1_000 });

/** Schema of {@link BasisParams}. */
export const basisSchema: TObject = Type.Object(
  {
    scenarioSpotUp: number(0),
    scenarioSpotDown: number(0),
    basisContAddFactor: number(0),
    basisContMultFactor: number(0),
  },
  closed,
);

const volShockFields = {
  volRangeUp: number(0),
  volRangeDown: number(0),
  shortTermPower: Type.Number({ minimum: 0, maximum: 2 }),
  longTermPower: Type.Number({ minimum: 0, maximum: 2 }),
  dteFloor: Type.Integer({
    minimum: 1,
    maximum: 1e9,
    description: "Seconds: a shorter expiry counts as this one.",
  }),
};

/** Schema of {@link VolShockParams}. */
export const volShockSchema: TObject = Type.Object(volShockFields, closed);
/** The same with the least volatility of an up scenario. */
export const flooredVolShockSchema: TObject = Type.Object(
  { ...volShockFields, minVolUpShock: number(0) },
  closed,
);

/** Fields of {@link PegParams}. */
export const pegNames: readonly (keyof PegParams)[] = [
  "pegLossThreshold",
  "pegLossFactor",
  "confThreshold",
  "confMargin",
];

/** The venue allows 40. */
export const mostScenarios = 256;

/** What the sheets of both generations of portfolio margin say beside their parameters. */
export interface PmSheet extends SheetHead {
  /** Underlyings that have a portfolio-margin account. */
  readonly underlyings: readonly string[];
  /** What accounts settle in. */
  readonly settlementAsset: string;
  /** Most expiries, and most positions and balances, of one account. */
  readonly maxExpiries: number;
  readonly maxAssets: number;
  /** Annual rate, for the static discount. */
  readonly rate: number;
}

/** Schema of what {@link PmSheet} adds to a sheet's head. */
export const pmSheetFields: {
  underlyings: TArray<TString>;
  settlementAsset: TString;
  maxExpiries: TInteger;
  maxAssets: TInteger;
  rate: TNumber;
} = {
  underlyings: symbols(),
  settlementAsset: symbol(),
  maxExpiries: Type.Integer({ minimum: 1, maximum: 1_000 }),
  maxAssets: Type.Integer({ minimum: 1, maximum: 10_000 }),
  rate: Type.Number({ minimum: 0, maximum: 10 }),
};
