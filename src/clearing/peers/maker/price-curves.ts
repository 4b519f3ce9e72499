import { type PriceCurve, priceFloor } from "../../auction/curve.ts";

/** 1 in the 27 decimals of Maker's prices. */
export const ray: bigint = 10n ** 27n;

/** Maker's price calculators as curves of ours: levels in rays of the starting price, times in seconds. */
export type MakerCurve =
  | { readonly type: "linear"; readonly tau: bigint }
  | { readonly type: "stairstep"; readonly cut: bigint; readonly step: bigint }
  | { readonly type: "exponential"; readonly cut: bigint };

/** A line to 0 over `tau`; or a power of `cut`, each product at 27 decimals, after each step or second. */
export function makerCurve(calculator: MakerCurve): PriceCurve {
  if (calculator.type === "linear") {
    return { kind: "lines", one: ray, lines: [{ from: ray, to: 0n, length: calculator.tau }] };
  }
  const step = calculator.type === "stairstep" ? calculator.step : 1n;
  return { kind: "stairs", one: ray, start: ray, keep: calculator.cut, step, guard: 1n };
}

/** Price `elapsed` seconds after a start at `top`, rays. */
export const makerPrice = (calculator: MakerCurve, top: bigint, elapsed: bigint): bigint =>
  priceFloor(makerCurve(calculator), top, elapsed);
