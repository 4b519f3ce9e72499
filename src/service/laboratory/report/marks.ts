import { Markup } from "./markup.ts";

// small drawings within tables, by hand: two numbers need no chart library

const round = (x: number): string => String(Math.round(10 * x) / 10);

/** Two bars, ours above a rival's, on one scale for the whole table. */
export function barPair(ours: number, rival: number, most: number): Markup {
  const width = 170;
  const length = (share: number): string => round(Math.min(1, Math.max(0.004, share / most)) * width);
  const bar = (share: number, y: number, colour: string): string =>
    Number.isFinite(share)
      ? `<rect y="${y}" width="${length(share)}" height="6" rx="1.5" fill="var(--${colour})"/>`
      : "";
  return new Markup(
    `<svg width="${width}" height="17" viewBox="0 0 ${width} 17" aria-hidden="true">${bar(ours, 1, "ours")}${bar(rival, 9.5, "rival")}</svg>`,
  );
}

const rateLow = 0.0002;
const rateHigh = 0.2;

/** A rate with its interval on a logarithmic axis from 0.02 % to 20 %, and the target as a line. */
export function rateInterval(found: {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  readonly target: number;
  readonly isBad: boolean;
}): Markup {
  const width = 120;
  const at = (rate: number): number =>
    (width - 8) * Math.min(1, Math.max(0, Math.log(rate / rateLow) / Math.log(rateHigh / rateLow))) + 4;
  const colour = `var(--${found.isBad ? "bad" : "ours"})`;
  const place = round(at(found.rate));
  const dot =
    found.rate > 0
      ? `<circle cx="${place}" cy="8" r="3.4" fill="${colour}"/>`
      : `<circle cx="4" cy="8" r="3" fill="var(--paper)" stroke="${colour}" stroke-width="1.4"/>`;
  return new Markup(
    `<svg width="${width}" height="16" viewBox="0 0 ${width} 16" aria-hidden="true">` +
      `<path d="M${round(at(found.target))} 0V16" stroke="var(--faint)" stroke-dasharray="2 2"/>` +
      `<path d="M${round(at(Math.max(rateLow, found.low)))} 8H${round(at(found.high))}" stroke="${colour}" stroke-width="1.6" opacity="0.55"/>` +
      `${dot}</svg>`,
  );
}
