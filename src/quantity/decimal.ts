import { PlimsollError } from "./error.ts";

/**
 * An exact decimal number, `coefficient × 10^−scale`. How amounts and sizes travel from documents to money without
 * passing through binary fractions. Canonical: `scale` is the smallest that represents the number, so equal numbers
 * have equal parts.
 */
export interface Decimal {
  readonly coefficient: bigint;
  /** Count of fraction digits, 0 to {@link maxScale}. */
  readonly scale: number;
}

/** Most fraction digits a decimal may have. */
export const maxScale = 36;
/** Most digits a decimal may have in all. */
export const maxDigits = 78;

const pattern = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

function canonical(coefficient: bigint, scale: number): Decimal {
  while (scale > 0 && coefficient % 10n === 0n) {
    coefficient /= 10n;
    scale -= 1;
  }
  return { coefficient, scale };
}

/**
 * Reads a decimal exactly: `"-12.50"`, `"1e-8"`, or a finite number (read by its shortest decimal form).
 *
 * @param field - where the value stands, for the error.
 * @throws {PlimsollError} `PLM_DOMAIN` if it is not a decimal number, `PLM_LIMIT` if it has too many digits.
 */
export function parseDecimal(value: string | number, field: string = "value"): Decimal {
  const text = typeof value === "number" ? String(value) : value;
  const match = text.length <= 128 ? pattern.exec(text) : null;
  if (!match) {
    throw new PlimsollError(text.length > 128 ? "PLM_LIMIT" : "PLM_DOMAIN", {
      field,
      value,
      limit: 'a decimal number such as "-12.5" of at most 128 characters',
      remedy: "Write the amount as a plain decimal.",
    });
  }
  const fraction = match[3] ?? "";
  const exponent = Number(match[4] ?? "0");
  let scale = fraction.length - exponent;
  let coefficient = BigInt(`${match[2]}${fraction}`);
  if (match[1] === "-") coefficient = -coefficient;
  if (scale < 0) {
    if (-scale > maxDigits) scale = -maxDigits - 1;
    coefficient *= 10n ** BigInt(-scale);
    scale = 0;
  }
  const result = coefficient === 0n ? { coefficient, scale: 0 } : canonical(coefficient, scale);
  const digits = (result.coefficient < 0n ? -result.coefficient : result.coefficient).toString().length;
  if (result.scale > maxScale || digits > maxDigits) {
    throw new PlimsollError("PLM_LIMIT", {
      field,
      value,
      limit: `of at most ${maxScale} fraction digits and ${maxDigits} digits`,
      remedy: "Round the amount to the precision of its asset.",
    });
  }
  return result;
}

/** Writes a decimal exactly, without exponent: `-12.5`. The inverse of {@link parseDecimal}. */
export function formatDecimal({ coefficient, scale }: Decimal): string {
  const negative = coefficient < 0n;
  const digits = (negative ? -coefficient : coefficient).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return `${negative ? "-" : ""}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ""}`;
}

const exactPowersOfTen: readonly number[] = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** The nearest float64. The bridge from exact amounts into risk. */
export function decimalToNumber(decimal: Decimal): number {
  const coefficient = Number(decimal.coefficient);
  const power = exactPowersOfTen[decimal.scale];
  // Both are exact, so one division rounds once: to the nearest.
  if (power !== undefined && Number.isSafeInteger(coefficient)) return coefficient / power;
  return Number(formatDecimal(decimal));
}
