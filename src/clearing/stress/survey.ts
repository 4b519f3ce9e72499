import { invariant } from "../../quantity/error.ts";
import { type Accounts } from "../accounts/index.ts";
import { type Epoch, type EpochModel, type MarginSources } from "../margin/index.ts";
import { type Exposure, ExposureReader } from "./exposure.ts";
import { ScenarioRows } from "./scenario-rows.ts";
import { fundScenarios, type FundScenarios } from "./scenarios.ts";

/** What a survey reads. */
export interface SurveySources {
  readonly accounts: Pick<
    Accounts,
    "count" | "owner" | "accountsOf" | "isHouse" | "houseAccountOf" | "label" | "mode"
  >;
  readonly margin: { readonly epoch: Epoch | undefined; readonly sources: MarginSources };
}

const million = 1_000_000;

/** Losses of all accounts beyond their equity, scenario by scenario: whole USD micros, so that no order of adding changes them. */
export interface ScenarioLosses {
  readonly scenarios: FundScenarios;
  /** Of all accounts together. */
  readonly totalMicros: Float64Array;
  /** Of the owner that loses most beyond its accounts' equity, and of the next. */
  readonly firstMicros: Float64Array;
  readonly secondMicros: Float64Array;
  /** Who they are, by the number of each one's first account; −1: nobody. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Accounts below 0 in some scenario, by the number of their owner's first account. */
  readonly losers: ReadonlyMap<number, readonly Exposure[]>;
  /** Accounts that were looked at, and those of them that some scenario might leave below 0. */
  readonly accounts: number;
  readonly valued: number;
}

/** Gains of an account in every scenario, USD. */
export function gainsInto(out: Float64Array, items: Exposure["items"], rows: ScenarioRows): void {
  out.fill(0);
  for (const { rows: of, size } of items) {
    const { common, own, first } = rows.of(of);
    for (let s = 0; s < common.length; s++) out[s] = out[s]! + size * common[s]!;
    for (let s = 0; s < own.length; s++) out[first + s] = out[first + s]! + size * own[s]!;
  }
}

/** Gain of one item in one scenario, USD. */
export function itemGain(
  { rows: of, size }: Exposure["items"][number],
  rows: ScenarioRows,
  s: number,
): number {
  const { common, own, first } = rows.of(of);
  if (s < common.length) return size * common[s]!;
  return s >= first && s < first + own.length ? size * own[s - first]! : 0;
}

/** Gain of an account in one scenario: as in {@link gainsInto}, to the last bit. USD. */
export const gainOf = ({ items }: Pick<Exposure, "items">, rows: ScenarioRows, s: number): number =>
  items.reduce((sum, item) => sum + itemGain(item, rows, s), 0);

/** What an account falls short of 0 after a gain, USD micros, rounded up. */
export const shortMicros = ({ equityMicros, closeOutUsd }: Exposure, gainUsd: number): number =>
  Math.max(0, Math.ceil(Math.min(1e15, (closeOutUsd - gainUsd) * million - equityMicros)) + 0);

/**
 * Values every owner's accounts in every scenario of the epoch, some at a time, so that whoever runs it can do other things between. What it
 * finds is exact for a state that stands still meanwhile.
 */
export class FundSurvey {
  readonly #sources: SurveySources;
  readonly #reader: ExposureReader;
  readonly rows: ScenarioRows;
  readonly #gains: Float64Array;
  readonly #owner: Float64Array;
  readonly #total: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #firstOwner: Int32Array;
  readonly #secondOwner: Int32Array;
  readonly #losers: Map<number, Exposure[]> = new Map();
  #next = 0;
  #accounts = 0;
  #valued = 0;

  private constructor(sources: SurveySources, epoch: Epoch, model: EpochModel) {
    this.#sources = sources;
    const scenarios = fundScenarios(model.matrix);
    const count = scenarios.all.length;
    this.rows = new ScenarioRows(scenarios);
    this.#reader = new ExposureReader(sources.margin.sources, epoch, model, this.rows);
    this.#gains = new Float64Array(count);
    this.#owner = new Float64Array(count);
    this.#total = new Float64Array(count);
    this.#first = new Float64Array(count);
    this.#second = new Float64Array(count);
    this.#firstOwner = new Int32Array(count).fill(-1);
    this.#secondOwner = new Int32Array(count).fill(-1);
  }

  /** A survey of the present epoch, by its present documents; undefined without one. */
  static begin(sources: SurveySources): FundSurvey | undefined {
    const { epoch } = sources.margin;
    const model = epoch?.models.at(-1)?.whole();
    return epoch && model ? new FundSurvey(sources, epoch, model) : undefined;
  }

  get isDone(): boolean {
    return this.#next >= this.#sources.accounts.count;
  }

  /** Goes on with so many account numbers. */
  advance(count: number): void {
    const { accounts } = this.#sources;
    const end = Math.min(accounts.count, this.#next + count);
    for (; this.#next < end; this.#next++) {
      const account = this.#next;
      if (accounts.isHouse(account)) continue;
      const all = accounts.accountsOf(accounts.owner(account));
      if (all[0] === account) this.#addOwner(account, all);
    }
  }

  /** The account as the scenarios see it, whoever's it is. */
  read(account: number): Exposure {
    return this.#reader.read(account);
  }

  #addOwner(owner: number, accounts: readonly number[]): void {
    const sum = this.#owner;
    const losers: Exposure[] = [];
    let isAtRisk = false;
    for (const account of accounts) {
      this.#accounts++;
      const exposure = this.#reader.readIfAtRisk(account);
      if (!exposure) continue;
      this.#valued++;
      const gains = this.#gains;
      gainsInto(gains, exposure.items, this.rows);
      if (!isAtRisk) sum.fill(0);
      isAtRisk = true;
      let most = 0;
      for (let s = 0; s < gains.length; s++) {
        const short = shortMicros(exposure, gains[s]!);
        if (short === 0) continue;
        most = Math.max(most, short);
        sum[s] = sum[s]! + short;
      }
      if (most > 0) losers.push(exposure);
    }
    if (losers.length > 0) this.#losers.set(owner, losers);
    if (isAtRisk) this.#rank(owner);
  }

  #rank(owner: number): void {
    const sum = this.#owner;
    for (let s = 0; s < sum.length; s++) {
      const short = sum[s]!;
      if (short === 0) continue;
      this.#total[s] = this.#total[s]! + short;
      if (short > this.#first[s]!) {
        this.#second[s] = this.#first[s]!;
        this.#secondOwner[s] = this.#firstOwner[s]!;
        this.#first[s] = short;
        this.#firstOwner[s] = owner;
      } else if (short > this.#second[s]!) {
        this.#second[s] = short;
        this.#secondOwner[s] = owner;
      }
    }
  }

  /** What was found. */
  losses(): ScenarioLosses {
    invariant(this.isDone, "all accounts were looked at");
    return {
      scenarios: this.rows.scenarios,
      totalMicros: this.#total,
      firstMicros: this.#first,
      secondMicros: this.#second,
      first: this.#firstOwner,
      second: this.#secondOwner,
      losers: this.#losers,
      accounts: this.#accounts,
      valued: this.#valued,
    };
  }
}
