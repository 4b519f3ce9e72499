import { inputPrice, outputPrice } from "../../clearing/peers/perpetual-v1/amm.ts";
import { PerpetualV1Market } from "../../clearing/peers/perpetual-v1/clearing-house.ts";
import { StepRefused } from "../../clearing/peers/perpetual-v1/refused.ts";
import { type Fields, fieldsAt, integerAt, isCaseFile, listAt, runCases, wordAt } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { type VectorFamily } from "./family.ts";

export const perpV1Pricing: VectorFamily = {
  family: "perp-v1-pricing",
  matches: (document) => isCaseFile(document, "@perp/contract", /Amm\.get(Input|Output)Price/),
  run: (document) =>
    runCases(document, (input) => {
      const reserves = { quote: integerAt(input, "quoteReserve"), base: integerAt(input, "baseReserve") };
      const direction = wordAt(input, "dir", ["add", "remove"]);
      return {
        got: {
          inputPriceBase: inputPrice(reserves, direction, integerAt(input, "quoteAmount", 0n)),
          outputPriceQuote: outputPrice(reserves, direction, integerAt(input, "baseAmount", 0n)),
        },
        toleranceOf: () => exact,
      };
    }),
};

function marketOf(params: Fields): PerpetualV1Market {
  return new PerpetualV1Market({
    reserves: { quote: integerAt(params, "quoteReserve"), base: integerAt(params, "baseReserve") },
    fundingPeriod: integerAt(params, "fundingPeriod"),
    tollRatio: integerAt(params, "tollRatio", 0n),
    spreadRatio: integerAt(params, "spreadRatio", 0n),
    initMarginRatio: integerAt(params, "initMarginRatio", 0n),
    maintenanceMarginRatio: integerAt(params, "maintenanceMarginRatio", 0n),
    liquidationFeeRatio: integerAt(params, "liquidationFeeRatio", 0n),
    partialLiquidationRatio: integerAt(params, "partialLiquidationRatio", 0n),
    startSeconds: integerAt(params, "startTime", 0n),
  });
}

/** Runs one operation; what it reports beyond the state. */
type Operation = (market: PerpetualV1Market, trader: string, step: Fields) => Fields;

const operations = {
  open: (market, trader, step) => {
    const side = wordAt(step, "side", ["buy", "sell"]);
    return {
      positionChanged: market.open(trader, side, integerAt(step, "quote"), integerAt(step, "leverage")),
    };
  },
  close: (market, trader) => ({ positionChanged: market.close(trader) }),
  addMargin: (market, trader, step) => {
    market.addMargin(trader, integerAt(step, "amount"));
    return {};
  },
  removeMargin: (market, trader, step) => {
    market.removeMargin(trader, integerAt(step, "amount"));
    return {};
  },
  payFunding: (market) => ({ ...market.payFunding() }),
  liquidate: (market, trader) => {
    const { changed, liquidated } = market.liquidate(trader);
    return { positionChanged: changed, liquidated };
  },
} satisfies Record<string, Operation>;

const operationNames = ["open", "close", "addMargin", "removeMargin", "payFunding", "liquidate"] as const;

/** What the contracts show, nothing where they refuse to show it. */
function shown(view: () => Fields): Fields {
  try {
    return view();
  } catch (error) {
    if (error instanceof StepRefused) return {};
    throw error;
  }
}

function runStep(market: PerpetualV1Market, step: Fields): Fields {
  const oracle = { price: integerAt(step, "oraclePrice", 0n), twap: integerAt(step, "oracleTwap", 0n) };
  market.advance(integerAt(step, "dt", 0n), oracle);
  const trader = String(step["trader"]);
  const operate: Operation = operations[wordAt(step, "op", operationNames)];
  let outcome: Fields;
  try {
    outcome = { ok: true, ...operate(market, trader, step) };
  } catch (error) {
    if (!(error instanceof StepRefused)) throw error;
    outcome = { ok: false, reason: error.reason };
  }
  const position = market.position(trader);
  const open = position.size !== 0n;
  return {
    ...outcome,
    position,
    ...(open && shown(() => ({ marginRatio: market.marginRatio(trader) }))),
    ...(open &&
      shown(() => {
        const { notional, pnl } = market.spotValue(trader);
        return { spotNotional: notional, spotPnl: pnl };
      })),
    reserves: [market.reserves.quote, market.reserves.base],
    insuranceFund: market.insuranceFund,
    vault: market.vault,
  };
}

export const perpV1Sequence: VectorFamily = {
  family: "perp-v1-sequence",
  matches: (document) => isCaseFile(document, "@perp/contract", /ClearingHouse/),
  run: (document) =>
    runCases(document, (input) => {
      const market = marketOf(fieldsAt(input, "params"));
      return {
        got: { steps: listAt(input, "steps").map((step) => runStep(market, step)) },
        toleranceOf: () => exact,
      };
    }),
};
