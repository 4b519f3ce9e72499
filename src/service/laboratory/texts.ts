// numbers as the report, the terminal and the tables of promises write them

/** `1 h`, `1 d`, `2 d`. */
export const hoursText = (hours: number): string =>
  hours >= 24 && hours % 24 === 0 ? (hours === 24 ? "1 day" : `${hours / 24} days`) : `${hours} h`;

/** `12,345`. */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** A share with digits enough to tell it from zero: `34 %`, `5.2 %`, `0.12 %`. */
export function shareText(share: number): string {
  if (Number.isNaN(share)) return "–";
  if (share === Infinity) return "∞";
  if (share === 0) return "0 %";
  if (share > 100) return "> 10,000 %";
  const percent = Math.abs(100 * share);
  if (percent < 0.005) return "< 0.01 %";
  return `${(100 * share).toFixed(percent >= 20 ? 0 : percent >= 1 ? 1 : 2)} %`;
}

/** A breach rate aimed at: `1 %`, `0.1 %`. */
export const targetText = (target: number): string => `${Number((100 * target).toFixed(6))} %`;

/** A safety, 1 − target: `99 %`, `99.9 %`. */
export const levelText = (target: number): string => `${Number((100 * (1 - target)).toFixed(6))} %`;

/** What a ratio of capital means: `42 % less`, `8 % more`. */
export function lessText(ratio: number): string {
  if (!Number.isFinite(ratio)) return "–";
  if (ratio < 0.005) return "> 99 % less";
  return ratio <= 1 ? `${shareText(1 - ratio)} less` : `${shareText(ratio - 1)} more`;
}

/** `1 type`, `7 types`. */
export const typesText = (count: number): string => `${count} ${count === 1 ? "type" : "types"}`;

/** `1.2 M USD`, `340 k USD`, `12 USD`. */
export function usdText(usd: number): string {
  if (!Number.isFinite(usd)) return "–";
  if (usd >= 1e6) return `${(usd / 1e6).toFixed(usd >= 1e8 ? 0 : usd >= 1e7 ? 1 : 2)} M USD`;
  if (usd >= 1e3) return `${(usd / 1e3).toFixed(usd >= 1e5 ? 0 : 1)} k USD`;
  return `${usd.toFixed(0)} USD`;
}
