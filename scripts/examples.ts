// Writes the examples: a synthetic market from a fixed seed, and books in it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkPortfolioValue, portfolioSchemaId, writePortfolio } from "../src/market/portfolio-document.ts";
import { type Portfolio } from "../src/market/portfolio.ts";
import { checkPortfolio } from "../src/market/check-portfolio.ts";
import { writeMarket } from "../src/market/market-document.ts";
import { valueOrThrow } from "../src/market/problems.ts";
import { syntheticMarket } from "../src/market/synthetic-market.ts";

const market = syntheticMarket({ seed: 1, asOfMs: Date.UTC(2026, 0, 5, 9), size: "small" });

const bookOf = (
  name: string,
  balances: Record<string, string>,
  positions: readonly object[],
  orders: readonly object[] = [],
): Portfolio => {
  const document = {
    schema: portfolioSchemaId,
    name,
    balances: Object.entries(balances).map(([asset, amount]) => ({ asset, amount })),
    positions,
    orders,
  };
  const portfolio = valueOrThrow(checkPortfolioValue(document));
  checkPortfolio(portfolio, market);
  return portfolio;
};

/** What a market maker in options holds: staked ether against perpetuals, a collar on bitcoin, a calendar, a spread. */
const maker = bookOf("hedged options book", { USDC: "150000", stETH: "120", BTC: "0.5" }, [
  { instrument: "BTC_USDC", size: "4" },
  { instrument: "BTC-27FEB26-70000-P", size: "4" },
  { instrument: "BTC-27FEB26-100000-C", size: "-4" },
  { instrument: "BTC-26JUN26-80000-C", size: "5" },
  { instrument: "BTC-27MAR26-80000-C", size: "-5" },
  { instrument: "BTC-PERPETUAL", size: "-20000", entryPrice: 81450 },
  { instrument: "ETH_USDC-PERPETUAL", size: "-118", entryPrice: 2741.5 },
  { instrument: "ETH-27MAR26-3000-C", size: "-60" },
  { instrument: "ETH-27MAR26-3500-C", size: "60" },
]);

/** What a funding trader holds: coins against perpetuals and futures, a pair of coins, and an order that rests. */
const carry = bookOf(
  "cash and carry",
  { USDC: "80000", BTC: "1.5" },
  [
    { instrument: "BTC_USDC-PERPETUAL", size: "-1.5", entryPrice: 82400 },
    { instrument: "BTC-27MAR26", size: "12000", entryPrice: 83010.5 },
    { instrument: "BTC-26JUN26", size: "-12000", entryPrice: 84420 },
    { instrument: "SOL_USDC-PERPETUAL", size: "-400", entryPrice: 141.2 },
    { instrument: "ETH_USDC-PERPETUAL", size: "22", entryPrice: 2500 },
  ],
  [{ instrument: "BTC_USDC-PERPETUAL", size: "0.5", price: 80000 }],
);

/** What venues without options and futures margin: coin against a perpetual, and a pair. */
const perpetuals = bookOf("perpetuals", { USDC: "60000", BTC: "1" }, [
  { instrument: "BTC_USDC-PERPETUAL", size: "-1", entryPrice: 82400 },
  { instrument: "ETH_USDC-PERPETUAL", size: "22", entryPrice: 2500 },
]);

/** What a lending market margins: staked ether and bitcoin against borrowed dollars. */
const borrower = bookOf("borrower", { stETH: "40", BTC: "0.5", USDC: "-70000" }, []);

const folder = join(import.meta.dirname, "..", "examples");
for (const [file, text] of [
  ["market.json", writeMarket(market)],
  ["portfolio.json", writePortfolio(maker)],
  ["carry.json", writePortfolio(carry)],
  ["perpetuals.json", writePortfolio(perpetuals)],
  ["borrower.json", writePortfolio(borrower)],
] as const) {
  writeFileSync(join(folder, file), text);
  process.stdout.write(`examples/${file}: ${text.length} characters\n`);
}
