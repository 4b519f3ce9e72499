import { type TObject, type TSchema, Type } from "typebox";
import { closed } from "../shared/sheet.ts";

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

/** An object of numbers. */
export const numbers = (names: readonly string[]): TObject =>
  Type.Object(Object.fromEntries(names.map((name) => [name, number()])), closed);

export const number = (minimum: number = -largest): TSchema => Type.Number({ minimum, maximum: largest });

export const symbol = (): TSchema => Type.String({ minLength: 1, maxLength: 128 });

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

/** The venue allows 40. */
export const mostScenarios = 256;
