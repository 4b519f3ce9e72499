import { type Portfolio } from "../../market/index.ts";
import { excessMicros } from "../account-value.ts";
import { type AssetHaircut, type MarginResult } from "../margin-model.ts";
import { aggregate, type BookVectors, sumsOf, sumsWithout } from "./aggregate.ts";
import { type Book, bookOf } from "./book.ts";
import { components } from "./components.ts";
import { diagnostics } from "./diagnostics.ts";
import { boundedGroups, type BoundedGroup } from "./payoff-bound.ts";
import { type PreparedMarket } from "./prepare.ts";
import { requirement, type Requirement, requirementFigures, type RequirementFigures } from "./requirement.ts";
import { type StressMeasure } from "./risk-measures.ts";
import { worstScenario } from "./worst-scenario.ts";

export const portfolioMarginId = "plimsoll-portfolio";

/** A requirement after the bound by payoff, equation (27). */
export interface BoundedRequirement {
  readonly unbounded: Requirement;
  /** The same of the book without its orders: what the maintenance requirement is made from. */
  readonly withoutOrders: Requirement;
  readonly initialUsd: number;
  readonly maintenanceUsd: number;
  /** Groups that count with their maximum loss instead of their risk, when that is less, initial scale. */
  readonly bounded: readonly BoundedGroup[];
}

/** Largest number of groups of which every subset is tried. */
const exhaustiveGroups = 4;

/** Subsets of the groups that compete: all when they are few, else none, each, all but each, and all. */
function candidateSubsets(groups: readonly BoundedGroup[]): readonly (readonly BoundedGroup[])[] {
  if (groups.length <= exhaustiveGroups) {
    return Array.from({ length: (1 << groups.length) - 1 }, (_, index) =>
      groups.filter((_, at) => ((index + 1) >> at) & 1),
    );
  }
  return [
    groups,
    ...groups.map((group) => [group]),
    ...groups.map((group) => groups.filter((other) => other !== group)),
  ];
}

/**
 * The bound by payoff, equation (27), of a book whose requirement without it is known.
 *
 * @param vectors - the book's sums.
 * @param stress - its stress measure.
 */
function boundByPayoff(
  prepared: PreparedMarket,
  book: Book,
  vectors: BookVectors,
  whole: RequirementFigures,
  stress: StressMeasure,
): RequirementFigures & { readonly bounded: readonly BoundedGroup[] } {
  let { initialUsd, maintenanceUsd } = whole;
  let chosen: readonly BoundedGroup[] = [];
  // A group whose loss bound exceeds the whole requirement cannot lower it.
  const groups = boundedGroups(book, prepared.market, prepared.parameters).filter(
    ({ maximumLossUsd }) => maximumLossUsd < whole.initialUsd,
  );
  for (const subset of candidateSubsets(groups)) {
    const loss = subset.reduce((sum, { maximumLossUsd }) => sum + maximumLossUsd, 0);
    const cannotLower = (atLeast: RequirementFigures): boolean =>
      atLeast.initialUsd + loss >= initialUsd && atLeast.maintenanceUsd + loss >= maintenanceUsd;
    if (cannotLower({ initialUsd: 0, maintenanceUsd: 0 })) continue;
    const removed = subset.flatMap(({ items }) => items);
    const taken = new Set(removed);
    const rest = { items: book.items.filter((item) => !taken.has(item)), orders: book.orders };
    const sums = sumsWithout(prepared, vectors, stress, removed, rest);
    const required = requirementFigures(prepared, rest, sums, cannotLower);
    if (!required) continue;
    if (required.initialUsd + loss < initialUsd) {
      initialUsd = required.initialUsd + loss;
      chosen = subset;
    }
    maintenanceUsd = Math.min(maintenanceUsd, required.maintenanceUsd + loss);
  }
  return { initialUsd, maintenanceUsd, bounded: chosen };
}

const withoutOrders = ({ items }: Book): Book => ({ items, orders: [] });

/** Initial requirement with open orders, maintenance requirement without: orders are cancelled before a liquidation. */
export function boundedRequirement(prepared: PreparedMarket, book: Book): BoundedRequirement {
  const whole = requirement(prepared, book);
  const initial = boundByPayoff(prepared, book, whole.vectors, whole, whole.measures);
  const alone = book.orders.length === 0 ? whole : requirement(prepared, withoutOrders(book));
  const { maintenanceUsd } =
    alone === whole ? initial : boundByPayoff(prepared, alone.book, alone.vectors, alone, alone.measures);
  return {
    unbounded: whole,
    withoutOrders: alone,
    initialUsd: initial.initialUsd,
    // An order can only add to every measure and charge; the minimum guards the order against rounding.
    maintenanceUsd: Math.min(initial.initialUsd, maintenanceUsd),
    bounded: initial.bounded,
  };
}

/** The figures of one book, its orders counted in both, and its initial figure before the bound by payoff. USD. */
export interface BookFigures extends RequirementFigures {
  readonly unboundedInitialUsd: number;
}

/** What {@link boundedFigures} asks of a book with, and of a book without its orders. */
export function bookFigures(prepared: PreparedMarket, book: Book): BookFigures {
  const vectors = aggregate(prepared, book);
  const whole = requirementFigures(prepared, book, sumsOf(prepared, vectors));
  const { initialUsd, maintenanceUsd } = boundByPayoff(prepared, book, vectors, whole, whole.stress);
  return { initialUsd, maintenanceUsd, unboundedInitialUsd: whole.initialUsd };
}

/** The figures of {@link boundedRequirement}, to the last bit, without what led to them. */
export function boundedFigures(prepared: PreparedMarket, book: Book): RequirementFigures {
  const initial = bookFigures(prepared, book);
  const { maintenanceUsd } = book.orders.length === 0 ? initial : bookFigures(prepared, withoutOrders(book));
  return {
    initialUsd: initial.initialUsd,
    maintenanceUsd: Math.min(initial.initialUsd, maintenanceUsd),
  };
}

/** What an asset's removal changes, over its value: the effective haircut, equation (28). */
function haircuts(prepared: PreparedMarket, book: Book, whole: BoundedRequirement): readonly AssetHaircut[] {
  return book.items.flatMap((item): AssetHaircut[] => {
    const valueUsd = item.size * item.rows.markUsd;
    if (item.rows.kind !== "asset" || valueUsd <= 0) return [];
    const without = boundedFigures(prepared, {
      items: book.items.filter((other) => other !== item),
      orders: book.orders,
    });
    return [
      {
        asset: item.rows.item,
        valueUsd,
        initial: (whole.initialUsd - without.initialUsd) / valueUsd,
        maintenance: (whole.maintenanceUsd - without.maintenanceUsd) / valueUsd,
      },
    ];
  });
}

export interface MarginOptions {
  /** Whether to derive each asset's effective haircut: one more evaluation per asset. Default true. */
  readonly haircuts?: boolean;
  /** Whether to return the P&L of every joint scenario. Default true. */
  readonly scenarios?: boolean;
}

/** Margins one portfolio in a prepared market. Total: finite for every portfolio that the market can price. */
export function marginPrepared(
  prepared: PreparedMarket,
  portfolio: Portfolio,
  options: MarginOptions = {},
): MarginResult {
  const { book, value } = bookOf(portfolio, prepared);
  const required = boundedRequirement(prepared, book);
  const worst = worstScenario(prepared, required.unbounded);
  const { joint } = required.unbounded.vectors;
  return {
    model: portfolioMarginId,
    status: "complete",
    equity: value.equityUsd,
    initialMargin: required.initialUsd,
    maintenanceMargin: required.maintenanceUsd,
    initialExcess: excessMicros(value, required.initialUsd),
    maintenanceExcess: excessMicros(value, required.maintenanceUsd),
    components: components(prepared, required),
    ...(worst ? { worst } : {}),
    ...(options.scenarios === false
      ? {}
      : {
          scenarios: prepared.joint.map(({ id, label }, index) => ({ id, label, pnlUsd: joint[index] ?? 0 })),
        }),
    ...(options.haircuts === false ? {} : { haircuts: haircuts(prepared, book, required) }),
    diagnostics: diagnostics(prepared, portfolio, book),
  };
}
