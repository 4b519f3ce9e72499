// What a book must hold under Plimsoll's portfolio margin, which terms ask for it, and the scenario that sets it.
import { readFileSync } from "node:fs";
import { parseMarket, parsePortfolio, syntheticHistory } from "plimsoll/market";
import { withFittedSurfaces } from "plimsoll/pricing";
import { formatUsdMicros } from "plimsoll/quantity";
import { parseMarginParameters, portfolioMargin } from "plimsoll/risk";

const text = (file: string) => readFileSync(new URL(import.meta.resolve(`plimsoll/${file}`)), "utf8");
const market = withFittedSurfaces(parseMarket(text("examples/market.json")));
const book = parsePortfolio(text("examples/portfolio.json"));
const history = syntheticHistory({ seed: 1, asOfMs: market.asOfMs }); // yours: parseHistory
const model = portfolioMargin(parseMarginParameters(text("params/plimsoll-margin.json")), history);

const result = model.margin(book, market);
console.log(`initial margin ${result.initialMargin.toFixed(2)} USD`);
console.log(`maintenance    ${result.maintenanceMargin.toFixed(2)} USD`);
console.log(`excess         ${formatUsdMicros(result.initialExcess)} USD, exact and rounded down`);

console.log("\nTerms of the initial margin that are not zero:");
for (const { label, children = [] } of result.components) {
  for (const child of children) {
    if (child.initial === 0 || child.informative) continue;
    console.log(`  ${child.initial.toFixed(0).padStart(6)}  ${label} > ${child.label} ${child.rule ?? ""}`);
  }
}

console.log(`\nWorst scenario: ${result.worst?.label}`);
for (const { item, pnlUsd } of result.worst?.contributions ?? []) {
  if (Math.abs(pnlUsd) >= 1) console.log(`  ${pnlUsd.toFixed(0).padStart(8)}  ${item}`);
}
