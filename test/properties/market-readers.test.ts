import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { PlimsollError } from "../../src/quantity/error.ts";
import { checkMarketValue, marketToDocument } from "../../src/market/market-document.ts";
import { type Market } from "../../src/market/market.ts";
import { type Portfolio } from "../../src/market/portfolio.ts";
import { checkPortfolioValue, portfolioToDocument } from "../../src/market/portfolio-document.ts";
import { marketFromCcxt } from "../../src/market/readers/ccxt-market.ts";
import { portfolioFromCcxt } from "../../src/market/readers/ccxt-portfolio.ts";
import { marketFromDeribit } from "../../src/market/readers/deribit-market.ts";
import { portfolioFromDeribit } from "../../src/market/readers/deribit-portfolio.ts";
import { optionChainRows } from "../../src/market/readers/option-chain-csv.ts";
import { marketFromOptionChain } from "../../src/market/readers/option-chain-market.ts";

const folder = join(import.meta.dirname, "..", "vectors", "readers");
const text = (file: string): string => readFileSync(join(folder, file), "utf8");

/** Parsed JSON with whatever stands at one place replaced. */
function withJunk(file: string, place: number, junk: unknown): unknown {
  let count = 0;
  const places: { readonly holder: object; readonly key: string }[] = [];
  const root: unknown = JSON.parse(text(file));
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, entry] of Object.entries(value)) {
      places.push({ holder: value, key });
      count += 1;
      visit(entry);
    }
  };
  visit(root);
  const chosen = places[place % Math.max(1, count)];
  if (chosen) Reflect.set(chosen.holder, chosen.key, junk);
  return root;
}

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    "",
    "NaN",
    "x",
    true,
    -1,
    0,
    1e-300,
    1e300,
    -1e300,
    [],
    {},
    [[]],
    "1e5",
    NaN,
    Infinity,
  ),
  fc.constantFrom(
    "BTC-PERPETUAL",
    "BTC-31FEB26",
    "BTC-27MAR26-0-C",
    "BTC/USD:BTC",
    "A/B:C",
    "BTC_USDC",
    "__proto__",
    "buy",
    "zero",
  ),
  fc.double(),
  fc.jsonValue(),
);

/** The reader gives a valid result or throws a typed error: nothing else. */
function assertTotal(run: () => Market | Portfolio): void {
  let result: Market | Portfolio;
  try {
    result = run();
  } catch (error) {
    assert.ok(error instanceof PlimsollError, String(error));
    return;
  }
  // As another program would read what was written.
  const checked =
    "quotes" in result
      ? checkMarketValue(JSON.parse(JSON.stringify(marketToDocument(result))))
      : checkPortfolioValue(JSON.parse(JSON.stringify(portfolioToDocument(result))));
  assert.deepEqual(checked.errors, []);
}

const place = fc.nat(5_000);
const runs = { numRuns: 1_500 };

test("whatever stands in Deribit's answers, readers give a valid result or a typed error", () => {
  const files = ["deribit-book-summaries.json", "deribit-tickers.json", "deribit-instruments.json"] as const;
  fc.assert(
    fc.property(fc.nat(2), place, junk, (which, at, value) => {
      const [bookSummaries, tickers, instruments] = files.map((file, index) =>
        index === which ? withJunk(file, at, value) : JSON.parse(text(file)),
      );
      assertTotal(() => marketFromDeribit({ bookSummaries, tickers, instruments }).market);
    }),
    runs,
  );
  const accounts = [
    "deribit-positions.json",
    "deribit-account-summaries.json",
    "deribit-open-orders.json",
  ] as const;
  fc.assert(
    fc.property(fc.nat(2), place, junk, (which, at, value) => {
      const [positions, accountSummaries, openOrders] = accounts.map((file, index) =>
        index === which ? withJunk(file, at, value) : JSON.parse(text(file)),
      );
      assertTotal(() => portfolioFromDeribit({ positions, accountSummaries, openOrders }).portfolio);
    }),
    runs,
  );
});

test("whatever stands in ccxt's structures, readers give a valid result or a typed error", () => {
  const files = ["ccxt-markets.json", "ccxt-tickers.json", "ccxt-option-chain.json"] as const;
  fc.assert(
    fc.property(fc.nat(2), place, junk, (which, at, value) => {
      const [markets, tickers, options] = files.map((file, index) =>
        index === which ? withJunk(file, at, value) : JSON.parse(text(file)),
      );
      assertTotal(() => marketFromCcxt({ markets, tickers, options }).market);
    }),
    runs,
  );
  const accounts = ["ccxt-positions.json", "ccxt-balance.json", "ccxt-open-orders.json"] as const;
  fc.assert(
    fc.property(
      fc.nat(2),
      place,
      junk,
      fc.constantFrom("cash", "equity"),
      (which, at, value, balanceIncludes) => {
        const [positions, balance, openOrders] = accounts.map((file, index) =>
          index === which ? withJunk(file, at, value) : JSON.parse(text(file)),
        );
        assertTotal(() => portfolioFromCcxt({ positions, balance, openOrders, balanceIncludes }).portfolio);
      },
    ),
    runs,
  );
});

test("whatever stands in a chain's cells, its reader gives a valid market or a typed error", () => {
  const lines = text("chain-plain.csv").split("\n");
  fc.assert(
    fc.property(
      fc.nat(lines.length - 1),
      fc.nat(20),
      fc.oneof(
        fc.constantFrom("", "-1", "0", "1e-300", "1e300", "NaN", "C", "1767603600000", '"', '"a"'),
        fc.string(),
      ),
      (line, column, cell) => {
        const changed = lines.map((row, index) => {
          if (index !== line) return row;
          const cells = row.split(",");
          cells[column % cells.length] = cell;
          return cells.join(",");
        });
        assertTotal(() => marketFromOptionChain(optionChainRows(changed)).market);
      },
    ),
    runs,
  );
});
