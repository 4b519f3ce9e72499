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

/**
 * Prices strikes in scenarios, call and put from one evaluation. Logarithms are taken once per strike and once per scenario
 * instead of once per pair; prices agree with `black76Price` at the shocked inputs to 1e-14 of the forward.
 */
export interface ScenarioPricer {
  readonly implementation: KernelImplementation;
  readonly scenarioCount: number;
  /**
   * Undiscounted prices in every scenario. Both arrays are [strike × scenarioCount + scenario], quote currency per unit.
   *
   * @param into - where to put them; made afresh unless given.
   * @throws {PlimsollError} `PLM_DOMAIN` naming an input that is NaN, infinite or negative.
   */
  price(strikes: readonly StrikePair[], into?: ScenarioPrices): ScenarioPrices;
}

export interface ScenarioPrices {
  readonly calls: Float64Array;
  readonly puts: Float64Array;
}

/**
 * @param shocks - one entry per expiry, all with the same number of scenarios.
 * @throws {PlimsollError} `PLM_DOMAIN` for a ratio out of range.
 */
export function scenarioPricer(
  shocks: readonly ScenarioShocks[],
  implementation?: KernelImplementation,
): ScenarioPricer {
  const scenarioCount = shocks[0]?.forwardRatios.length ?? 0;
  const width = Math.ceil(scenarioCount / optionBlock) * optionBlock;
  const widthBytes = width * 8;
  const tables = firstFreeByte;
  const prices = tables + shocks.length * 3 * widthBytes;
  const pair = prices + 2 * widthBytes;
  const kernel = black76Kernel(pair + 3 * optionBlock * 8, implementation);
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
    const at = tables / 8 + i * 3 * width;
    for (let s = 0; s < width; s++) {
      // the last block is filled up with scenarios in which nothing moves
      const ratio =
        s < scenarioCount
          ? requireNumber(`shocks[${i}].forwardRatios[${s}]`, forwardRatios[s] ?? NaN, 1e-100, 1e100)
          : 1;
      doubles[at + s] = ratio;
      doubles[at + width + s] = log(ratio);
      doubles[at + 2 * width + s] =
        s < scenarioCount ? requireNumber(`shocks[${i}].volRatios[${s}]`, volRatios[s] ?? NaN, 0) : 1;
    }
  }

  return {
    implementation: kernel.implementation,
    scenarioCount,
    price(strikes, into) {
      const { calls, puts } = into ?? {
        calls: new Float64Array(strikes.length * scenarioCount),
        puts: new Float64Array(strikes.length * scenarioCount),
      };
      for (let i = 0; i < strikes.length; i++) {
        const { forward, strike, totalVol, shocks: table } = strikes[i] ?? noStrike;
        requireInputs(i, forward, strike, totalVol, table, shocks.length);
        doubles[pair / 8] = forward;
        doubles[pair / 8 + 2] = strike;
        kernel.logRatios(2, pair, pair + 16, pair + 32);
        const ratios = tables + table * 3 * widthBytes;
        kernel.scenarios(
          width,
          forward,
          strike,
          doubles[pair / 8 + 4] ?? 0,
          totalVol,
          ratios,
          ratios + widthBytes,
          ratios + 2 * widthBytes,
          prices,
          prices + widthBytes,
        );
        calls.set(doubles.subarray(prices / 8, prices / 8 + scenarioCount), i * scenarioCount);
        puts.set(doubles.subarray(prices / 8 + width, prices / 8 + width + scenarioCount), i * scenarioCount);
      }
      return { calls, puts };
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
