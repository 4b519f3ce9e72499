import { type KernelImplementation } from "../numerics/wasm/remargin-kernel.ts";
import { log } from "../numerics/exp-log.ts";
import { PlimsollError, requireNumber } from "../quantity/error.ts";
import { black76Kernel, firstFreeByte, optionBlock } from "./black76-batch-kernel.ts";

/** How the forward and the volatility of one expiry move, scenario by scenario. */
export interface ScenarioShocks {
  /** Shocked forward over forward, > 0. */
  readonly forwardRatios: ArrayLike<number>;
  /** Shocked volatility over volatility, ≥ 0. As long as `forwardRatios`. */
  readonly volRatios: ArrayLike<number>;
}

/** A call and a put of one strike. */
export interface StrikePair {
  /** Quote currency per unit, ≥ 0. */
  readonly forward: number;
  /** Quote currency per unit, ≥ 0. */
  readonly strike: number;
  /** Volatility × √years, ≥ 0. */
  readonly totalVol: number;
  /** Which of the shocks moves it. */
  readonly shocks: number;
}

/** Prices of strikes in scenarios, both arrays [strike × stride + scenario], quote currency per unit. */
export interface ScenarioPrices {
  readonly calls: Float64Array;
  readonly puts: Float64Array;
  /** Distance between strikes: the number of scenarios, rounded up. What lies between has no meaning. */
  readonly stride: number;
}

/**
 * Prices strikes in scenarios, call and put from one evaluation. Logarithms are taken once per strike and once per scenario
 * instead of once per pair; prices agree with `black76Price` at the shocked inputs to 1e-14 of the forward.
 */
export interface ScenarioPricer {
  readonly implementation: KernelImplementation;
  readonly scenarioCount: number;
  readonly strikeCapacity: number;
  /**
   * Undiscounted prices in every scenario. The arrays belong to the pricer and are overwritten by the next call.
   *
   * @throws {PlimsollError} `PLM_DOMAIN` naming an input that is NaN, infinite or negative, `PLM_LIMIT` for too many strikes.
   */
  price(strikes: readonly StrikePair[]): ScenarioPrices;
}

/**
 * @param shocks - one entry per expiry, all with the same number of scenarios.
 * @param strikeCapacity - the most strikes that one call prices.
 * @throws {PlimsollError} `PLM_DOMAIN` for a ratio out of range.
 */
export function scenarioPricer(
  shocks: readonly ScenarioShocks[],
  strikeCapacity: number,
  implementation?: KernelImplementation,
): ScenarioPricer {
  const scenarioCount = shocks[0]?.forwardRatios.length ?? 0;
  const stride = Math.ceil(scenarioCount / optionBlock) * optionBlock;
  const rowBytes = stride * 8;
  const tables = firstFreeByte;
  const calls = tables + shocks.length * 3 * rowBytes;
  const puts = calls + strikeCapacity * rowBytes;
  const kernel = black76Kernel(puts + strikeCapacity * rowBytes, implementation);
  const { doubles } = kernel;

  for (const [i, { forwardRatios, volRatios }] of shocks.entries()) {
    if (forwardRatios.length !== scenarioCount || volRatios.length !== scenarioCount) {
      throw new PlimsollError("PLM_DOMAIN", {
        field: `shocks[${i}]`,
        value: Math.min(forwardRatios.length, volRatios.length),
        limit: `${scenarioCount} ratios of each kind, as in the first`,
        remedy: "Give every expiry every scenario.",
      });
    }
    const at = tables / 8 + i * 3 * stride;
    // the last block is filled up with scenarios in which nothing moves
    doubles.fill(1, at, at + 3 * stride);
    doubles.fill(0, at + stride, at + 2 * stride);
    for (let s = 0; s < scenarioCount; s++) {
      const ratio = requireNumber(`shocks[${i}].forwardRatios[${s}]`, forwardRatios[s] ?? NaN, 1e-100, 1e100);
      doubles[at + s] = ratio;
      doubles[at + stride + s] = log(ratio);
      doubles[at + 2 * stride + s] = requireNumber(`shocks[${i}].volRatios[${s}]`, volRatios[s] ?? NaN, 0);
    }
  }

  return {
    implementation: kernel.implementation,
    scenarioCount,
    strikeCapacity,
    price(strikes) {
      if (strikes.length > strikeCapacity) {
        throw new PlimsollError("PLM_LIMIT", {
          field: "strikes.length",
          value: strikes.length,
          limit: `at most ${strikeCapacity}`,
          remedy: "Make the pricer with a larger strikeCapacity, or price in parts.",
        });
      }
      for (let i = 0; i < strikes.length; i++) {
        const { forward, strike, totalVol, shocks: table } = strikes[i] ?? noStrike;
        requireInputs(i, forward, strike, totalVol, table, shocks.length);
        const ratios = tables + table * 3 * rowBytes;
        kernel.scenarios(
          stride,
          forward,
          strike,
          totalVol,
          ratios,
          ratios + rowBytes,
          ratios + 2 * rowBytes,
          calls + i * rowBytes,
          puts + i * rowBytes,
        );
      }
      const length = strikes.length * stride;
      return {
        calls: doubles.subarray(calls / 8, calls / 8 + length),
        puts: doubles.subarray(puts / 8, puts / 8 + length),
        stride,
      };
    },
  };
}

const noStrike: StrikePair = { forward: NaN, strike: NaN, totalVol: NaN, shocks: 0 };

function requireInputs(
  i: number,
  forward: number,
  strike: number,
  totalVol: number,
  table: number,
  tableCount: number,
): void {
  if (
    forward >= 0 &&
    forward < Infinity &&
    strike >= 0 &&
    strike < Infinity &&
    totalVol >= 0 &&
    totalVol < Infinity
  ) {
    if (Number.isInteger(table) && table >= 0 && table < tableCount) return;
  }
  requireNumber(`strikes[${i}].forward`, forward, 0);
  requireNumber(`strikes[${i}].strike`, strike, 0);
  requireNumber(`strikes[${i}].totalVol`, totalVol, 0);
  requireNumber(`strikes[${i}].shocks`, Number.isInteger(table) ? table : NaN, 0, tableCount - 1);
}
