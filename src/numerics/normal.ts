import { expWithTail, log } from "./exp-log.ts";
import { millsRatio } from "./mills.ts";

/** 1/√(2π) */
const density0 = 0.3989422804014327;

/** e^(−x²/2) with the square taken exactly, so that far tails keep their digits. */
function bell(x: number): number {
  const top = Math.fround(x);
  return expWithTail(-0.5 * top * top, -0.5 * (x - top) * (x + top));
}

/** Density of the standard normal distribution. 0 at ±∞. */
export function normalPdf(x: number): number {
  if (Math.abs(x) > 40) return 0;
  return density0 * bell(x);
}

/**
 * Cumulative standard normal distribution N(x). The lower tail keeps relative accuracy down to the subnormals
 * (N(−38.4) = 2.9e-323); for upper-tail probabilities call it at −x.
 */
export function normalCdf(x: number): number {
  const u = Math.abs(x);
  if (u > 40) return x < 0 ? 0 : 1;
  const tail = density0 * bell(u) * millsRatio(u);
  return x < 0 ? tail : 1 - tail;
}

/** x = q·P/Q about the median; r = 0.425² − (p − ½)². */
const inverseCentre = (r: number): number =>
  (((((((2509.046633603262 * r + 33430.22373363624) * r + 67265.24365984106) * r + 45921.696968125885) * r +
    13731.642241395039) *
    r +
    1971.586521360036) *
    r +
    133.14153282791767) *
    r +
    3.3871328727963665) /
  (((((((5226.4308178713145 * r + 28728.81162976334) * r + 39307.61520382935) * r + 21213.685653525117) * r +
    5394.177399527703) *
    r +
    687.185580075905) *
    r +
    42.31329082602715) *
    r +
    1);

/** −x on √(−ln p) from 1.6 to 5; t = √(−ln p) − 1.6. */
const inverseTail = (t: number): number =>
  (((((((0.0007745469941762425 * t + 0.022723904654975705) * t + 0.24178128837468055) * t +
    1.2704605533516113) *
    t +
    3.647852802475888) *
    t +
    5.769501246543934) *
    t +
    4.63033915806768) *
    t +
    1.4234371107496835) /
  (((((((1.0507501932750543e-9 * t + 0.0005475952083925245) * t + 0.015198706527244348) * t +
    0.14810431453947961) *
    t +
    0.6897684944466405) *
    t +
    1.6763865521680477) *
    t +
    2.053192548287985) *
    t +
    1);

/** −x on √(−ln p) from 5 to 27.4, which reaches the smallest float64; t = √(−ln p) − 5. */
const inverseFarTail = (t: number): number =>
  (((((((1.9943253898866067e-7 * t + 2.696827613144573e-5) * t + 0.001238114699942041) * t +
    0.026468101861459984) *
    t +
    0.2961078111039557) *
    t +
    1.783267682259434) *
    t +
    5.461707796519125) *
    t +
    6.657904643501104) /
  (((((((1.998790681212796e-15 * t + 1.4101918324089196e-7) * t + 1.8364696745634328e-5) * t +
    0.0007841431957219322) *
    t +
    0.014843439638407011) *
    t +
    0.1367646335215845) *
    t +
    0.599520229326383) *
    t +
    1);

/**
 * The x with N(x) = p: −∞ at 0, ∞ at 1, NaN outside. Keeps relative accuracy down to the smallest p; our own minimax fits
 * in three pieces (scripts/references/coefficients.py) on the division of the range that Wichura's AS 241 (1988) uses.
 */
export function normalInverse(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * inverseCentre(0.180625 - q * q);
  const s = Math.sqrt(-log(q < 0 ? p : 1 - p));
  const x = s <= 5 ? inverseTail(s - 1.6) : inverseFarTail(s - 5);
  return q < 0 ? -x : x;
}
