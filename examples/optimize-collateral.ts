// The cheapest collateral of a book, and what one more dollar of each asset would do.
import { readFileSync } from "node:fs";
import { parseMarket, parsePortfolio, syntheticHistory } from "plimsoll/market";
import { withFittedSurfaces } from "plimsoll/pricing";
import {
  collateralProblem,
  parseMarginParameters,
  preparePortfolioMargin,
  shadowPrices,
  unitsOf,
} from "plimsoll/risk";
import { optimizeCollateral } from "plimsoll/service";

const text = (file: string) => readFileSync(new URL(import.meta.resolve(`plimsoll/${file}`)), "utf8");
const market = withFittedSurfaces(parseMarket(text("examples/market.json")));
const book = parsePortfolio(text("examples/market-maker.json"));
const parameters = parseMarginParameters(text("params/plimsoll-margin.json"));
const { matrix } = preparePortfolioMargin({
  market,
  parameters,
  history: syntheticHistory({ seed: 1, asOfMs: market.asOfMs }),
});

// what a dollar of each costs in a year while it is tied up
const offers = [
  { asset: "USDC", most: 2_500_000, carryPerYear: 0.05, buyingFee: 0 },
  { asset: "BTC", most: 12, carryPerYear: 0.04, buyingFee: 0 },
  { asset: "stETH", most: 400, carryPerYear: 0.025, buyingFee: 0.001 },
];
const problem = collateralProblem(matrix, book, offers, { bufferUsd: 100_000, days: 30 });
const answer = await optimizeCollateral(problem, 60_000);
if ("missingUsd" in answer) throw new Error(`${answer.missingUsd} USD are missing`);

const { basket, requirementPricePerYear = NaN } = answer;
for (const [at, offer] of problem.offers.entries()) {
  console.log(offer.asset.padEnd(6), unitsOf(offer, basket.steps[at] ?? 0).toFixed(4));
}
console.log(
  `costs ${basket.costPerYearUsd.toFixed(0)} USD a year,`,
  `leaves ${basket.spareUsd.toFixed(2)} USD beyond the buffer`,
);
console.log(`a dollar more of requirement would cost ${(100 * requirementPricePerYear).toFixed(2)} % a year`);
for (const { asset, lowersPerUsd } of shadowPrices(matrix, basket.portfolio, [
  "USD",
  "BTC",
  "stETH",
  "SOL",
])) {
  console.log(`a dollar more of ${asset.padEnd(5)} changes the requirement by ${(-lowersPerUsd).toFixed(3)}`);
}
