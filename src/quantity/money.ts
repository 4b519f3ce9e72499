import { decimalToNumber, formatDecimal, parseDecimal, type Decimal } from "./decimal.ts";
import { invariant, PlimsollError } from "./error.ts";

declare const unit: unique symbol;
/** A number that carries its unit in its type. Brands vanish after arithmetic: each result is labelled on purpose. */
export type Unit<T, U extends string> = T & { readonly [unit]: U };

/** Settlement currency, integer micro-dollars (1 USD = 1_000_000n). Signed: + owed to the account. */
export type UsdMicros = Unit<bigint, "USD·1e-6">;

/** Micro-dollars in one dollar. */
export const microsPerUsd = 1_000_000n;

/** ⌊a·b/d⌋ for d > 0, toward −∞ even when negative. For what an account is credited. */
export function mulDivFloor(a: bigint, b: bigint, d: bigint): bigint {
  invariant(d > 0n, "mulDivFloor and mulDivCeil divide by a positive number");
  const product = a * b;
  const quotient = product / d;
  return product % d < 0n ? quotient - 1n : quotient;
}

/** ⌈a·b/d⌉ for d > 0. For what an account must hold or pay. */
export const mulDivCeil = (a: bigint, b: bigint, d: bigint): bigint => -mulDivFloor(-a, b, d);

/** Largest amount, of either sign, that money of account takes: 10^15 USD. */
const largestUsd = 1e15;
const largestMicros = 1_000_000_000_000_000n * microsPerUsd;

function overflow(field: string, value: unknown): PlimsollError {
  return new PlimsollError("PLM_OVERFLOW", {
    field,
    value,
    limit: `within ±${largestUsd} USD`,
    remedy: "Check sizes and prices; amounts this large are not margined.",
  });
}

function microsOf(usd: number, field: string, up: boolean): UsdMicros {
  if (!Number.isFinite(usd)) {
    throw new PlimsollError("PLM_DOMAIN", {
      field,
      value: usd,
      limit: "a finite amount",
      remedy: `Correct ${field} at its source.`,
    });
  }
  if (Math.abs(usd) > largestUsd) throw overflow(field, usd);
  // Whole dollars and the rest apart, both exact.
  const whole = Math.trunc(usd);
  const part = usd - whole;
  const product = part * 1e6;
  let micros = up ? Math.ceil(product) : Math.floor(product);
  if (micros === product) {
    // The product may have been rounded to this integer from the wrong side: what it lost decides (Dekker's splitting, exact
    // because 1e6 has 20 bits).
    const scaled = 134217729 * part;
    const top = scaled - (scaled - part);
    const lost = top * 1e6 - product + (part - top) * 1e6;
    if (up && lost > 0) micros += 1;
    if (!up && lost < 0) micros -= 1;
  }
  return (BigInt(whole) * microsPerUsd + BigInt(micros)) as UsdMicros;
}

/**
 * Smallest whole micro-dollar amount ≥ the exact value of `usd`. For requirements and debits. A float64 that only stands for a decimal may
 * lie a hair above it: 0.1 is 0.1000000000000000055 and gives 100001. Amounts that are decimals come by
 * {@link usdMicrosFromDecimalCeil}.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` if not finite, `PLM_OVERFLOW` beyond ±10^15 USD.
 */
export const usdMicrosCeil = (usd: number, field: string = "amount"): UsdMicros => microsOf(usd, field, true);

/**
 * Largest whole micro-dollar amount ≤ the exact value of `usd`. For credits and collateral.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` if not finite, `PLM_OVERFLOW` beyond ±10^15 USD.
 */
export const usdMicrosFloor = (usd: number, field: string = "amount"): UsdMicros =>
  microsOf(usd, field, false);

function bounded(micros: bigint, field: string, value: unknown): UsdMicros {
  if (micros > largestMicros || micros < -largestMicros) throw overflow(field, value);
  return micros as UsdMicros;
}

/** Largest whole micro-dollar amount ≤ an exact decimal amount of dollars. @throws {PlimsollError} `PLM_OVERFLOW`. */
export const usdMicrosFromDecimalFloor = (usd: Decimal, field: string = "amount"): UsdMicros =>
  bounded(mulDivFloor(usd.coefficient, microsPerUsd, 10n ** BigInt(usd.scale)), field, formatDecimal(usd));

/** Smallest whole micro-dollar amount ≥ an exact decimal amount of dollars. @throws {PlimsollError} `PLM_OVERFLOW`. */
export const usdMicrosFromDecimalCeil = (usd: Decimal, field: string = "amount"): UsdMicros =>
  bounded(mulDivCeil(usd.coefficient, microsPerUsd, 10n ** BigInt(usd.scale)), field, formatDecimal(usd));

/**
 * Micro-dollars from text in dollars, exactly: `"1234.5"`. The inverse of {@link formatUsdMicros}.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` if it is not a decimal or finer than a micro-dollar, `PLM_OVERFLOW` beyond ±10^15 USD.
 */
export function parseUsdMicros(text: string, field: string = "amount"): UsdMicros {
  const usd = parseDecimal(text, field);
  if (usd.scale > 6) {
    throw new PlimsollError("PLM_DOMAIN", {
      field,
      value: text,
      limit: "a whole number of micro-dollars: at most 6 fraction digits",
      remedy: "Round the amount, in the direction that its use asks for.",
    });
  }
  return usdMicrosFromDecimalFloor(usd, field);
}

/** Micro-dollars as the nearest float64 of dollars. */
export const usdFromMicros = (micros: UsdMicros): number =>
  decimalToNumber({ coefficient: micros, scale: 6 });

/** Micro-dollars as exact text in dollars, `-1234.500000`. */
export function formatUsdMicros(micros: UsdMicros): string {
  return formatDecimal({ coefficient: micros, scale: 6 });
}
