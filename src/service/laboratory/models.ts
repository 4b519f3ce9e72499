import { type History, type Market, type Portfolio } from "../../market/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import {
  crossMargin,
  isolatedMargin,
  type MarginModel,
  type MarginParameters,
  portfolioMarginId,
  preparePortfolioMargin,
} from "../../risk/index.ts";
import { venueModels } from "../../risk/venues/index.ts";
import { type StudiedModel } from "./observations.ts";

/** Rules that margin a portfolio by scenarios, offsets or sensitivities: ours is compared with the best of them. */
const portfolioRules = new Set([
  portfolioMarginId,
  "deribit-portfolio",
  "derive-pm1",
  "derive-pm2",
  "hyperliquid-portfolio",
  "okx-portfolio",
  "paradex-portfolio",
  "simm",
  "span",
]);

/** What every model asks of one book. NaN where a model does not margin it. */
export interface Asked {
  readonly initialUsd: readonly number[];
  readonly maintenanceUsd: readonly number[];
}

/** A book to be asked about. */
export interface AskedBook {
  readonly portfolio: Portfolio;
  /** Gross value of its legs, USD. */
  readonly notionalUsd: number;
  /** Each of its deposits other than cash, alone, and what it is worth. */
  readonly deposits: readonly { readonly portfolio: Portfolio; readonly valueUsd: number }[];
  /** Nothing in the book hedges the deposits. */
  readonly holdsUnhedged: boolean;
  /** Ids of models that are not asked: what they ask is NaN. */
  readonly without?: ReadonlySet<string>;
}

/** A deposit of which so much is asked for is not taken as collateral. */
const refusedShare = 0.999;
/** Less than this share is nothing. */
const leastShare = 1e-6;

/** Does a rule take a deposit as collateral, and, where nothing hedges it, ask something for what it may lose? */
function takes(
  rule: MarginModel,
  { portfolio, valueUsd }: AskedBook["deposits"][number],
  market: Market,
  isUnhedged: boolean,
): boolean {
  const { status, initialMargin } = rule.margin(portfolio, market, "requirement");
  const share = initialMargin / valueUsd;
  return status !== "unsupported" && share < refusedShare && !(isUnhedged && share < leastShare);
}

/** The rules that a run asks, ours first. Rules of venues are asked with their shipped sheets. */
export class ModelPanel {
  readonly #rules: readonly MarginModel[];
  readonly #parameters: MarginParameters;
  readonly #studied: {
    id: string;
    title: string;
    venue: string;
    isPortfolioRule: boolean;
    isPartial: boolean;
  }[];

  /**
   * @param ids - `all`, or ids in a list; ours is always among them.
   * @throws {PlimsollError} `PLM_UNKNOWN` for a model that there is not.
   */
  constructor(parameters: MarginParameters, ids: "all" | readonly string[] = "all") {
    this.#parameters = parameters;
    const others = [
      isolatedMargin(),
      crossMargin(),
      ...venueModels().toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
    ];
    const chosen =
      ids === "all"
        ? others
        : ids
            .filter((id) => id !== portfolioMarginId)
            .map((id) => {
              const model = others.find((candidate) => candidate.id === id);
              if (model) return model;
              throw new PlimsollError("PLM_UNKNOWN", {
                field: "--models",
                value: id,
                limit: `among ${[portfolioMarginId, ...others.map((other) => other.id)].join(", ")}`,
                remedy: "`plimsoll models` describes them.",
              });
            });
    this.#rules = chosen;
    this.#studied = [
      { id: portfolioMarginId, title: "Plimsoll portfolio margin", venue: "plimsoll" },
      ...chosen.map(({ id, title, venue }) => ({ id, title, venue })),
    ].map((model) => ({ ...model, isPortfolioRule: portfolioRules.has(model.id), isPartial: false }));
  }

  /** `isPartial` turns true when a model first says so. */
  get studied(): readonly StudiedModel[] {
    return this.#studied;
  }

  /**
   * What each model asks of each book: our model's preparation of the market is shared by all books. A model does not margin a
   * book whose deposits it does not take as collateral (it asks for their whole value), nor one whose unhedged deposits or debts
   * it asks nothing for: what those may lose is then not its business.
   *
   * @param history - nothing of it later than the market is looked at.
   */
  ask(books: readonly AskedBook[], market: Market, history: History): readonly Asked[] {
    const prepared = preparePortfolioMargin({ market, parameters: this.#parameters, history });
    const ours = prepared.marginMany(books.map(({ portfolio }) => portfolio));
    return books.map(({ portfolio, deposits, holdsUnhedged, without }, at): Asked => {
      const initialUsd: number[] = [ours[at]!.initialMargin];
      const maintenanceUsd: number[] = [ours[at]!.maintenanceMargin];
      for (const [index, rule] of this.#rules.entries()) {
        if (without?.has(rule.id)) {
          initialUsd.push(Number.NaN);
          maintenanceUsd.push(Number.NaN);
          continue;
        }
        const { status, initialMargin, maintenanceMargin } = rule.margin(portfolio, market, "requirement");
        if (status === "partial") this.#studied[index + 1]!.isPartial = true;
        const asksNothing = initialMargin < leastShare * notionalUsd && portfolio.positions.length === 0;
        const margins =
          status !== "unsupported" &&
          !asksNothing &&
          deposits.every((deposit) => takes(rule, deposit, market, holdsUnhedged));
        initialUsd.push(margins ? initialMargin : Number.NaN);
        maintenanceUsd.push(margins ? maintenanceMargin : Number.NaN);
      }
      return { initialUsd, maintenanceUsd };
    });
  }
}
