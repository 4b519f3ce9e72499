import { type History } from "../../market/index.ts";
import { ScenarioRows } from "../../clearing/stress/scenario-rows.ts";
import { fundScenarios, tailLevels } from "../../clearing/stress/index.ts";
import { gainsInto, shortMicros } from "../../clearing/stress/survey.ts";
import { randomStream } from "../../numerics/index.ts";
import { chargeSums } from "../../risk/portfolio-margin/add-ons.ts";
import {
  bookOf,
  type MarginParameters,
  prepareMarket,
  type PreparedMarket,
  tailMeasures,
  wholeShocks,
} from "../../risk/index.ts";
import { boundedFigures } from "../../risk/portfolio-margin/margin.ts";
import { drawPeople, type Person } from "../crash/people.ts";
import { margins, studyCoins } from "../crash/plan.ts";
import { historyOf, lossUntil, openBook, RecordedInstant } from "./delta-one.ts";
import { type LibraryBook } from "./delta-one-books.ts";
import { dayMs, hourMs, type Panel, stepAt, timeAt } from "./panels.ts";
import { type CrashWindow } from "./procyclicality.ts";

/** Close-out windows that losses are looked for in, hours from the instant at which an account has exactly its requirement. */
export const closeOutHours: readonly number[] = [1, 4, 24];

/** The worst close-out window of one length in a crash. */
export interface CrashLoss {
  readonly hours: number;
  /** Instants at which the population was margined anew. */
  readonly starts: number;
  /** Start of the worst window, and the hour in it at which most was missing. */
  readonly startMs: number;
  readonly worstMs: number;
  /** Losses and costs of closing beyond the initial requirement, all accounts together, and of the account that lost most. USD. */
  readonly beyondUsd: number;
  readonly largestUsd: number;
  readonly accountsBeyond: number;
  /** What all accounts together had posted at that start, USD. */
  readonly requiredUsd: number;
}

/** A population in a crash, margined by our model, beside what a fund was to hold by what was known at the crash's start. USD. */
export interface CrashFund {
  readonly crash: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly coins: readonly string[];
  readonly accounts: number;
  /** Gross, of positions and coins, and all initial requirements at the start. */
  readonly notionalUsd: number;
  readonly requiredUsd: number;
  /** The fund's stress sizes, equations (I2) to (I4), and the scenario that Cover-2 is of. */
  readonly coverOneUsd: number;
  readonly coverTwoUsd: number;
  readonly allUsd: number;
  readonly coverTwoScenario: string;
  readonly tails: readonly { readonly level: number; readonly expectedShortfallUsd: number }[];
  /** In the order of {@link closeOutHours}; without those that no window of the crash is long enough for. */
  readonly losses: readonly CrashLoss[];
}

/** The close-out window that left most unpaid. */
export const worstLoss = ({ losses }: CrashFund): CrashLoss | undefined =>
  losses.toSorted((a, b) => b.beyondUsd - a.beyondUsd || b.hours - a.hours)[0];

/** A coin with what was traded of it in a window. */
export interface TradedCoin {
  readonly name: string;
  readonly volumeUsd: number;
}

/** The documented population of `plimsoll crash`, on the coins that a venue would have listed. */
export interface CrashPopulation {
  readonly seed: number;
  readonly traders: number;
  /** Of each crash, by its name: those that a venue would list, its first choice first. */
  readonly coins: ReadonlyMap<string, readonly TradedCoin[]>;
}

const million = 1_000_000;
const majors = new Set(["BTC", "ETH"]);

const spanOf = ({ from, to }: CrashWindow): { readonly fromMs: number; readonly toMs: number } => ({
  fromMs: Date.parse(from),
  toMs: Date.parse(to) + dayMs,
});

/** Positions and collateral in a coin; dollars are beside every book. */
const bookOfPerson = ({ legs, collateral, equityUsd }: Person, index: number): LibraryBook => ({
  name: `account ${index}`,
  type: "account",
  asset: "",
  track: "delta-one",
  group: "plain",
  legs: () => [
    ...legs.map(({ coin, usd }) => ({ kind: "perpetual" as const, symbol: coin, usd })),
    ...(collateral === "USDC" ? [] : [{ kind: "coin" as const, symbol: collateral, usd: equityUsd }]),
  ],
});

/** An account with exactly its initial requirement. */
interface Margined {
  readonly open: NonNullable<ReturnType<typeof openBook>>;
  readonly requiredUsd: number;
  /** Half the spread and the price impact of closing, USD: equations (19) and (20). */
  readonly closeOutUsd: number;
}

function marginAll(
  books: readonly LibraryBook[],
  at: RecordedInstant,
  parameters: MarginParameters,
  history: History,
): readonly Margined[] {
  const prepared = prepareMarket({ market: at.market, parameters, history });
  return books.flatMap((one, index): Margined[] => {
    const open = openBook(one, index, at);
    if (!open) return [];
    const { book } = bookOf(open.asked.portfolio, prepared);
    const charges = chargeSums(prepared, book);
    return [
      {
        open,
        requiredUsd: boundedFigures(prepared, book).initialUsd,
        closeOutUsd: charges["half-spread"] + charges["price-impact"],
      },
    ];
  });
}

/** The fund's stress sizes for accounts of as many owners, by the scenarios of `plimsoll stress`: with every stress shock in full. */
function fundSizes(
  whole: PreparedMarket,
  accounts: readonly Margined[],
): Pick<CrashFund, "coverOneUsd" | "coverTwoUsd" | "allUsd" | "coverTwoScenario" | "tails"> {
  const scenarios = fundScenarios(whole);
  const rows = new ScenarioRows(scenarios);
  const count = scenarios.all.length;
  const inEach = (): Float64Array => new Float64Array(count);
  const [first, second, total, gains] = [inEach(), inEach(), inEach(), inEach()] as const;
  for (const [account, { open, requiredUsd, closeOutUsd }] of accounts.entries()) {
    const { items } = bookOf(open.asked.portfolio, whole).book;
    const exposure = { account, equityMicros: Math.floor(requiredUsd * million), closeOutUsd, items };
    gainsInto(gains, items, rows);
    for (let s = 0; s < count; s++) {
      const short = shortMicros(exposure, gains[s]!) / million;
      total[s]! += short;
      if (short > first[s]!) [first[s], second[s]] = [short, first[s]!];
      else if (short > second[s]!) second[s] = short;
    }
  }
  let [coverOneUsd, coverTwoUsd, allUsd, coverTwoScenario] = [0, 0, 0, ""];
  for (const [s, { isBeyond, label }] of scenarios.all.entries()) {
    if (isBeyond) continue;
    coverOneUsd = Math.max(coverOneUsd, first[s]!);
    allUsd = Math.max(allUsd, total[s]!);
    const both = first[s]! + second[s]!;
    if (both > coverTwoUsd) [coverTwoUsd, coverTwoScenario] = [both, label];
  }
  const { historicalCount } = scenarios;
  const measured = tailMeasures(
    {
      pnlUsd: total.slice(0, historicalCount).map((usd) => 0 - usd),
      weights: Float64Array.from(scenarios.all.slice(0, historicalCount), ({ weight }) => weight),
    },
    tailLevels,
  );
  const tails = measured.map(({ expectedShortfallUsd }, at) => ({
    level: tailLevels[at]!,
    expectedShortfallUsd: expectedShortfallUsd + 0,
  }));
  return { coverOneUsd, coverTwoUsd, allUsd, coverTwoScenario, tails };
}

/** What is missing hour by hour after a start: of each hour all accounts together. Hours at which an account has no price are left out. */
function* missing(
  accounts: readonly Margined[],
  at: RecordedInstant,
  lastStep: number,
): Generator<Pick<CrashLoss, "beyondUsd" | "largestUsd" | "accountsBeyond" | "worstMs"> & { hours: number }> {
  for (let step = at.step + 1; step <= lastStep; step++) {
    let [beyondUsd, largestUsd, accountsBeyond, known] = [0, 0, 0, true];
    for (const { open, requiredUsd, closeOutUsd } of accounts) {
      const loss = lossUntil(open, at, step);
      if (loss === undefined) {
        known = false;
        break;
      }
      const short = loss + closeOutUsd - requiredUsd;
      if (short <= 0) continue;
      beyondUsd += short;
      largestUsd = Math.max(largestUsd, short);
      accountsBeyond += 1;
    }
    const hours = step - at.step;
    if (known) yield { hours, beyondUsd, largestUsd, accountsBeyond, worstMs: timeAt(at.panel, step) };
  }
}

/**
 * The documented population through crashes: at every start each account has exactly its initial requirement, all that it had beyond is
 * gone, and nobody adds money or trades. What it then loses beyond that within each close-out window, at hourly prices, stands beside the
 * fund's stress size at the crash's start. The fund's scenarios and the requirement know nothing later than their instant.
 *
 * @param panel - hourly. @param everyHours - distance of two starts.
 */
export function crashFunds(
  panel: Panel,
  windows: readonly CrashWindow[],
  input: {
    readonly parameters: MarginParameters;
    readonly population: CrashPopulation;
    readonly everyHours: number;
    readonly progress?: (done: number) => void;
  },
): readonly CrashFund[] {
  const { parameters, population, everyHours, progress } = input;
  return windows.flatMap((window, done): CrashFund[] => {
    progress?.(done);
    const { fromMs, toMs } = spanOf(window);
    const startStep = stepAt(panel, fromMs);
    if (startStep < 0) return [];
    const candidates = population.coins.get(window.name) ?? [];
    const start = new RecordedInstant(
      panel,
      startStep,
      candidates.map(({ name }) => name),
    );
    const isMajor = ({ name }: TradedCoin): number => Number(majors.has(name));
    const coins = candidates
      .filter(({ name }) => start.coins.includes(name))
      .slice(0, studyCoins)
      .sort((a, b) => isMajor(b) - isMajor(a) || b.volumeUsd - a.volumeUsd)
      .map(({ name }) => name);
    if (coins.length === 0) return [];
    const traded = coins.map((name) => ({
      name,
      initialMarginPpm: (majors.has(name) ? margins.major : margins.other).initialMarginPpm,
      isCollateral: majors.has(name),
    }));
    // as the scene of `plimsoll crash` draws them
    const people = drawPeople(
      randomStream(population.seed + 1_000_000),
      population.traders,
      traded,
      hourMs / Math.max(2 * hourMs, toMs - fromMs),
    );
    const books = people.map(bookOfPerson);
    const history = historyOf(panel, coins);
    const worst = closeOutHours.map((hours): CrashLoss => ({
      hours,
      starts: 0,
      startMs: fromMs,
      worstMs: fromMs,
      beyondUsd: 0,
      largestUsd: 0,
      accountsBeyond: 0,
      requiredUsd: 0,
    }));
    let fund: Omit<CrashFund, "losses"> | undefined;
    const endStep = startStep + Math.round((toMs - fromMs) / panel.stepMs);
    const most = closeOutHours.at(-1)!;
    for (let step = startStep; step < endStep && step < panel.length; step += everyHours) {
      const at = new RecordedInstant(panel, step, coins);
      const accounts = marginAll(books, at, parameters, history);
      if (accounts.length === 0) continue;
      const requiredUsd = accounts.reduce((sum, one) => sum + one.requiredUsd, 0);
      fund ??= {
        crash: window.name,
        fromMs: at.timeMs,
        toMs,
        coins,
        accounts: accounts.length,
        notionalUsd: accounts.reduce((sum, { open }) => sum + open.notionalUsd, 0),
        requiredUsd,
        ...fundSizes(
          prepareMarket({ market: at.market, parameters: wholeShocks(parameters), history }),
          accounts,
        ),
      };
      for (const found of missing(accounts, at, Math.min(endStep, step + most))) {
        for (const [index, hours] of closeOutHours.entries()) {
          const known = worst[index]!;
          if (found.hours > hours) continue;
          const starts = known.starts + (found.hours === 1 ? 1 : 0);
          worst[index] =
            found.beyondUsd > known.beyondUsd || known.starts === 0
              ? { ...found, hours, starts, startMs: at.timeMs, requiredUsd }
              : { ...known, starts };
        }
      }
    }
    return fund ? [{ ...fund, losses: worst.filter(({ starts }) => starts > 0) }] : [];
  });
}
