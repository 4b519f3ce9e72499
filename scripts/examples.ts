// Writes examples/market.json and examples/portfolio.json: a synthetic market from a fixed seed, and a hedged book in it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkPortfolioValue, portfolioSchemaId, writePortfolio } from "../src/market/portfolio-document.ts";
import { checkPortfolio } from "../src/market/check-portfolio.ts";
import { writeMarket } from "../src/market/market-document.ts";
import { valueOrThrow } from "../src/market/problems.ts";
import { syntheticMarket } from "../src/market/synthetic-market.ts";

const market = syntheticMarket({ seed: 1, asOfMs: Date.UTC(2026, 0, 5, 9), size: "small" });

/** Staked ether against a short perpetual, a collar on spot bitcoin, a calendar of calls and one of futures, a pair. */
const portfolio = valueOrThrow(
  checkPortfolioValue({
    schema: portfolioSchemaId,
    name: "hedged market maker",
    balances: [
      { asset: "USDC", amount: "150000" },
      { asset: "stETH", amount: "120" },
      { asset: "BTC", amount: "0.5" },
    ],
    positions: [
      { instrument: "ETH_USDC-PERPETUAL", size: "-118", entryPrice: 2431.5 },
      { instrument: "BTC_USDC", size: "4" },
      { instrument: "BTC-27FEB26-70000-P", size: "4" },
      { instrument: "BTC-27FEB26-100000-C", size: "-4" },
      { instrument: "BTC-PERPETUAL", size: "-20000", entryPrice: 81450 },
      { instrument: "BTC-26JUN26-100000-C", size: "5" },
      { instrument: "BTC-27MAR26-100000-C", size: "-5" },
      { instrument: "BTC-27MAR26", size: "12000", entryPrice: 83010 },
      { instrument: "BTC-26JUN26", size: "-12000", entryPrice: 84420 },
      { instrument: "ETH-27MAR26-3500-C", size: "-60" },
      { instrument: "ETH-27MAR26-4000-C", size: "60" },
      { instrument: "SOL_USDC-PERPETUAL", size: "-400", entryPrice: 141.2 },
      { instrument: "ETH-PERPETUAL", size: "55000", entryPrice: 2459.2 },
    ],
    orders: [
      { instrument: "BTC-27FEB26-90000-C", size: "-2", price: 0.045 },
      { instrument: "BTC-PERPETUAL", size: "2500", price: 80000 },
    ],
  }),
);
checkPortfolio(portfolio, market);

const folder = join(import.meta.dirname, "..", "examples");
for (const [file, text] of [
  ["market.json", writeMarket(market)],
  ["portfolio.json", writePortfolio(portfolio)],
] as const) {
  writeFileSync(join(folder, file), text);
  process.stdout.write(`examples/${file}: ${text.length} characters\n`);
}
