/** Commas between thousands of a run of digits. */
export const groupDigits = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ",");

/** `1234.5` as `1,234.50`. Not a number: `–`. */
export function formatNumber(value: number, fractionDigits: number = 2): string {
  if (!Number.isFinite(value)) return value === Infinity ? "∞" : "–";
  const text = Math.abs(value).toFixed(fractionDigits);
  if (text.includes("e")) return String(value);
  const [whole, fraction] = text.split(".");
  const negative = value < 0 && /[1-9]/.test(text);
  return `${negative ? "-" : ""}${groupDigits(whole!)}${fraction ? `.${fraction}` : ""}`;
}

/** An integer: `1234567` as `1,234,567`. */
export const formatInteger = (value: number): string => formatNumber(value, 0);

/** Dollars without cents from 1,000 up. */
export const formatUsd = (usd: number): string => formatNumber(usd, Math.abs(usd) >= 1000 ? 0 : 2);

/** A price: cents below 1,000, four decimals below 10. */
export const formatPrice = (usd: number): string =>
  formatNumber(usd, Math.abs(usd) >= 1000 ? 0 : Math.abs(usd) >= 10 ? 2 : 4);

/** A fraction as percent: `0.125` as `12.5%`, signed when asked. */
export const formatPercent = (
  fraction: number,
  fractionDigits: number = 1,
  signed: boolean = false,
): string =>
  Number.isFinite(fraction)
    ? `${signed && fraction > 0 ? "+" : ""}${formatNumber(fraction * 100, fractionDigits)}%`
    : "–";

/** A multiple: `3.25×`. */
export const formatMultiple = (ratio: number): string =>
  Number.isFinite(ratio) ? `${formatNumber(ratio, 2)}×` : "–";

/** An instant as `2026-03-27 08:00 UTC`. */
export const formatInstant = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
