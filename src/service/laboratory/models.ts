import { type Balance, type History, type Market, type Portfolio } from "../../market/index.ts";
import { decimalToNumber, PlimsollError } from "../../quantity/index.ts";
import {
  assetPriceUsd,
  crossMargin,
  isolatedMargin,
  type MarginModel,
  type MarginParameters,
  portfolioMarginId,
  preparePortfolioMargin,
} from "../../risk/index.ts";
import { venueModels } from "../../risk/venues/index.ts";
import { type OwnForecast, type StudiedModel } from "./observations.ts";
import { ownAnswers } from "./own-answer.ts";

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
  /** Of our model. */
  readonly forecast: OwnForecast;
}

/** A book to be asked about. */
export interface AskedBook {
  readonly portfolio: Portfolio;
  /** Its deposits other than cash, alone, and what they are worth; absent when it has none. */
  readonly deposits?: { readonly portfolio: Portfolio; readonly valueUsd: number };
  /** Nothing in the book hedges the deposits. */
  readonly holdsUnhedged: boolean;
  /** Ids of models that are not asked: what they ask is NaN. */
  readonly without?: ReadonlySet<string>;
}

/** A deposit of which so much is asked for is not taken as collateral. */
const refusedShare = 0.999;
/** Less than this share is nothing. */
const leastShare = 1e-6;

/** Gross value of balances, USD. */
const valueOf = (balances: readonly Balance[], market: Market): number =>
  balances.reduce(
    (sum, { asset, amount }) => sum + Math.abs(decimalToNumber(amount)) * assetPriceUsd(market, asset),
    0,
  );

/** Does a rule take every deposit as collateral, and, where nothing hedges it, ask something for what it may lose? */
const takes = (rule: MarginModel, deposits: Portfolio, market: Market, areUnhedged: boolean): boolean =>
  deposits.balances.every((balance) => {
    const alone = { ...deposits, balances: [balance] };
    const { status, initialMargin } = rule.margin(alone, market, "requirement");
    const share = initialMargin / valueOf([balance], market);
    return status !== "unsupported" && share < refusedShare && !(areUnhedged && share < leastShare);
  });

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
    const ours = ownAnswers(
      prepared.matrix,
      books.map(({ portfolio }) => portfolio),
    );
    return books.map(({ portfolio, deposits, holdsUnhedged, without }, at): Asked => {
      const { forecast, ...own } = ours[at]!;
      const initialUsd: number[] = [own.initialUsd];
      const maintenanceUsd: number[] = [own.maintenanceUsd];
      for (const [index, rule] of this.#rules.entries()) {
        if (without?.has(rule.id)) {
          initialUsd.push(Number.NaN);
          maintenanceUsd.push(Number.NaN);
          continue;
        }
        const { status, initialMargin, maintenanceMargin } = rule.margin(portfolio, market, "requirement");
        if (status === "partial") this.#studied[index + 1]!.isPartial = true;
        const asksNothing =
          portfolio.positions.length === 0 &&
          initialMargin < leastShare * valueOf(portfolio.balances, market);
        const margins =
          status !== "unsupported" &&
          !asksNothing &&
          (!deposits || takes(rule, deposits.portfolio, market, holdsUnhedged));
        initialUsd.push(margins ? initialMargin : Number.NaN);
        maintenanceUsd.push(margins ? maintenanceMargin : Number.NaN);
      }
      return { initialUsd, maintenanceUsd, forecast };
    });
  }
}
