// One book under every margin model: ours, isolated, cross, and the rules of other venues that margin it.
import { readFileSync } from "node:fs";
import { parseMarket, parsePortfolio, syntheticHistory } from "plimsoll/market";
import { withFittedSurfaces } from "plimsoll/pricing";
import {
  capitalMetrics,
  crossMargin,
  economicValue,
  isolatedMargin,
  parseMarginParameters,
  portfolioMargin,
} from "plimsoll/risk";
import { venueModels } from "plimsoll/venues";

const text = (file: string) => readFileSync(new URL(import.meta.resolve(`plimsoll/${file}`)), "utf8");
const market = withFittedSurfaces(parseMarket(text("examples/market.json")));
const book = parsePortfolio(text("examples/carry.json"));
const history = syntheticHistory({ seed: 1, asOfMs: market.asOfMs });
const ours = portfolioMargin(parseMarginParameters(text("params/plimsoll-margin.json")), history);

// the same yardsticks for every model: notional, and what each position alone would lose
const value = economicValue(book, market);
for (const model of [ours, crossMargin(), isolatedMargin(), ...venueModels()]) {
  const result = model.margin(book, market);
  if (result.status === "unsupported") continue; // result.diagnostics say why
  const { efficiencyByNotional } = capitalMetrics(value, result);
  console.log(
    model.title.padEnd(30),
    result.initialMargin.toFixed(0).padStart(7),
    `${efficiencyByNotional.toFixed(1)}×`.padStart(6),
    result.status === "partial" ? "a lower bound: unpublished terms are missing" : "",
  );
}
