import { PlimsollError } from "../quantity/index.ts";
import { economicValue, type MarginResult, preparePortfolioMargin } from "../risk/index.ts";
import {
  contractsOf,
  type Earning,
  earnedShare,
  type HedgeGoal,
  netGainUsd,
  type ShadowPrice,
  shadowPrices,
  takerCosts,
  type TradeCosts,
  tradeCost,
} from "../risk/optimize/index.ts";
import { type HedgeAnswer, type HedgePoint, optimizeHedge } from "../service/optimize/hedge.ts";
import { type CommandOutput } from "./command-output.ts";
import { type Book, type BookOptions, loadBook } from "./input/load.ts";
import { hedgeText } from "./optimize-hedge-text.ts";
import { boundedOption, wordsOption } from "./optimize-options.ts";
import { startProgress } from "./output/progress.ts";
import { resultJson } from "./output/result.ts";

export interface HedgeOptions extends BookOptions {
  readonly goal?: string;
  readonly free?: string;
  readonly legs?: string;
  readonly rate?: string;
  readonly days?: string;
  readonly optionFee?: string;
  readonly linearFee?: string;
  readonly spreadShare?: string;
  readonly underlying?: string;
  readonly kinds?: string;
  readonly closing?: boolean;
  readonly timeLimit?: string;
}

/** A trade of a hedge, as it would be done. */
export interface HedgeTrade {
  readonly instrument: string;
  /** Contracts, signed: negative sells. */
  readonly size: number;
  /** In the instrument's own price convention: the ask or bid; the mark where there is none. */
  readonly price: number;
  readonly mark: number;
  readonly spreadUsd: number;
  readonly feeUsd: number;
  readonly impactUsd: number;
}

/** One point between margin freed and cost. USD. */
export interface FrontierRow {
  readonly freedUsd: number;
  readonly freedShare: number;
  readonly costUsd: number;
  readonly earnedUsd: number;
  readonly netUsd: number;
  /** Days until the freed capital has earned the cost; Infinity when nothing was freed. */
  readonly breakEvenDays: number;
  readonly legs: number;
}

export interface HedgeReport {
  readonly book: Book;
  readonly answer: HedgeAnswer;
  readonly earning: Earning;
  readonly costs: TradeCosts;
  readonly goal: HedgeGoal;
  readonly before: MarginResult;
  readonly after: MarginResult;
  readonly chosen: FrontierRow;
  readonly trades: readonly HedgeTrade[];
  readonly frontier: readonly FrontierRow[];
  /** Efficiency by risk of the book as it was, before and after. */
  readonly efficiency: { readonly before: number; readonly after: number };
  readonly shadowPrices: { readonly before: readonly ShadowPrice[]; readonly after: readonly ShadowPrice[] };
  readonly legsMax: number;
}

const kinds = ["spot", "perpetual", "future", "option"];

function goalOf(options: HedgeOptions, requirementUsd: number): HedgeGoal {
  if (options.free !== undefined) {
    const share = boundedOption("--free", options.free, { min: 0.001, max: 1 });
    return { kind: "free", requirementUsd: (1 - share) * requirementUsd };
  }
  const goal = options.goal ?? "most";
  if (goal === "most" || goal === "net") return { kind: goal };
  throw new PlimsollError("PLM_USAGE", {
    field: "--goal",
    value: goal,
    limit: "one of most, net",
    remedy: "Or name the share of margin to free with --free.",
  });
}

function frontierRow(point: HedgePoint, beforeUsd: number, earning: Earning): FrontierRow {
  const { freedUsd, costUsd, excessGainUsd } = point.hedged;
  const perDay = (excessGainUsd * earning.ratePerYear) / 365;
  return {
    freedUsd,
    freedShare: beforeUsd > 0 ? freedUsd / beforeUsd : 0,
    costUsd,
    earnedUsd: earnedShare(earning) * excessGainUsd,
    netUsd: netGainUsd(point.hedged, earning),
    breakEvenDays: perDay > 0 ? costUsd / perDay : costUsd > 0 ? Infinity : 0,
    legs: point.lots.filter((lots) => lots !== 0).length,
  };
}

function tradesOf({ problem, chosen }: HedgeAnswer): readonly HedgeTrade[] {
  return problem.candidates.flatMap((candidate, at): readonly HedgeTrade[] => {
    const lots = chosen.lots[at] ?? 0;
    if (lots === 0) return [];
    const size = contractsOf(candidate, lots);
    const quote = problem.prepared.market.quotes.get(candidate.instrument.id);
    const mark = quote?.mark ?? 0;
    const price = (size > 0 ? quote?.ask : quote?.bid) ?? mark;
    const cost = tradeCost(problem.prepared, candidate, size);
    return [{ instrument: candidate.instrument.id, size, price, mark, ...cost }];
  });
}

/** `plimsoll optimize hedge`: the trades that free margin, and whether they are worth what they cost. */
export async function optimizeHedgeCommand(options: HedgeOptions): Promise<CommandOutput> {
  const earning: Earning = {
    ratePerYear: boundedOption("--rate", options.rate ?? "0.05", { min: 0.0001, max: 10 }),
    days: boundedOption("--days", options.days ?? "30", { min: 0.01, max: 3650 }),
  };
  const fee = (name: string, text: string | undefined, usual: number): number =>
    text === undefined ? usual : boundedOption(name, text, { min: 0, max: 1 });
  const costs: TradeCosts = {
    ...takerCosts,
    optionFee: fee("--option-fee", options.optionFee, takerCosts.optionFee),
    linearFee: fee("--linear-fee", options.linearFee, takerCosts.linearFee),
    spreadShare: fee("--spread-share", options.spreadShare, takerCosts.spreadShare),
  };
  const legsMax = boundedOption("--legs", options.legs ?? "12", { min: 1, max: 500, whole: true });
  const timeLimitMs =
    1000 * boundedOption("--time-limit", options.timeLimit ?? "60", { min: 0.1, max: 3600 });
  const book = await loadBook(options);
  const { portfolio, market } = book;
  const underlyings = wordsOption("--underlying", options.underlying, [...market.underlyings.keys()].sort());
  const wanted = wordsOption("--kinds", options.kinds, kinds);
  const prepared = preparePortfolioMargin(book);
  const before = prepared.margin(portfolio);
  if (!(before.initialMargin > 0)) {
    throw new PlimsollError("PLM_NO_SOLUTION", {
      field: "portfolio",
      value: portfolio.name,
      limit: "a book with an initial requirement above 0",
      remedy: "There is no margin to free.",
    });
  }
  const goal = goalOf(options, before.initialMargin);
  const progress = startProgress("looking for hedges");
  const answer = await optimizeHedge({
    prepared: prepared.matrix,
    portfolio,
    costs,
    earning,
    goal,
    legsMax,
    closing: options.closing ?? false,
    allowed: (id) => {
      const instrument = market.instruments.get(id);
      return (
        instrument !== undefined &&
        (underlyings?.has(instrument.underlying) ?? true) &&
        (wanted?.has(instrument.kind) ?? true)
      );
    },
    timeLimitMs,
    onProgress: (done, of) => progress.show(done, `of ${of}`),
  });
  progress.end();
  if (answer.weighed === 0) {
    throw new PlimsollError("PLM_NO_SOLUTION", {
      field: "market",
      value: book.market.source,
      limit: `an instrument to hedge with, quoted and not expiring within ${earning.days} days`,
      remedy: "Shorten --days, widen --underlying or --kinds, or give a market with quotes.",
    });
  }
  const after = prepared.margin(answer.chosen.hedged.portfolio);
  const { riskValueUsd } = economicValue(portfolio, market);
  const row = (point: HedgePoint): FrontierRow => frontierRow(point, before.initialMargin, earning);
  const assets = [...market.assets.keys()].sort();
  const report: HedgeReport = {
    book,
    answer,
    earning,
    costs,
    goal,
    before,
    after,
    chosen: row(answer.chosen),
    trades: tradesOf(answer),
    frontier: answer.frontier.map(row),
    efficiency: {
      before: riskValueUsd / before.initialMargin,
      after: after.initialMargin > 0 ? riskValueUsd / after.initialMargin : Infinity,
    },
    shadowPrices: {
      before: shadowPrices(prepared.matrix, portfolio, assets),
      after: shadowPrices(prepared.matrix, answer.chosen.hedged.portfolio, assets),
    },
    legsMax,
  };
  return { text: hedgeText(report), json: hedgeJson(report) };
}

/** The report as data. */
function hedgeJson(report: HedgeReport): unknown {
  const { answer, before, after, goal, earning, costs, trades, chosen, frontier, efficiency } = report;
  return {
    portfolio: report.book.portfolio.name,
    goal,
    earning,
    costs,
    meetsGoal: answer.chosen.meetsGoal,
    trades,
    ...chosen,
    bound: answer.chosen.bound,
    weighed: answer.weighed,
    leftOut: answer.leftOut,
    cutShort: answer.cutShort,
    frontier,
    efficiency,
    shadowPrices: report.shadowPrices,
    before: resultJson({ ...before, scenarios: [] }),
    after: resultJson({ ...after, scenarios: [] }),
  };
}
