import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";

/** Name of a rule for accounts in default. docs/liquidation.md says what each is for. */
export type LiquidationTerm =
  | "enabled"
  | "bufferPpm"
  | "deleverPpm"
  | "stepSharePpm"
  | "stepMinimumMicros"
  | "stepIntervalMs"
  | "marketStepMicros"
  | "stepsCloseAll"
  | "slippagePpm"
  | "failedSteps"
  | "steppingMs"
  | "liquidationFeePpm"
  | "auctionPpm"
  | "startPpm"
  | "fastPpm"
  | "fastMs"
  | "slowMs"
  | "curve"
  | "stairMs"
  | "cutPpm"
  | "fixedBonusPpm"
  | "closeFactorPpm"
  | "insolventMs"
  | "resetMs"
  | "resetPpm"
  | "minimumSliceMicros"
  | "auctionCapMicros"
  | "tipMicros"
  | "chipPpm"
  | "deleverageMs"
  | "marketTrancheMicros"
  | "feeSharePpm"
  | "hedgeBudgetPpm"
  | "cooldownMs";

/** A parameter of how the venue deals with accounts in default. Reasons for the defaults stand in docs/liquidation.md. */
export interface LiquidationParameter {
  readonly name: LiquidationTerm;
  readonly min: number;
  readonly max: number;
  /** What a venue opens with. */
  readonly initial: number;
  /** `ramp` by `step` a minute; `notice`: an hour after it is announced; `now`: an operator's limit. */
  readonly change: "ramp" | "notice" | "now";
  readonly step: number;
}

const whole = 1_000_000;
const usd = 1_000_000;
const second = 1_000;
const minute = 60 * second;
const day = 86_400 * second;
/** A billion USD. */
const mostMicros = 1_000_000_000 * usd;

function entry(
  min: number,
  max: number,
  initial: number,
  change: LiquidationParameter["change"] = "notice",
  step: number = 0,
): Omit<LiquidationParameter, "name"> {
  return { min, max, initial, change, step };
}

const table: Readonly<Record<LiquidationTerm, Omit<LiquidationParameter, "name">>> = {
  /** 1: accounts in default are liquidated by the rules below. 0: they are called, and someone outside sees to the rest. */
  enabled: entry(0, 1, 1, "now"),
  /** A liquidation ends at maintenance × (1 + this), at most the initial requirement. */
  bufferPpm: entry(0, whole, 150_000, "ramp", 1_000),
  /** Above 1: it goes on until equity is so many times maintenance, past the initial requirement: less leverage is left, and fewer second calls. */
  deleverPpm: entry(0, 1_000 * whole, 100 * whole),
  /** Most of a position that one step closes, unless the position is worth less than `stepMinimumMicros`. */
  stepSharePpm: entry(1, whole, 250_000),
  stepMinimumMicros: entry(0, mostMicros, 10_000 * usd),
  /** Between two steps of one account. */
  stepIntervalMs: entry(0, day, 5 * second),
  /** Notional that steps may trade in one instrument per interval. */
  marketStepMicros: entry(usd, mostMicros, 2_000_000 * usd, "now"),
  /** 1: steps close as much as they may, instead of as little as restores the account. For comparison with venues that do. */
  stepsCloseAll: entry(0, 1, 0),
  /** Worst price of a step, from the mark. */
  slippagePpm: entry(0, whole, 15_000),
  /** Steps in a row that found no market before the account goes to auction. */
  failedSteps: entry(1, 1_000, 3),
  /** Time after which it goes to auction in any case. */
  steppingMs: entry(0, day, 10 * minute),
  /** Of the notional of a step, to the insurance fund, as far as the account can pay it and is better off all the same. */
  liquidationFeePpm: entry(0, 100_000, 1_000),
  /** Equity below this share of maintenance goes to auction at once. */
  auctionPpm: entry(0, whole, 250_000),
  /** Of fair value, at the start of an auction; where the fast part ends. */
  startPpm: entry(1, whole, 980_000),
  fastPpm: entry(1, whole, 800_000),
  fastMs: entry(second, day, 2 * minute),
  /** From there to nothing. */
  slowMs: entry(second, 7 * day, 30 * minute),
  /** 0: the two linear parts; 1: stairs of `stairMs`, each × `cutPpm`; 2: the same, continuous. */
  curve: entry(0, 2, 0),
  stairMs: entry(second, day, 10 * second),
  cutPpm: entry(1, whole, 990_000),
  /** Above 0: what bidders get is this share of the notional that they take, at any time, in place of the falling price. As Aave. */
  fixedBonusPpm: entry(0, 200_000, 0),
  /** Most of an account that bids may take at a fixed bonus. The whole below 95 % of its requirement. */
  closeFactorPpm: entry(1, whole, 500_000),
  /** How long the fund's payment to bidders for an insolvent account rises: from nothing to its maintenance requirement. */
  insolventMs: entry(second, day, 5 * minute),
  /** An auction starts anew after this long, or once its price fell to this share of the first. */
  resetMs: entry(second, 7 * day, 40 * minute),
  resetPpm: entry(0, whole, 0),
  /** What a bid leaves is at least this, or nothing. */
  minimumSliceMicros: entry(0, mostMicros, 100 * usd),
  /** Maintenance requirements of all accounts in auction together; others go on stepping. */
  auctionCapMicros: entry(usd, Number.MAX_SAFE_INTEGER, 100_000_000 * usd, "now"),
  /** To the caller who starts a liquidation: a fixed part, and a share of the maintenance requirement. */
  tipMicros: entry(0, 1_000 * usd, usd),
  chipPpm: entry(0, 100_000, 500),
  /** An account whose auction in the insolvent form found no bidder for this long is closed against winners. */
  deleverageMs: entry(0, day, 10 * minute),
  /** Most that a market's own tranche of the fund holds. */
  marketTrancheMicros: entry(0, mostMicros, 1_000_000 * usd),
  /** Of the fees on trades, to the fund. */
  feeSharePpm: entry(0, whole, 100_000),
  /** Of what the house's tranche holds: most that its options may be worth or cost. */
  hedgeBudgetPpm: entry(0, 500_000, 50_000),
  /** From asking for staked money until it is paid. */
  cooldownMs: entry(0, 90 * day, 10 * day),
};

const names: readonly LiquidationTerm[] = [
  "enabled",
  "bufferPpm",
  "deleverPpm",
  "stepSharePpm",
  "stepMinimumMicros",
  "stepIntervalMs",
  "marketStepMicros",
  "stepsCloseAll",
  "slippagePpm",
  "failedSteps",
  "steppingMs",
  "liquidationFeePpm",
  "auctionPpm",
  "startPpm",
  "fastPpm",
  "fastMs",
  "slowMs",
  "curve",
  "stairMs",
  "cutPpm",
  "fixedBonusPpm",
  "closeFactorPpm",
  "insolventMs",
  "resetMs",
  "resetPpm",
  "minimumSliceMicros",
  "auctionCapMicros",
  "tipMicros",
  "chipPpm",
  "deleverageMs",
  "marketTrancheMicros",
  "feeSharePpm",
  "hedgeBudgetPpm",
  "cooldownMs",
];

/** All of them, in the order of the leaf. */
export const liquidationParameters: readonly LiquidationParameter[] = names.map((name) => ({
  name,
  ...table[name],
}));

/** The venue's rules for accounts in default, as they are in force. One leaf. */
export class LiquidationTerms implements StateSection {
  readonly name = "liquidation-terms";
  readonly leafCount = 1;
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly #values: Map<string, number> = new Map(
    liquidationParameters.map(({ name, initial }) => [name, initial]),
  );

  constructor() {
    this.dirty.mark(0);
  }

  get(name: LiquidationTerm): number {
    return this.#values.get(name) ?? 0;
  }

  /** The value of a parameter by name; NaN if there is none. */
  find(name: string): number {
    return this.#values.get(name) ?? NaN;
  }

  set(name: string, value: number): void {
    this.#values.set(name, value);
    this.dirty.mark(0);
  }

  encodeLeaf(_index: number, out: ByteWriter): void {
    for (const { name } of liquidationParameters) out.integer(this.#values.get(name) ?? 0);
  }

  decodeLeaf(_index: number, from: ByteReader): void {
    for (const { name } of liquidationParameters) this.#values.set(name, from.integer());
  }

  finishRestore(): void {
    this.dirty.take();
  }
}
