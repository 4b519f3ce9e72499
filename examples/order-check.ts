// Before an order is taken: would the account still meet its initial requirement if it were filled?
import { readFileSync } from "node:fs";
import { parseMarket, parsePortfolio, syntheticHistory } from "plimsoll/market";
import { withFittedSurfaces } from "plimsoll/pricing";
import { formatUsdMicros, parseDecimal } from "plimsoll/quantity";
import { parseMarginParameters, preparePortfolioMargin } from "plimsoll/risk";

const text = (file: string) => readFileSync(new URL(import.meta.resolve(`plimsoll/${file}`)), "utf8");
const market = withFittedSurfaces(parseMarket(text("examples/market.json")));
const account = parsePortfolio(text("examples/portfolio.json"));
const parameters = parseMarginParameters(text("params/plimsoll-margin.json"));
const history = syntheticHistory({ seed: 1, asOfMs: market.asOfMs });

// the scenario matrix of the market is built once; every account and every order is sums of its rows
const prepared = preparePortfolioMargin({ market, parameters, history });
const before = prepared.margin(account).initialMargin;

for (const [instrument, size] of [
  ["BTC-PERPETUAL", "-1000"], // 10 USD a contract
  ["BTC-27FEB26-70000-P", "3"],
  ["BTC-27FEB26-100000-C", "-25"],
  ["ETH-27MAR26-3500-C", "-1800"],
] as const) {
  const after = prepared.marginWithTrade(account, { instrument, size: parseDecimal(size) });
  const change = after.initialMargin - before;
  const verdict = after.initialExcess >= 0n ? "accept" : "reject";
  console.log(
    `${verdict}  ${size.padStart(5)} ${instrument.padEnd(20)}`,
    `requirement ${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(0)},`,
    `excess after ${formatUsdMicros(after.initialExcess)}`,
  );
}
