import { PlimsollError } from "../quantity/index.ts";
import { economicValue, type MarginResult, preparePortfolioMargin } from "../risk/index.ts";
import {
  type CollateralOffer,
  type CollateralProblem,
  collateralProblem,
  offerCostUsd,
  type ShadowPrice,
  shadowPrices,
  unitsOf,
} from "../risk/optimize/index.ts";
import { type CollateralAnswer, optimizeCollateral } from "../service/optimize/collateral.ts";
import { type CommandOutput } from "./command-output.ts";
import { type Book, type BookOptions, loadBook } from "./input/load.ts";
import { collateralText } from "./optimize-collateral-text.ts";
import { boundedOption } from "./optimize-options.ts";
import { startProgress } from "./output/progress.ts";
import { resultJson } from "./output/result.ts";

export interface CollateralOptions extends BookOptions {
  readonly asset?: readonly string[];
  readonly rate?: string;
  readonly buffer?: string;
  readonly days?: string;
  readonly timeLimit?: string;
}

/** One offered asset in the cheapest basket. */
export interface BasketRow {
  readonly asset: string;
  /** Units. */
  readonly held: number;
  readonly used: number;
  readonly most: number;
  readonly valueUsd: number;
  readonly carryPerYear: number;
  /** With buying fees, USD. */
  readonly costPerYearUsd: number;
  /** Effective haircut on the initial scale, equation (28); absent when none is used. */
  readonly haircut?: number;
  readonly shadow: ShadowPrice;
  /** What a dollar of excess made of this asset costs in a year; Infinity when it makes none. */
  readonly costPerExcess: number;
}

export interface CollateralReport {
  readonly book: Book;
  readonly problem: CollateralProblem;
  readonly answer: CollateralAnswer;
  readonly before: MarginResult;
  readonly after: MarginResult;
  /** Cost and value of what is held of the offered assets now, USD. */
  readonly heldCostPerYearUsd: number;
  readonly heldValueUsd: number;
  readonly rows: readonly BasketRow[];
  /** Of assets that were not offered. */
  readonly others: readonly ShadowPrice[];
  readonly efficiency: { readonly before: number; readonly after: number };
}

const offersMax = 32;
const offerPattern = /^([^=@+]{1,64})(?:=([^@+]+))?(?:@([^+]+))?(?:\+(.+))?$/;

/** `NAME[=MOST][@CARRY][+FEE]`. */
function offerOf(text: string, rate: number, held: number): CollateralOffer {
  const [, asset, most, carry, fee] = offerPattern.exec(text) ?? [];
  if (asset === undefined) {
    throw new PlimsollError("PLM_USAGE", {
      field: "--asset",
      value: text,
      limit: "NAME[=MOST][@CARRY][+FEE]",
      remedy: "Such as USDC=500000@0.05 or stETH@0.02+0.001.",
    });
  }
  const name = `--asset ${asset}`;
  const carryPerYear =
    carry === undefined ? rate : boundedOption(`${name} carry`, carry, { min: -10, max: 10 });
  if (carryPerYear < 0 && most === undefined && held === 0) {
    throw new PlimsollError("PLM_USAGE", {
      field: `${name} most`,
      value: undefined,
      limit: "a number of units, for an asset that pays to be tied up",
      remedy: `Name the most that may be used: ${asset}=1000@${carryPerYear}.`,
    });
  }
  return {
    asset,
    most:
      most === undefined
        ? held > 0
          ? held
          : Infinity
        : boundedOption(`${name} most`, most, { min: 0, max: 1e12 }),
    carryPerYear,
    buyingFee: fee === undefined ? 0 : boundedOption(`${name} fee`, fee, { min: 0, max: 1 }),
  };
}

function offersOf({ portfolio, market }: Book, options: CollateralOptions): readonly CollateralOffer[] {
  const rate = boundedOption("--rate", options.rate ?? "0.05", { min: 0, max: 10 });
  const held = new Map<string, number>();
  for (const { asset, amount } of portfolio.balances) {
    const units = Number(amount.coefficient) / Number(`1e${amount.scale}`);
    held.set(asset, (held.get(asset) ?? 0) + units);
  }
  const texts = options.asset ?? [...held].flatMap(([asset, units]) => (units > 0 ? [asset] : [])).sort();
  if (texts.length === 0 || texts.length > offersMax) {
    throw new PlimsollError(texts.length === 0 ? "PLM_USAGE" : "PLM_LIMIT", {
      field: "--asset",
      value: texts.length,
      limit: `1 to ${offersMax} assets`,
      remedy: "Name what may secure the book, as in --asset USDC=500000@0.05.",
    });
  }
  const known = new Set<string>();
  return texts.map((text) => {
    const [name = ""] = text.split(/[=@+]/, 1);
    const offer = offerOf(text, rate, Math.max(0, held.get(name) ?? 0));
    const { asset } = offer;
    if (!market.assets.has(asset) && !market.underlyings.has(asset)) {
      throw new PlimsollError("PLM_UNKNOWN", {
        field: "--asset",
        value: asset,
        limit: `one of ${[...market.assets.keys()].sort().slice(0, 12).join(", ")}`,
        remedy: "Name an asset of the market.",
      });
    }
    if (known.has(asset)) {
      throw new PlimsollError("PLM_DUPLICATE", {
        field: "--asset",
        value: asset,
        limit: "each asset once",
        remedy: "Leave one of them out.",
      });
    }
    known.add(asset);
    return offer;
  });
}

/** `plimsoll optimize collateral`: the cheapest basket that secures a book, and why. */
export async function optimizeCollateralCommand(options: CollateralOptions): Promise<CommandOutput> {
  const bufferUsd = boundedOption("--buffer", options.buffer ?? "0", { min: 0, max: 1e12 });
  const days = boundedOption("--days", options.days ?? "30", { min: 0.01, max: 3650 });
  const timeLimitMs =
    1000 * boundedOption("--time-limit", options.timeLimit ?? "60", { min: 0.1, max: 3600 });
  const book = await loadBook(options);
  const { portfolio, market } = book;
  const prepared = preparePortfolioMargin(book);
  const problem = collateralProblem(prepared.matrix, portfolio, offersOf(book, options), { bufferUsd, days });
  const progress = startProgress("looking for the cheapest basket");
  progress.show(0, "");
  const answer = await optimizeCollateral(problem, timeLimitMs);
  progress.end();
  if ("missingUsd" in answer) {
    throw new PlimsollError("PLM_NO_SOLUTION", {
      field: "--asset",
      value: `${Math.ceil(answer.missingUsd)} USD short with all of it`,
      limit: "assets that are enough for the book's requirement and buffer",
      remedy: "Offer more, offer other assets, or hedge the book.",
    });
  }
  const { basket } = answer;
  const before = prepared.margin(portfolio, { scenarios: false });
  const after = prepared.margin(basket.portfolio, { scenarios: false });
  const shadows = new Map(
    shadowPrices(prepared.matrix, basket.portfolio, [
      ...new Set([...problem.offers.map(({ asset }) => asset), ...market.assets.keys()]),
    ]).map((price) => [price.asset, price]),
  );
  const rows = problem.offers.map((offer, at): BasketRow => {
    const steps = basket.steps[at] ?? 0;
    const used = unitsOf(offer, steps);
    const haircut = after.haircuts?.find(({ asset }) => asset === offer.asset)?.initial;
    const shadow = shadows.get(offer.asset) ?? { asset: offer.asset, lowersPerUsd: 0, excessPerUsd: 1 };
    const buying = used >= offer.held ? (offer.buyingFee * 365) / days : 0;
    return {
      asset: offer.asset,
      held: offer.held,
      used,
      most: offer.most,
      valueUsd: used * offer.priceUsd,
      carryPerYear: offer.carryPerYear,
      costPerYearUsd: offerCostUsd(offer, steps, days),
      ...(haircut === undefined || used === 0 ? {} : { haircut }),
      shadow,
      costPerExcess: shadow.excessPerUsd > 0 ? (offer.carryPerYear + buying) / shadow.excessPerUsd : Infinity,
    };
  });
  const offered = new Set(problem.offers.map(({ asset }) => asset));
  const { riskValueUsd } = economicValue(portfolio, market);
  const per = (requirementUsd: number): number =>
    requirementUsd > 0 ? riskValueUsd / requirementUsd : Infinity;
  const report: CollateralReport = {
    book,
    problem,
    answer,
    before,
    after,
    heldCostPerYearUsd: problem.offers.reduce(
      (sum, { held, priceUsd, carryPerYear }) => sum + held * priceUsd * carryPerYear,
      0,
    ),
    heldValueUsd: problem.offers.reduce((sum, { held, priceUsd }) => sum + held * priceUsd, 0),
    rows,
    others: [...shadows.values()].filter(({ asset }) => !offered.has(asset)),
    efficiency: { before: per(before.initialMargin), after: per(after.initialMargin) },
  };
  const { portfolio: _, figures: __, ...figures } = basket;
  return {
    text: collateralText(report),
    json: {
      portfolio: portfolio.name,
      bufferUsd,
      basket: figures,
      assets: rows,
      notOffered: report.others,
      boundPerYearUsd: answer.boundPerYearUsd,
      requirementPricePerYear: answer.requirementPricePerYear,
      cutShort: answer.cutShort,
      heldCostPerYearUsd: report.heldCostPerYearUsd,
      heldValueUsd: report.heldValueUsd,
      efficiency: report.efficiency,
      before: resultJson(before),
      after: resultJson(after),
    },
  };
}
