import { type History, type Market, type Portfolio } from "../../market/index.ts";
import { type Decimal, decimalToNumber, formatDecimal, parseDecimal } from "../../quantity/index.ts";
import { settlementAssetOf } from "../account-value.ts";
import { type MarginModel, type MarginResult } from "../margin-model.ts";
import { type MarginParameters } from "../parameters/margin-parameters.ts";
import { type MarginFigures, marginMany } from "./many-accounts.ts";
import { type MarginOptions, marginPrepared, portfolioMarginId } from "./margin.ts";
import { type PortfolioMarginInput, prepareMarket, type PreparedMarket } from "./prepare.ts";

/** A trade that an account considers. */
export interface TradeCheck {
  readonly instrument: string;
  /** Contracts, signed. */
  readonly size: Decimal;
  /** In the instrument's convention. Absent: the mark. */
  readonly price?: number;
}

/** A market ready to margin any number of portfolios. */
export interface PreparedPortfolioMargin {
  /** The scenario matrix and everything that it was made from. */
  readonly matrix: PreparedMarket;
  margin(portfolio: Portfolio, options?: MarginOptions): MarginResult;
  /** The figures of {@link PreparedPortfolioMargin.margin} for many portfolios, to the last bit, without their explanation. */
  marginMany(portfolios: readonly Portfolio[]): readonly MarginFigures[];
  /** The portfolio after a trade: what an order check compares with zero excess. */
  marginWithTrade(portfolio: Portfolio, trade: TradeCheck, options?: MarginOptions): MarginResult;
}

/** Builds the scenario matrix of a market once; every account is then a weighted sum of its rows. */
export function preparePortfolioMargin(input: PortfolioMarginInput): PreparedPortfolioMargin {
  const matrix = prepareMarket(input);
  return {
    matrix,
    margin: (portfolio, options) => marginPrepared(matrix, portfolio, options),
    marginMany: (portfolios) => marginMany(matrix, portfolios),
    marginWithTrade: (portfolio, trade, options) =>
      marginPrepared(matrix, portfolioAfterTrade(portfolio, trade, matrix.market), options),
  };
}

/** Plimsoll's portfolio margin as a margin model. The preparation of a market is kept as long as the market is. */
export function portfolioMargin(parameters: MarginParameters, history?: History): MarginModel {
  const prepared = new WeakMap<Market, PreparedPortfolioMargin>();
  return {
    id: portfolioMarginId,
    title: "Plimsoll portfolio margin",
    venue: "plimsoll",
    margin(portfolio, market, detail = "full") {
      const known =
        prepared.get(market) ??
        preparePortfolioMargin({ market, parameters, ...(history ? { history } : {}) });
      prepared.set(market, known);
      const full = detail === "full";
      return known.margin(portfolio, { haircuts: full, scenarios: full });
    },
  };
}

const addDecimals = (a: Decimal, b: Decimal): Decimal => {
  const scale = Math.max(a.scale, b.scale);
  const coefficient =
    a.coefficient * 10n ** BigInt(scale - a.scale) + b.coefficient * 10n ** BigInt(scale - b.scale);
  return parseDecimal(formatDecimal({ coefficient, scale }));
};

/**
 * The portfolio once a trade is done: the position with its average entry price, and for spot and options the premium
 * paid from the balance of their settlement asset. What a perpetual or future realises is left in its entry price.
 */
export function portfolioAfterTrade(portfolio: Portfolio, trade: TradeCheck, market: Market): Portfolio {
  const instrument = market.instruments.get(trade.instrument);
  if (!instrument) return portfolio;
  const held = portfolio.positions.find((position) => position.instrument === trade.instrument);
  const others = portfolio.positions.filter((position) => position !== held);
  const size = held ? addDecimals(held.size, trade.size) : trade.size;
  const mark =
    market.quotes.get(instrument.id)?.mark ?? market.underlyings.get(instrument.underlying)?.indexUsd ?? 0;
  const price = trade.price ?? mark;
  const asset = settlementAssetOf(instrument);
  const traded = decimalToNumber(trade.size);
  const credit = (amount: number): Portfolio["balances"] =>
    amount === 0
      ? portfolio.balances
      : [...portfolio.balances, { asset, amount: parseDecimal(roundedDown(amount)) }];
  const { contractSize } = instrument;
  if (instrument.kind === "spot" || instrument.kind === "option") {
    const positions = [...others, { instrument: instrument.id, size }];
    return { ...portfolio, positions, balances: credit(-traded * contractSize * price) };
  }
  // The difference to the mark is booked at once: the position then enters, or stays, at prices that need no averaging.
  const gain =
    instrument.settlement === "linear"
      ? traded * contractSize * (mark - price)
      : price > 0 && mark > 0
        ? traded * contractSize * (1 / price - 1 / mark)
        : 0;
  const heldSize = held ? decimalToNumber(held.size) : 0;
  const heldGain =
    held?.entryPrice === undefined
      ? 0
      : instrument.settlement === "linear"
        ? heldSize * contractSize * (mark - held.entryPrice)
        : heldSize * contractSize * (1 / held.entryPrice - 1 / mark);
  return {
    ...portfolio,
    positions: [...others, { instrument: instrument.id, size }],
    balances: credit(gain + heldGain),
  };
}

/** An amount as a decimal of nine fraction digits, rounded against the account. */
function roundedDown(amount: number): string {
  const whole = Math.floor(amount);
  const fraction = BigInt(Math.floor((amount - whole) * 1e9));
  return formatDecimal({ coefficient: BigInt(whole) * 1_000_000_000n + fraction, scale: 9 });
}
