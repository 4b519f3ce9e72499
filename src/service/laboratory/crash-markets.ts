import { type History, historyTimeMs, type Market, type Option } from "../../market/index.ts";
import { log } from "../../numerics/index.ts";
import { filterFactor, levelSeries } from "../../risk/scenarios/factor-history.ts";
import { DataFolders } from "./data-files.ts";
import { indexSeries } from "./delta-one.ts";
import { optionCoins, optionHistories, type OptionHistories, readVolIndex } from "./option-history.ts";
import { dayMs, hourMs, type Panel, readPanels, stepAt } from "./panels.ts";
import { simulatedMarket } from "./simulated-market.ts";
import { shapeNames } from "./simulated-surface.ts";

/** Half-life of the realised volatility that stands in for an implied one, hours. */
const realisedHalfLifeHours = 240;
const hoursPerYear = 8_760;

/**
 * Markets of BTC and ETH about recorded prices, at any hour of a record. The volatility index is the level of all implied volatilities where it
 * was recorded, else realised volatility is; smiles and terms are flat, forwards at spot.
 */
export class CrashMarkets {
  readonly #panel: Panel;
  readonly #data: DataFolders;
  readonly #index: ReturnType<typeof readVolIndex>;
  #histories: OptionHistories | undefined;
  #realised: { readonly of: History; readonly vols: ReadonlyMap<string, Float64Array> } | undefined;

  /** @throws {PlimsollError} for a folder or a table that cannot be read. */
  constructor(folders: readonly string[]) {
    this.#data = new DataFolders(folders);
    this.#panel = readPanels(folders).hourly;
    this.#index = readVolIndex(this.#data);
  }

  /** Recorded prices by hours. */
  get panel(): Panel {
    return this.#panel;
  }

  /** The past as recorded. Whoever uses it says until when. */
  history(timeMs: number): History {
    this.#histories ??= optionHistories(this.#data, this.#panel);
    return this.#histories.at(timeMs);
  }

  /** The market of a full hour; undefined when a price was not recorded. @param held - options to quote, in place of a whole chain. */
  market(asOfMs: number, held?: readonly Option[]): Market | undefined {
    const coins = optionCoins.flatMap((symbol) => {
      const spotUsd = indexSeries(this.#panel, symbol)[stepAt(this.#panel, asOfMs)] ?? Number.NaN;
      const vol = spotUsd > 0 ? this.#vol(symbol, asOfMs) : Number.NaN;
      if (!(vol > 0)) return [];
      return [
        { symbol, spotUsd, state: { level: log(vol), shape: shapeNames.map((name) => shapeOf(name)) } },
      ];
    });
    if (coins.length < optionCoins.length) return undefined;
    return simulatedMarket({ asOfMs, coins, ...(held && { held, listed: false }) });
  }

  #vol(symbol: string, asOfMs: number): number {
    const known = this.#index.findLast(({ timeMs, vols }) => timeMs <= asOfMs && vols.has(symbol));
    if (known && asOfMs - known.timeMs < 3 * dayMs) return known.vols.get(symbol) ?? Number.NaN;
    const history = this.history(asOfMs);
    if (this.#realised?.of !== history) {
      const vols = new Map<string, Float64Array>();
      for (const series of levelSeries(history)) {
        if (series.kind !== "spot") continue;
        const { volPerRootHour, timesMs } = filterFactor(series, realisedHalfLifeHours);
        const byStep = new Float64Array(history.length).fill(Number.NaN);
        for (const [at, timeMs] of timesMs.entries())
          byStep[Math.round((timeMs - historyTimeMs(history, 0)) / history.intervalMs)] = volPerRootHour[at]!;
        vols.set(series.symbol, byStep);
      }
      this.#realised = { of: history, vols };
    }
    const step = Math.floor((asOfMs - historyTimeMs(history, 0)) / history.intervalMs);
    return (this.#realised.vols.get(symbol)?.[step] ?? Number.NaN) * Math.sqrt(hoursPerYear);
  }
}

/** Flat in term, with a light smile. */
const shapeOf = (name: string): number => (name.startsWith("ρ") ? -0.1 : name.startsWith("ln v") ? -0.2 : 0);

/** Full hours from one instant to another, both among them. */
export const hoursBetween = (fromMs: number, toMs: number): readonly number[] =>
  Array.from(
    { length: Math.max(0, Math.floor((toMs - fromMs) / hourMs) + 1) },
    (_, hour) => fromMs + hour * hourMs,
  );
