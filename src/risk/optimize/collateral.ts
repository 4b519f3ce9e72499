import { type Portfolio } from "../../market/index.ts";
import { decimalToNumber, formatDecimal, parseDecimal } from "../../quantity/index.ts";
import { accountValue, assetPriceUsd } from "../account-value.ts";
import { bookOf } from "../portfolio-margin/book.ts";
import { type MarginFigures, marginFigures } from "../portfolio-margin/many-accounts.ts";
import { type PreparedMarket } from "../portfolio-margin/prepare.ts";
import { adjustableItems } from "./hedge-programme.ts";
import { type Programme, ProgrammeBuilder, type Term } from "./programme.ts";
import { addRequirement } from "./requirement-programme.ts";

/** An asset that may secure a book. */
export interface CollateralOffer {
  readonly asset: string;
  /** Most units that may be used, those held and those bought together; Infinity: any amount. */
  readonly most: number;
  /** What a dollar of it costs in a year while it is tied up: what it would earn elsewhere less what it yields here. May be negative. */
  readonly carryPerYear: number;
  /** Share of the value that buying it costs, once. ≥ 0. */
  readonly buyingFee: number;
}

/** A book that looks for its cheapest collateral. */
export interface CollateralProblem {
  readonly prepared: PreparedMarket;
  /** The book without what it may choose: positions, debts, balances that are not offered. */
  readonly fixed: Portfolio;
  readonly offers: readonly Offer[];
  /** Initial excess to be left, USD, ≥ 0. */
  readonly bufferUsd: number;
  /** Days over which a buying fee is spread. */
  readonly days: number;
}

/** An offer with what the owner holds of it. */
export interface Offer extends CollateralOffer {
  readonly priceUsd: number;
  /** Units held, ≥ 0. */
  readonly held: number;
  /** Amounts are whole multiples of 10^−digits units: at most about a dollar. */
  readonly digits: number;
}

/** Largest value of one asset that a basket may have, USD. */
const mostUsd = 1e12;

/** Digits after which a unit's step is worth at most a dollar. */
function digitsOf(priceUsd: number): number {
  let digits = 0;
  for (let stepUsd = priceUsd; stepUsd > 1 && digits < 9; stepUsd /= 10) digits++;
  return digits;
}

/** Splits a book into what stays and what is offered. Offers of unknown assets are left out. */
export function collateralProblem(
  prepared: PreparedMarket,
  portfolio: Portfolio,
  offers: readonly CollateralOffer[],
  { bufferUsd, days }: { readonly bufferUsd: number; readonly days: number },
): CollateralProblem {
  const heldOf = (asset: string): number =>
    portfolio.balances.reduce(
      (sum, balance) => (balance.asset === asset ? sum + decimalToNumber(balance.amount) : sum),
      0,
    );
  const made = offers.flatMap((offer): Offer[] => {
    const priceUsd = assetPriceUsd(prepared.market, offer.asset);
    if (!(priceUsd > 0)) return [];
    const most = Math.max(0, Math.min(offer.most, mostUsd / priceUsd));
    return [{ ...offer, most, priceUsd, held: Math.max(0, heldOf(offer.asset)), digits: digitsOf(priceUsd) }];
  });
  const chosen = new Set(made.filter(({ asset }) => heldOf(asset) > 0).map(({ asset }) => asset));
  return {
    prepared,
    fixed: { ...portfolio, balances: portfolio.balances.filter(({ asset }) => !chosen.has(asset)) },
    offers: made,
    bufferUsd,
    days,
  };
}

/** A programme whose least cost is that of the cheapest basket. */
export interface CollateralProgramme {
  readonly programme: Programme;
  /** Per offer, the columns of its units: those held and those bought. */
  readonly columns: readonly (readonly [held: number, bought: number])[];
  /** Row of equity − requirement ≥ buffer: its dual is what a dollar of requirement costs in a year. */
  readonly excessRow: number;
  readonly requirement: number;
}

/** Builds the programme of a basket. Open orders are left out. */
export function collateralProgramme(problem: CollateralProblem): CollateralProgramme {
  const { prepared, fixed, offers, bufferUsd, days } = problem;
  const builder = new ProgrammeBuilder();
  const { book } = bookOf({ ...fixed, orders: [] }, prepared);
  const items = adjustableItems(book);
  const value: Term[] = [];
  const columns = offers.map(({ asset, most, held, priceUsd, carryPerYear, buyingFee }) => {
    const own = builder.column(0, Math.min(held, most), priceUsd * carryPerYear);
    const bought = builder.column(
      0,
      Math.max(0, most - held),
      priceUsd * (carryPerYear + (buyingFee * 365) / days),
    );
    value.push([own, priceUsd], [bought, priceUsd]);
    const rows = asset === prepared.parameters.settlementAsset ? undefined : prepared.assetRow(asset);
    if (rows) {
      const item = items.get(asset) ?? { rows, held: 0, deposit: 0, terms: [] };
      item.terms = [...item.terms, [own, 1], [bought, 1]];
      items.set(asset, item);
    }
    return [own, bought] as const;
  });
  const { requirement } = addRequirement(builder, prepared, [...items.values()]);
  const { equityUsd } = accountValue(fixed, prepared.market, prepared.parameters.settlementAsset);
  const excessRow = builder.row([...value, [requirement, -1]], bufferUsd - equityUsd);
  return { programme: builder.build(), columns, excessRow, requirement };
}

/** Units of each offer in an answer. */
export const basketAmounts = ({ columns }: CollateralProgramme, x: Float64Array): readonly number[] =>
  columns.map(([held, bought]) => (x[held] ?? 0) + (x[bought] ?? 0));

/** A basket, margined in full. */
export interface Basket {
  /** Steps of each offer: 10^−digits units. */
  readonly steps: readonly number[];
  readonly portfolio: Portfolio;
  readonly figures: MarginFigures;
  /** Cost of the basket in a year, buying fees included, USD. */
  readonly costPerYearUsd: number;
  /** Value of what is tied up, USD. */
  readonly valueUsd: number;
  /** Initial excess beyond the buffer, USD; negative: not enough. */
  readonly spareUsd: number;
}

const perUnit = ({ digits }: Offer): number => Number(`1e${digits}`);

/** Units that some steps are. */
export const unitsOf = (offer: Offer, steps: number): number => steps / perUnit(offer);

/** The cost of one offer's steps in a year, USD. */
export function offerCostUsd(offer: Offer, steps: number, days: number): number {
  const units = unitsOf(offer, steps);
  const bought = Math.max(0, units - offer.held);
  return offer.priceUsd * (units * offer.carryPerYear + (bought * offer.buyingFee * 365) / days);
}

/** Margins a basket by the whole model. */
export function basketOf(problem: CollateralProblem, steps: readonly number[]): Basket {
  const { prepared, fixed, offers, bufferUsd, days } = problem;
  const balances = offers.flatMap((offer, at) => {
    const count = steps[at] ?? 0;
    const amount = parseDecimal(formatDecimal({ coefficient: BigInt(count), scale: offer.digits }));
    return count === 0 ? [] : [{ asset: offer.asset, amount }];
  });
  const portfolio = { ...fixed, balances: [...fixed.balances, ...balances] };
  const figures = marginFigures(prepared, portfolio);
  return {
    steps,
    portfolio,
    figures,
    costPerYearUsd: offers.reduce((sum, offer, at) => sum + offerCostUsd(offer, steps[at] ?? 0, days), 0),
    valueUsd: offers.reduce((sum, offer, at) => sum + unitsOf(offer, steps[at] ?? 0) * offer.priceUsd, 0),
    spareUsd: Number(figures.initialExcess) / 1e6 - bufferUsd,
  };
}

/** Amounts as whole steps, up, within what may be used. */
export const wholeSteps = ({ offers }: CollateralProblem, amounts: readonly number[]): readonly number[] =>
  offers.map((offer, at) =>
    // A billionth of a step more is a solver's noise.
    Math.max(
      0,
      Math.min(
        Math.floor(offer.most * perUnit(offer)),
        Math.ceil((amounts[at] ?? 0) * perUnit(offer) - 1e-6),
      ),
    ),
  );

/**
 * Shares of the basket's value that are moved from one asset to another in search of a cheaper one; 0 cuts single steps of what
 * is not used up.
 */
const moves: readonly number[] = [0.25, 0.05, 0.01, 0.001, 0];

/**
 * The cheapest basket near a given one that is enough under the whole model: topped up where it is not, cut where it is more,
 * and with value moved between every two assets while that is cheaper.
 *
 * @returns undefined when everything offered is not enough.
 */
export function refineBasket(
  problem: CollateralProblem,
  from: readonly number[],
  keepGoing: () => boolean,
): Basket | undefined {
  const { offers } = problem;
  const full = wholeSteps(
    problem,
    offers.map(({ most }) => most),
  );
  let best = enough(problem, from, full);
  if (!best) return undefined;
  for (const share of moves) {
    for (let improved = true; improved;) {
      improved = false;
      for (const take of offers.keys()) {
        for (const give of share === 0 ? [-1] : [-1, ...offers.keys()]) {
          if (give === take || !keepGoing()) continue;
          const offer = offers[take];
          const had = best.steps[take] ?? 0;
          if (!offer || had === 0 || (share === 0 && had >= (full[take] ?? 0))) continue;
          const amountUsd = Math.max(share * best.valueUsd, offer.priceUsd / perUnit(offer));
          const less = Math.min(had, Math.max(1, Math.round((amountUsd / offer.priceUsd) * perUnit(offer))));
          const moved = best.steps.with(take, had - less);
          const found: Basket | undefined =
            give < 0 ? basketOf(problem, moved) : toppedUp(problem, moved, give, full[give] ?? 0);
          if (!found || found.spareUsd < 0 || !(found.costPerYearUsd < best.costPerYearUsd)) continue;
          best = found;
          improved = true;
        }
      }
    }
  }
  return best;
}

/** A basket with as many steps of one asset more as it takes to be enough: found by secants, which only ever add. */
function toppedUp(
  problem: CollateralProblem,
  steps: readonly number[],
  at: number,
  mostSteps: number,
): Basket | undefined {
  const offer = problem.offers[at];
  if (!offer) return undefined;
  let basket = basketOf(problem, steps);
  for (let round = 0; basket.spareUsd < 0; round++) {
    const had = basket.steps[at] ?? 0;
    if (had >= mostSteps || round >= 24) return undefined;
    const missing = Math.ceil((-basket.spareUsd / offer.priceUsd) * perUnit(offer));
    basket = basketOf(problem, basket.steps.with(at, Math.min(mostSteps, had + Math.max(1, missing))));
  }
  return basket;
}

/** A basket that is enough: topped up by the cheapest that is left, one asset after another. */
function enough(
  problem: CollateralProblem,
  steps: readonly number[],
  full: readonly number[],
): Basket | undefined {
  let basket = basketOf(problem, steps);
  const byCost = [...problem.offers.keys()].sort(
    (a, b) => (problem.offers[a]?.carryPerYear ?? 0) - (problem.offers[b]?.carryPerYear ?? 0),
  );
  for (const at of byCost) {
    if (basket.spareUsd >= 0) break;
    const found = toppedUp(problem, basket.steps, at, full[at] ?? 0);
    if (found) return found;
    const more = basketOf(problem, basket.steps.with(at, full[at] ?? 0));
    if (more.spareUsd > basket.spareUsd) basket = more;
  }
  return basket.spareUsd >= 0 ? basket : undefined;
}
