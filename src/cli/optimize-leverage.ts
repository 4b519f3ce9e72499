import { type Market } from "../market/index.ts";
import { PlimsollError } from "../quantity/index.ts";
import { accountValue, type MarginFigures, preparePortfolioMargin } from "../risk/index.ts";
import {
  bestScale,
  carryPerYearUsd,
  type CarryRates,
  leverageOf,
  type LeverageStudy,
  leverageStudy,
  type LiquidationEstimate,
  liquidationEstimate,
  loopedCollateral,
  portfolioAt,
  type ScalableBook,
  scaledPositions,
} from "../risk/optimize/index.ts";
import { durationOption } from "./clearing/serve-options.ts";
import { type CommandOutput } from "./command-output.ts";
import { type Book, type BookOptions, loadBook } from "./input/load.ts";
import { leverageText } from "./optimize-leverage-text.ts";
import { boundedOption } from "./optimize-options.ts";
import { startProgress } from "./output/progress.ts";

export interface LeverageOptions extends BookOptions {
  readonly probability?: string;
  readonly horizon?: string;
  readonly confidence?: string;
  readonly funding?: string;
  readonly yield?: readonly string[];
  readonly borrow?: readonly string[];
  readonly loop?: string;
  readonly most?: string;
  readonly timeLimit?: string;
}

/** A leverage and what is known of it. */
export interface LeverageRow {
  readonly label: string;
  /** Factor on the book's positions, or loops of the collateral. */
  readonly scale: number;
  /** Gross exposure ÷ equity. */
  readonly leverage: number;
  readonly estimate: LiquidationEstimate;
  /** Carry in a year over equity. */
  readonly carryPerYear: number;
  readonly figures: MarginFigures;
}

export interface LeverageReport {
  readonly book: Book;
  readonly scalable: ScalableBook;
  readonly study: LeverageStudy;
  readonly probability: number;
  readonly confidence: number;
  readonly horizonMs: number;
  readonly carry: CarryRates;
  readonly now?: LeverageRow;
  /** By the rate that was counted; absent when even the least leverage was liquidated more often. */
  readonly best?: LeverageRow;
  /** By the upper end of its interval; absent when the stretches are too few for that. */
  readonly sure?: LeverageRow;
  /** Whether the initial requirement, not liquidation, limits `best`. */
  readonly limitedByOpening: boolean;
  /** Largest leverage that the initial requirement lets be opened. */
  readonly openLeverage: number;
  /** Leverage by probability. */
  readonly curve: readonly { readonly probability: number; readonly row: LeverageRow }[];
  readonly cutShort: boolean;
}

/** `NAME=RATE`, once for each. */
function ratesOf(
  name: string,
  texts: readonly string[] | undefined,
  market: Market,
): ReadonlyMap<string, number> {
  return new Map(
    (texts ?? []).map((text) => {
      const [asset = "", rate = ""] = text.split("=", 2);
      if (!market.assets.has(asset) && !market.underlyings.has(asset)) {
        throw new PlimsollError("PLM_UNKNOWN", {
          field: name,
          value: asset,
          limit: `one of ${[...market.assets.keys()].sort().slice(0, 12).join(", ")}`,
          remedy: `Name an asset of the market, as in ${name} ETH=0.03.`,
        });
      }
      return [asset, boundedOption(`${name} ${asset}`, rate, { min: -10, max: 10 })];
    }),
  );
}

function scalableOf({ portfolio, market, parameters }: Book, loop: string | undefined): ScalableBook {
  const { settlementAsset } = parameters;
  const { equityUsd } = accountValue(portfolio, market, settlementAsset);
  if (!(equityUsd > 0)) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "portfolio equity",
      value: equityUsd,
      limit: "above 0",
      remedy: "Leverage is exposure over equity: give the book collateral.",
    });
  }
  if (loop !== undefined) {
    const [asset = "", debt = "", more] = loop.split("/");
    if (!market.assets.has(asset) || !market.assets.has(debt) || asset === debt || more !== undefined) {
      throw new PlimsollError("PLM_USAGE", {
        field: "--loop",
        value: loop,
        limit: "COLLATERAL/DEBT, two assets of the market",
        remedy: "As in --loop stETH/ETH.",
      });
    }
    return loopedCollateral({ asset, debt, equityUsd }, market);
  }
  const scalable = scaledPositions(portfolio, market, settlementAsset);
  if (scalable.unitExposureUsd > 0) return scalable;
  throw new PlimsollError("PLM_USAGE", {
    field: "portfolio",
    value: portfolio.name,
    limit: "a book with positions",
    remedy: "Or name collateral to loop, as in --loop stETH/ETH.",
  });
}

const curveProbabilities: readonly number[] = [0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25];

/** `plimsoll optimize leverage`: the most leverage whose liquidation is rare enough. */
export async function optimizeLeverageCommand(options: LeverageOptions): Promise<CommandOutput> {
  const probability = boundedOption("--probability", options.probability ?? "0.01", { min: 0, max: 1 });
  const confidence = boundedOption("--confidence", options.confidence ?? "0.95", { min: 0.5, max: 0.9999 });
  const leverageMax = boundedOption("--most", options.most ?? "50", { min: 0.01, max: 1000 });
  const horizonMs = durationOption("--horizon", options.horizon ?? "7d");
  const timeLimitMs =
    1000 * boundedOption("--time-limit", options.timeLimit ?? "120", { min: 0.1, max: 3600 });
  const book = await loadBook(options);
  const { market, parameters, history } = book;
  if (!history) {
    throw new PlimsollError("PLM_DATA_GAP", {
      field: "--history",
      value: undefined,
      limit: "a history of the book's risk factors",
      remedy: "Liquidations are counted in the past: make one with `plimsoll history`.",
    });
  }
  const carry: CarryRates = {
    funding: boundedOption("--funding", options.funding ?? "0", { min: -10, max: 10 }),
    yields: ratesOf("--yield", options.yield, market),
    borrowing: ratesOf("--borrow", options.borrow, market),
  };
  const scalable = scalableOf(book, options.loop);
  const endMs = performance.now() + timeLimitMs;
  const progress = startProgress("living through the past");
  let done = 0;
  const study = leverageStudy(
    { market, history, parameters, book: scalable, carry, horizonMs, leverageMax },
    () => {
      progress.show(done++, "stretches");
      return performance.now() < endMs;
    },
  );
  progress.end();
  refuseWithoutPaths(study, horizonMs);

  const prepared = preparePortfolioMargin(book);
  const rowOf = (label: string, scale: number): LeverageRow => {
    const at = portfolioAt(scalable, scale, market, parameters.settlementAsset);
    const [figures] = prepared.marginMany([at]);
    return {
      label,
      scale,
      leverage: leverageOf(scalable, scale),
      estimate: liquidationEstimate(study, scale, confidence),
      carryPerYear: carryPerYearUsd(scalable, scale, market, carry) / scalable.equityUsd,
      figures: figures!,
    };
  };
  const best = bestScale(study, probability, confidence, "rate");
  const sure = bestScale(study, probability, confidence, "upper-end");
  const openable = (scale: number): number => Math.min(scale, study.openScale);
  const report: LeverageReport = {
    book,
    scalable,
    study,
    probability,
    confidence,
    horizonMs,
    carry,
    ...(options.loop === undefined ? { now: rowOf("as it is", 1) } : {}),
    ...(best === undefined ? {} : { best: rowOf("best", openable(best)) }),
    ...(sure === undefined ? {} : { sure: rowOf("sure", openable(sure)) }),
    limitedByOpening: best !== undefined && study.openScale < best,
    openLeverage: leverageOf(scalable, study.openScale),
    curve: curveProbabilities.flatMap((at) => {
      const scale = bestScale(study, at, confidence, "rate");
      return scale === undefined ? [] : [{ probability: at, row: rowOf("", scale) }];
    }),
    cutShort: study.critical.length < study.paths.paths.length,
  };
  return { text: leverageText(report), json: leverageJson(report) };
}

function refuseWithoutPaths({ paths, critical }: LeverageStudy, horizonMs: number): void {
  const spots = paths.missing.filter(({ kind }) => kind === "spot");
  if (spots.length > 0) {
    throw new PlimsollError("PLM_DATA_GAP", {
      field: "history",
      value: spots.map(({ symbol }) => `spot:${symbol}`).join(", "),
      limit: "a history of the spot of every underlying of the book",
      remedy: "Add the series with `plimsoll history --series`.",
    });
  }
  if (critical.length > 0) return;
  throw new PlimsollError("PLM_DATA_GAP", {
    field: "--horizon",
    value: `${horizonMs / 3_600_000} h`,
    limit:
      paths.paths.length > 0 ? "a time limit that leaves room for one stretch" : "shorter than the history",
    remedy: paths.paths.length > 0 ? "Raise --time-limit." : "Shorten the horizon, or give a longer history.",
  });
}

/** The report as data. */
function leverageJson(report: LeverageReport): unknown {
  const { study, scalable, carry } = report;
  const plain = (row: LeverageRow | undefined): unknown =>
    row && {
      ...row,
      figures: {
        equity: row.figures.equity,
        initialMargin: row.figures.initialMargin,
        maintenanceMargin: row.figures.maintenanceMargin,
      },
    };
  return {
    portfolio: scalable.name,
    probability: report.probability,
    confidence: report.confidence,
    horizonMs: report.horizonMs,
    carry: {
      funding: carry.funding,
      yields: Object.fromEntries(carry.yields),
      borrowing: Object.fromEntries(carry.borrowing),
    },
    stretches: study.critical.length,
    gaps: study.paths.gaps,
    observed: study.paths.observed,
    stepMs: study.paths.stepMs,
    factors: study.paths.factors,
    missing: study.paths.missing,
    now: plain(report.now),
    best: plain(report.best),
    sure: plain(report.sure),
    limitedByOpening: report.limitedByOpening,
    openLeverage: report.openLeverage,
    curve: report.curve.map(({ probability, row }) => ({ probability, row: plain(row) })),
    critical: study.critical.map((path) => ({ ...path, leverage: leverageOf(scalable, path.scale) })),
    cutShort: report.cutShort,
  };
}
