import { expBounded } from "../numerics/exp-log.ts";
import { millsDenominator, millsNumerator } from "../numerics/mills.ts";
import { type KernelMemory } from "../numerics/wasm/webassembly.ts";
import { type Black76Functions } from "./black76-batch-kernel.ts";
import { logRatio, outOfTheMoneyFromDistance, outOfTheMoneyPrice } from "./black76-kernel.ts";

// src/numerics/wasm/black76.as.ts in plain TypeScript: its oracle, bit for bit, and what runs where there is no WebAssembly SIMD.

/** 1/√(2π) */
const density0 = 0.3989422804014327;
const plainMin = 1e-100;
const plainMax = 1e100;

/** The functions of the Black-76 kernel over `memory`, without WebAssembly. */
export function black76Twin(memory: KernelMemory): Black76Functions {
  const doubles = new Float64Array(memory.buffer, 0, Math.floor(memory.buffer.byteLength / 8));
  // Every index below is within the memory's layout, so the fallback value is never used.
  const at = (array: number, i: number): number => doubles[array / 8 + i] ?? 0;
  const put = (array: number, i: number, x: number): void => {
    doubles[array / 8 + i] = x;
  };
  const isPlain = (forward: number, strike: number, totalVol: number): boolean =>
    Math.min(forward, strike) >= plainMin &&
    Math.max(forward, strike) <= plainMax &&
    totalVol >= plainMin &&
    totalVol <= plainMax;

  return {
    prices(count, signs, forwards, strikes, vols, years, prices) {
      let odd = 0;
      for (let i = 0; i < count; i++) {
        const forward = at(forwards, i);
        const strike = at(strikes, i);
        const totalVol = at(vols, i) * Math.sqrt(at(years, i));
        if (!isPlain(forward, strike, totalVol)) odd = 1;
        const intrinsic = Math.max(at(signs, i) * (forward - strike), 0);
        put(prices, i, intrinsic + outOfTheMoneyPrice(forward, strike, totalVol));
      }
      return odd;
    },

    greeks(count, signs, forwards, strikes, vols, years, results) {
      let odd = 0;
      for (let i = 0; i < count; i++) {
        const sign = at(signs, i);
        const forward = at(forwards, i);
        const strike = at(strikes, i);
        const vol = at(vols, i);
        const root = Math.sqrt(at(years, i));
        const totalVol = vol * root;
        if (!isPlain(forward, strike, totalVol)) odd = 1;
        const gap = forward - strike;
        const a = Math.min(Math.abs(logRatio(forward, strike)) / Math.max(totalVol, 1e-300), 1000);
        const h = totalVol * 0.5;
        const x1 = a - h;
        const x2 = a + h;
        // F·φ(d1) = lesser·φ(x1), and |d1| is x1 below the money and x2 above
        const density = Math.min(forward, strike) * density0 * expBounded(Math.max(-0.5 * x1 * x1, -750));
        const above = gap >= 0;
        const d1 = above ? x2 : -x1;
        const d2 = above ? x1 : -x2;
        const u = Math.min(Math.abs(d1), 1000);
        const denominator = millsDenominator(u);
        const forwardVol = forward * totalVol;
        const inverse = 1 / (forwardVol * denominator);
        const perForwardVol = inverse * denominator;
        const perVol = perForwardVol * forward;
        const phi = density * perForwardVol * totalVol;
        const tail = phi * millsNumerator(u) * (inverse * forwardVol);
        const vega = density * root;
        const all = [
          Math.max(sign * gap, 0) + outOfTheMoneyPrice(forward, strike, totalVol),
          sign * (d1 > 0 === sign > 0 ? 1 - tail : tail),
          phi * perForwardVol,
          vega,
          -0.5 * (density * vol) * (vol * perVol),
          -(phi * root * (perVol * d2)),
          vega * root * perVol * (d1 * d2),
        ];
        for (const [k, greek] of all.entries()) put(results, k * count + i, greek);
      }
      return odd;
    },

    scenarios(scenarioCount, forward, strike, totalVol, ratios, logs, volRatios, calls, puts) {
      const base = logRatio(forward, strike);
      for (let s = 0; s < scenarioCount; s++) {
        const shocked = forward * at(ratios, s);
        const vol = totalVol * at(volRatios, s);
        const price = outOfTheMoneyFromDistance(Math.min(shocked, strike), Math.abs(base + at(logs, s)), vol);
        const gap = shocked - strike;
        put(calls, s, Math.max(gap, 0) + price);
        put(puts, s, Math.max(-gap, 0) + price);
      }
    },
  };
}
