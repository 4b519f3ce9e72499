import { type KernelImplementation } from "../numerics/wasm/remargin-kernel.ts";
import { requireNumber } from "../quantity/error.ts";
import { black76Greeks } from "./black76.ts";
import { black76Kernel, firstFreeByte, optionBlock } from "./black76-batch-kernel.ts";

/** Names of the greeks of a batch, in the order of their arrays. */
export const batchGreeks = ["price", "delta", "gamma", "vega", "theta", "vanna", "volga"] as const;
export type BatchGreek = (typeof batchGreeks)[number];

/**
 * Many options at once: fill the input arrays, then ask. Undiscounted; units as in {@link black76Greeks}. All arrays belong to
 * the batch and are overwritten by the next call.
 */
export interface Black76Batch {
  readonly capacity: number;
  readonly implementation: KernelImplementation;
  /** +1 for a call, −1 for a put. */
  readonly signs: Float64Array;
  /** Quote currency per unit, ≥ 0. */
  readonly forwards: Float64Array;
  /** Quote currency per unit, ≥ 0. */
  readonly strikes: Float64Array;
  /** Annual fractions, ≥ 0. */
  readonly vols: Float64Array;
  /** ACT/365, ≥ 0. */
  readonly expiryYears: Float64Array;
  /**
   * Prices of the first `count` options: the bits that `black76Price` gives.
   *
   * @throws {PlimsollError} `PLM_DOMAIN` naming the first input that is NaN, infinite or negative.
   */
  prices(count: number): Float64Array;
  /** Prices and greeks of the first `count` options. Greeks agree with `black76Greeks` to a few units in the last place. @throws as `prices`. */
  greeks(count: number): Readonly<Record<BatchGreek, Float64Array>>;
}

/** Room for `capacity` options. */
export function black76Batch(capacity: number, implementation?: KernelImplementation): Black76Batch {
  requireNumber("capacity", capacity, 1, 16_777_216);
  const room = Math.ceil(capacity / optionBlock) * optionBlock;
  const bytes = room * 8;
  const address = (array: number): number => firstFreeByte + array * bytes;
  const kernel = black76Kernel(address(5 + batchGreeks.length), implementation);
  const view = (at: number, length: number): Float64Array => kernel.doubles.subarray(at / 8, at / 8 + length);
  const inputs = [0, 1, 2, 3, 4].map((array) => view(address(array), room).fill(1));
  const [signs = view(0, 0), forwards = signs, strikes = signs, vols = signs, expiryYears = signs] = inputs;
  const results = address(5);

  /** Called when some input is not of ordinary size, perhaps not valid at all. */
  function checkInputs(count: number): void {
    for (let i = 0; i < count; i++) {
      requireNumber(`forwards[${i}]`, forwards[i] ?? NaN, 0);
      requireNumber(`strikes[${i}]`, strikes[i] ?? NaN, 0);
      requireNumber(`vols[${i}]`, vols[i] ?? NaN, 0);
      requireNumber(`expiryYears[${i}]`, expiryYears[i] ?? NaN, 0);
    }
  }

  /** Replaces greeks of options at the edges of the domain by the scalar form, which knows their limits. */
  function repairGreeks(count: number, arrays: Readonly<Record<BatchGreek, Float64Array>>): void {
    const isPlain = (x: number): boolean => x >= 1e-100 && x <= 1e100;
    for (let i = 0; i < count; i++) {
      const [sign = 1, forward = 0, strike = 0, vol = 0, years = 0] = inputs.map((array) => array[i]);
      if (isPlain(forward) && isPlain(strike) && isPlain(vol * Math.sqrt(years))) continue;
      const greeks = black76Greeks({
        optionType: sign > 0 ? "call" : "put",
        forward,
        strike,
        vol,
        expiryYears: years,
      });
      for (const name of batchGreeks) arrays[name][i] = greeks[name];
    }
  }

  const padded = (count: number): number => {
    requireNumber("count", count, 0, capacity);
    return Math.ceil(count / optionBlock) * optionBlock;
  };

  return {
    capacity,
    implementation: kernel.implementation,
    signs: signs.subarray(0, capacity),
    forwards: forwards.subarray(0, capacity),
    strikes: strikes.subarray(0, capacity),
    vols: vols.subarray(0, capacity),
    expiryYears: expiryYears.subarray(0, capacity),
    prices(count) {
      const all = padded(count);
      const odd = kernel.prices(all, address(0), address(1), address(2), address(3), address(4), results);
      if (odd !== 0) checkInputs(count);
      return view(results, count);
    },
    greeks(count) {
      const all = padded(count);
      const odd = kernel.greeks(all, address(0), address(1), address(2), address(3), address(4), results);
      if (odd !== 0) checkInputs(count);
      const array = (name: BatchGreek): Float64Array =>
        view(results + batchGreeks.indexOf(name) * all * 8, count);
      const arrays = {
        price: array("price"),
        delta: array("delta"),
        gamma: array("gamma"),
        vega: array("vega"),
        theta: array("theta"),
        vanna: array("vanna"),
        volga: array("volga"),
      };
      if (odd !== 0) repairGreeks(count, arrays);
      return arrays;
    },
  };
}
