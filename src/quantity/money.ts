import { type Decimal } from "./decimal.ts";
import { PlimsollError } from "./error.ts";

declare const unit: unique symbol;
/** A number that carries its unit in its type. Brands vanish after arithmetic: each result is labelled on purpose. */
export type Unit<T, U extends string> = T & { readonly [unit]: U };

/** Settlement currency, integer micro-dollars (1 USD = 1_000_000n). Signed: + owed to the account. */
export type UsdMicros = Unit<bigint, "USD·1e-6">;

/** Micro-dollars in one dollar. */
export const microsPerUsd = 1_000_000n;

/** ⌊a·b/d⌋ for d > 0, toward −∞ even when negative. For what an account is credited. */
export function mulDivFloor(a: bigint, b: bigint, d: bigint): bigint {
  const product = a * b;
  const quotient = product / d;
  return product % d < 0n ? quotient - 1n : quotient;
}

/** ⌈a·b/d⌉ for d > 0. For what an account must hold or pay. */
export const mulDivCeil = (a: bigint, b: bigint, d: bigint): bigint => -mulDivFloor(-a, b, d);

const largestUsd = 1e15;

function microsOf(usd: number, field: string, round: (x: number) => number): UsdMicros {
  if (!Number.isFinite(usd) || Math.abs(usd) > largestUsd) {
    throw new PlimsollError(Number.isFinite(usd) ? "PLM_OVERFLOW" : "PLM_DOMAIN", {
      field,
      value: usd,
      limit: `a finite amount within ±${largestUsd} USD`,
      remedy: "Check sizes and prices; amounts this large are not margined.",
    });
  }
  // Whole dollars and the rest apart: the product with 1e6 would otherwise lose the micro-dollar above 9e9 USD.
  const whole = Math.floor(usd);
  return (BigInt(whole) * microsPerUsd + BigInt(round((usd - whole) * 1e6))) as UsdMicros;
}

/** Smallest whole micro-dollar amount ≥ `usd`. Requirements and debits. @throws {PlimsollError} if not finite. */
export const usdMicrosCeil = (usd: number, field: string = "amount"): UsdMicros =>
  microsOf(usd, field, Math.ceil);
/** Largest whole micro-dollar amount ≤ `usd`. Credits and collateral. @throws {PlimsollError} if not finite. */
export const usdMicrosFloor = (usd: number, field: string = "amount"): UsdMicros =>
  microsOf(usd, field, Math.floor);

/** Largest whole micro-dollar amount ≤ an exact decimal amount of dollars. */
export const usdMicrosFromDecimalFloor = ({ coefficient, scale }: Decimal): UsdMicros =>
  mulDivFloor(coefficient, microsPerUsd, 10n ** BigInt(scale)) as UsdMicros;

/** Micro-dollars as the nearest float64 of dollars. */
export const usdFromMicros = (micros: UsdMicros): number => Number(micros) / 1e6;

/** Micro-dollars as exact text in dollars, `-1234.500000`. */
export function formatUsdMicros(micros: UsdMicros): string {
  const negative = micros < 0n;
  const digits = (negative ? -micros : micros).toString().padStart(7, "0");
  return `${negative ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
