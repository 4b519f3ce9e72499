import { formatDecimal } from "../../quantity/decimal.ts";

/** An integer of units as the decimal it stands for, without trailing zeros: 1_500_000 of 6 decimals is `1.5`. */
export function formatUnits(units: number | bigint, decimals: number): string {
  const text = formatDecimal({ coefficient: BigInt(units), scale: decimals });
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** A price in micros, or an amount in micro-dollars, as a decimal. */
export const formatMicros = (micros: number): string => formatUnits(micros, 6);

/** A share in parts per million as a decimal fraction. */
export const formatPpm = (ppm: number): string => formatUnits(ppm, 6);

/** A rate in parts per billion as a decimal fraction. */
export const formatPpb = (ppb: number): string => formatUnits(ppb, 9);
