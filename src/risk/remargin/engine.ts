import { type KernelImplementation } from "../../numerics/wasm/remargin-kernel.ts";
import { type KernelMemory } from "../../numerics/wasm/webassembly.ts";
import { type RemarginLayout } from "./layout.ts";
import { type Tail } from "./passes.ts";

export interface RemarginOptions {
  /**
   * Scenarios in the tail of the Expected Shortfall, at least 1; fractions count the boundary scenario in part. For a level
   * of 97.5 % over 256 scenarios: 0.025 × 256 = 6.4. Unless given, there is no shortfall.
   */
  readonly tail?: number;
  /**
   * The first so many scenarios form the distribution of the shortfall, and only the others compete for the worst. Absent: all
   * do both.
   */
  readonly distributionCount?: number;
  /** How often each scenario of the distribution counts, whole numbers ≥ 1; `tail` is then a share of their sum. Absent: once. */
  readonly weights?: ArrayLike<number>;
  /** Group of each instrument, such as the number of its underlying: ticks arrive by group. Absent: all one group. */
  readonly groups?: ArrayLike<number>;
  /** Keep every account's scenario sums once computed, so that order checks need not add positions: rowBytes per account. */
  readonly keepVectors?: boolean;
  /** Positions that an account may open beyond those it starts with (and those it closes): see `applyFill`. 0 unless given. */
  readonly sparePositions?: number;
  /** Memory that worker threads can share, and how many threads need scratch room. 1 unless given: not shared. */
  readonly threadCount?: number;
  /** Absent: the fastest that the engine runs. Both give the same bits. */
  readonly implementation?: KernelImplementation;
}

/** New profits of some instruments: what a price tick does to the scenario matrix. */
export interface MatrixUpdate {
  /** Rows of the matrix, distinct. */
  readonly instruments: ArrayLike<number>;
  /** [update × scenarioCount + scenario], integers: units per lot. */
  readonly pnlUnits: Float64Array;
}

/** What an account would be left with. In units of the matrix; negative loses. */
export interface OrderCheck {
  /** Change of value in the worst scenario that competes. */
  readonly worstUnits: number;
  /** Mean change of value over the tail. Absent without a tail. */
  readonly shortfallUnits?: number;
}

/**
 * Margins a whole book against one scenario matrix. Results are in units of the matrix (`unitUsd`), as changes of value:
 * negative loses. Everything is exact: the same on every machine, with any number of threads, in WebAssembly or TypeScript.
 */
export interface Remargin {
  readonly accountCount: number;
  readonly scenarioCount: number;
  readonly implementation: KernelImplementation;
  /**
   * Re-margins every account and gives each one's worst scenario. The array is the engine's own: ticks update it, the next
   * call overwrites it.
   */
  worst(): Float64Array;
  /** Re-margins every account and gives each one's mean over the tail, as {@link worst}. @throws {PlimsollError} `PLM_USAGE` without a tail. */
  expectedShortfall(): Float64Array;
  /**
   * The same for another tail than the engine's own, not larger than it: say, the maintenance level beside the initial one. A new
   * array, which ticks don't update. @throws {PlimsollError} `PLM_DOMAIN` for a tail out of range.
   */
  expectedShortfallOf(tail: number): Float64Array;
  /** What the account would be left with after buying `lots` (negative: selling) of an instrument. */
  checkOrder(account: number, instrument: number, lots: number): OrderCheck;
  /** The worst case of {@link checkOrder} alone. */
  readonly checkOrderWorst: (account: number, instrument: number, lots: number) => number;
  /**
   * Takes new rows into the matrix and re-margins only the accounts that hold an instrument of the same groups, in whichever
   * of the two measures has been asked for. Changes nothing when it throws.
   *
   * @returns the accounts re-margined, ascending.
   * @throws {PlimsollError} `PLM_DOMAIN`, `PLM_OVERFLOW` as at the start.
   */
  applyTick(update: MatrixUpdate): Uint32Array;
  /**
   * Adds `lots` of an instrument (negative: sold) to an account's positions and re-margins it, as a tick does. Changes nothing
   * when it throws.
   *
   * @throws {PlimsollError} `PLM_LIMIT` when the account has no place for another position, else as `checkOrder`.
   */
  applyFill(account: number, instrument: number, lots: number): void;
  /** The account's change of value in every scenario. A copy. */
  scenarios(account: number): Float64Array;
  /** For threads: see service/remargin. */
  readonly threads: {
    readonly memory: KernelMemory;
    readonly layout: RemarginLayout;
    readonly tail: Tail;
    /** The array that `worst` gives, once the kernel has been run on all accounts. */
    readonly worstResults: () => Float64Array;
    /** The array that `expectedShortfall` gives, from the kernel's tail sums of all accounts. */
    readonly shortfallResults: () => Float64Array;
  };
}
