// How far each thing that moves a book may move before it is liquidated, all else equal: hedges and collateral move along.
import { readFileSync } from "node:fs";
import { parseMarket, parsePortfolio } from "plimsoll/market";
import { withFittedSurfaces } from "plimsoll/pricing";
import {
  crossMargin,
  liquidationDistances,
  type LiquidationSide,
  parseMarginParameters,
  portfolioMargin,
  type RiskFactor,
} from "plimsoll/risk";

const text = (file: string) => readFileSync(new URL(import.meta.resolve(`plimsoll/${file}`)), "utf8");
const market = withFittedSurfaces(parseMarket(text("examples/market.json")));
const book = parsePortfolio(`{ "schema": "plimsoll/portfolio@1",
  "balances": [{ "asset": "stETH", "amount": "20" }, { "asset": "USDC", "amount": "-8000" }],
  "positions": [
    { "instrument": "ETH_USDC-PERPETUAL", "size": "-14", "entryPrice": 2500 },
    { "instrument": "BTC-27FEB26-90000-C", "size": "-2" },
    { "instrument": "BTC_USDC-PERPETUAL", "size": "0.6", "entryPrice": 82000 }] }`);
const ours = portfolioMargin(parseMarginParameters(text("params/plimsoll-margin.json")));

const nameOf = (factor: RiskFactor) =>
  factor.kind === "peg" ? `${factor.asset} peg` : `${factor.underlying} ${factor.kind}`;
const sideText = ({ move, priceUsd }: LiquidationSide) =>
  move === undefined
    ? "never"
    : `${(100 * move).toFixed(1)}%${priceUsd === undefined ? "" : ` at ${priceUsd.toPrecision(5)}`}`;

for (const model of [ours, crossMargin()]) {
  console.log(model.title);
  for (const { factor, priceUsd, down, up } of liquidationDistances(model, book, market)) {
    const now = priceUsd === undefined ? "" : `now ${priceUsd.toPrecision(5)}`;
    console.log(
      `  ${nameOf(factor).padEnd(10)} ${now.padEnd(12)} down ${sideText(down)}, up ${sideText(up)}`,
    );
  }
}
