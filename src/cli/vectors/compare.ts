import { type FieldFailure } from "./family.ts";

/** `coefficient × 10^exponent`, without any limit on digits: expected outputs carry more than float64 holds. */
interface ExactNumber {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** A value passes when it is within either bound. Both are plain decimals, `"1e-14"`; absent means 0. */
export interface Tolerance {
  /** Times the absolute expected value. */
  readonly relative?: string | number;
  readonly absolute?: string | number | bigint;
}

/** Numbers must agree to the last digit. */
export const exact: Tolerance = {};

const pattern = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

function exactNumber(value: unknown): ExactNumber | undefined {
  if (typeof value === "bigint") return { coefficient: value, exponent: 0 };
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const match = pattern.exec(String(value));
  if (!match) return undefined;
  const fraction = match[3] ?? "";
  const magnitude = BigInt(`${match[2]}${fraction}`);
  return {
    coefficient: match[1] === "-" ? -magnitude : magnitude,
    exponent: Number(match[4] ?? "0") - fraction.length,
  };
}

const magnitude = (x: bigint): bigint => (x < 0n ? -x : x);
const scaleTo = ({ coefficient, exponent }: ExactNumber, target: number): bigint =>
  coefficient * 10n ** BigInt(exponent - target);

/**
 * Whether `got` is within `tolerance` of `expected`, computed without rounding. Numbers and numeric strings alike; false
 * when either is not a number (NaN and infinities included).
 */
export function withinTolerance(expected: unknown, got: unknown, tolerance: Tolerance): boolean {
  const want = exactNumber(expected);
  const have = exactNumber(got);
  if (!want || !have) return false;
  const relative = exactNumber(tolerance.relative ?? 0);
  const absolute = exactNumber(tolerance.absolute ?? 0);
  if (!relative || !absolute) return false;
  const allowed: ExactNumber = {
    coefficient: relative.coefficient * magnitude(want.coefficient),
    exponent: relative.exponent + want.exponent,
  };
  const unit = Math.min(want.exponent, have.exponent, absolute.exponent, allowed.exponent);
  const difference = magnitude(scaleTo(want, unit) - scaleTo(have, unit));
  return difference <= scaleTo(absolute, unit) || difference <= scaleTo(allowed, unit);
}

const show = (value: unknown): string => {
  if (value === undefined) return "nothing";
  if (typeof value === "bigint") return value.toString();
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Compares every leaf of `expected` with the same path of `got`. A leaf that `got` lacks is a failure, so a field that an
 * emulation does not compute is never dropped in silence; what `got` has beyond `expected` is not looked at.
 *
 * Numbers, and strings that hold numbers, agree within the tolerance; words, booleans and null agree exactly; arrays must
 * have the same length.
 *
 * @param toleranceOf - the tolerance of a field by its path, such as `expiries[0].mtm`.
 */
export function compareFields(
  expected: unknown,
  got: unknown,
  toleranceOf: (field: string) => Tolerance,
  field: string = "",
): readonly FieldFailure[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(got) || got.length !== expected.length) {
      const length = Array.isArray(got) ? `${got.length} entries` : show(got);
      return [{ field, expected: `${expected.length} entries`, got: length }];
    }
    return expected.flatMap((item: unknown, i) => compareFields(item, got[i], toleranceOf, `${field}[${i}]`));
  }
  if (isRecord(expected)) {
    if (!isRecord(got)) return [{ field, expected: "an object", got: show(got) }];
    return Object.keys(expected).flatMap((key) =>
      compareFields(expected[key], got[key], toleranceOf, field === "" ? key : `${field}.${key}`),
    );
  }
  const agrees =
    exactNumber(expected) === undefined || typeof expected === "boolean"
      ? expected === got
      : withinTolerance(expected, got, toleranceOf(field));
  return agrees ? [] : [{ field, expected: show(expected), got: show(got) }];
}
