import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatDecimal } from "../../quantity/decimal.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { checkPortfolio } from "../check-portfolio.ts";
import { checkMarketValue, marketToDocument } from "../market-document.ts";
import { type Market } from "../market.ts";
import { type Portfolio } from "../portfolio.ts";
import { instrumentFromCcxtSymbol } from "./ccxt-symbol.ts";
import { marketFromCcxt } from "./ccxt-market.ts";
import { portfolioFromCcxt } from "./ccxt-portfolio.ts";
import { instrumentFromDeribitName } from "./deribit-name.ts";
import { marketFromDeribit } from "./deribit-market.ts";
import { portfolioFromDeribit } from "./deribit-portfolio.ts";
import { groupBySnapshot, listSnapshots, optionChainRows } from "./option-chain-csv.ts";
import { marketFromOptionChain } from "./option-chain-market.ts";

const folder = join(import.meta.dirname, "..", "..", "..", "test", "vectors", "readers");
const text = (file: string): string => readFileSync(join(folder, file), "utf8");
const json = (file: string): unknown => JSON.parse(text(file));

const asOfMs = 1_767_603_600_000;
const marchMs = Date.UTC(2026, 2, 27, 8);

const assertValid = (market: Market): void =>
  assert.deepEqual(checkMarketValue(marketToDocument(market)).errors, []);
const sizes = ({ positions }: Portfolio): [string, string][] =>
  positions.map(({ instrument, size }) => [instrument, formatDecimal(size)]);
const amounts = ({ balances }: Portfolio): [string, string][] =>
  balances.map(({ asset, amount }) => [asset, formatDecimal(amount)]);
const ids = (notes: readonly { readonly id: string; readonly count: number }[]): [string, number][] =>
  notes.map(({ id, count }) => [id, count]);

test("Deribit names stand for instruments", () => {
  const inverse = { underlying: "BTC", quoteAsset: "USD", settlement: "inverse", venue: "deribit" };
  const linear = { quoteAsset: "USDC", settlement: "linear", venue: "deribit", contractSize: 1 };
  for (const [name, expected] of [
    ["BTC-PERPETUAL", { kind: "perpetual", ...inverse, contractSize: 10 }],
    ["ETH-PERPETUAL", { kind: "perpetual", ...inverse, underlying: "ETH", contractSize: 1 }],
    ["BTC-27MAR26", { kind: "future", ...inverse, contractSize: 10, expiryMs: marchMs }],
    ["SOL_USDC-PERPETUAL", { kind: "perpetual", ...linear, underlying: "SOL" }],
    ["BTC_USDC", { kind: "spot", ...linear, underlying: "BTC" }],
    [
      "BTC-27MAR26-100000-C",
      { kind: "option", ...inverse, contractSize: 1, expiryMs: marchMs, strike: 100_000, optionType: "call" },
    ],
    [
      "XRP_USDC-27MAR26-0d625-P",
      { kind: "option", ...linear, underlying: "XRP", expiryMs: marchMs, strike: 0.625, optionType: "put" },
    ],
    ["BTC-FS-27MAR26_PERP", undefined],
    ["BTC-CS-27MAR26-100000_110000", undefined],
    ["BTC-PERPETUAL-100000-C", undefined],
    ["BTC", undefined],
    ["", undefined],
  ] as const) {
    assert.deepEqual(instrumentFromDeribitName(name), expected && { id: name, ...expected }, name);
  }
  assert.throws(() => instrumentFromDeribitName("BTC-31FEB26"), { code: "PLM_FIELD" });
});

test("ccxt symbols stand for instruments", () => {
  for (const [symbol, expected] of [
    ["BTC/USDT", ["spot", "linear", "USDT", 1]],
    ["BTC/USDT:USDT", ["perpetual", "linear", "USDT", 0.01]],
    ["BTC/USD:BTC", ["perpetual", "inverse", "USD", 0.01]],
    ["BTC/USD:BTC-260327", ["future", "inverse", "USD", 0.01, marchMs]],
    ["BTC/USDT:USDT-260327-100000-C", ["option", "linear", "USDT", 0.01, marchMs, 100_000, "call"]],
    ["BTC/USD:USDC-260327-0.5-P", ["option", "linear", "USD", 0.01, marchMs, 0.5, "put"]],
    ["BTC/USD:ETH", undefined],
    ["BTCUSDT", undefined],
    ["BTC/USD:BTC-260327-100000-X", undefined],
  ] as const) {
    const found = instrumentFromCcxtSymbol(symbol, { contractSize: 0.01 });
    const facts = found && [found.kind, found.settlement, found.quoteAsset, found.contractSize];
    if (facts && (found.kind === "future" || found.kind === "option")) facts.push(found.expiryMs);
    if (facts && found.kind === "option") facts.push(found.strike, found.optionType);
    assert.deepEqual(facts, expected, symbol);
  }
});

test("a market is read from Deribit's book summaries", () => {
  const { market, notes } = marketFromDeribit({ bookSummaries: json("deribit-book-summaries.json") });
  assertValid(market);
  assert.equal(market.asOfMs, asOfMs);
  assert.match(market.source, /Deribit public API at 2026-01-05T09:00:00Z/);
  assert.deepEqual(
    new Set(market.instruments.keys()),
    new Set([
      "BTC-27MAR26",
      "BTC-27MAR26-100000-C",
      "BTC-27MAR26-100000-P",
      "BTC-27MAR26-300000-C",
      "BTC-PERPETUAL",
      "BTC_USDC-27MAR26-100000-C",
      "BTC_USDC-PERPETUAL",
      "ETH_USDC",
    ]),
  );
  assert.deepEqual(market.quotes.get("BTC-27MAR26-100000-C"), {
    instrument: "BTC-27MAR26-100000-C",
    mark: 0.0852,
    bid: 0.0845,
    ask: 0.0865,
    impliedVol: 0.465,
    forward: 101_200,
    timeMs: asOfMs,
    confidence: 1,
    openInterest: 1250.3,
  });
  assert.equal(market.quotes.get("BTC-27MAR26-300000-C")?.bid, undefined);
  assert.equal(market.quotes.get("BTC-PERPETUAL")?.openInterest, 85_000_000);
  assert.equal(market.quotes.get("BTC_USDC-PERPETUAL")?.openInterest, 321.5);
  assert.equal(market.underlyings.get("BTC")?.indexUsd, 100_000);
  assert.deepEqual(market.underlyings.get("BTC")?.forwards.points, [{ expiryMs: marchMs, forward: 101_200 }]);
  assert.equal(market.underlyings.get("ETH")?.indexUsd, 3500.2);
  assert.deepEqual(
    new Map(ids(notes)),
    new Map([
      ["assumed-price", 1],
      ["expired", 1],
      ["unsupported-instrument", 1],
    ]),
  );
});

test("Deribit's tickers come before its book summaries, its listings before names", () => {
  const { market } = marketFromDeribit({
    bookSummaries: json("deribit-book-summaries.json"),
    tickers: json("deribit-tickers.json"),
    instruments: json("deribit-instruments.json"),
  });
  assertValid(market);
  assert.equal(market.asOfMs, asOfMs + 1200);
  assert.equal(market.quotes.get("BTC-27MAR26-100000-C")?.mark, 0.0855);
  assert.equal(market.quotes.get("BTC-27MAR26-100000-C")?.impliedVol, 0.466);
  assert.equal(market.quotes.get("BTC-PERPETUAL")?.bid, 100_030);
  assert.equal(market.quotes.get("BTC-27MAR26-100000-P")?.mark, 0.0733);
});

test("an answer that is an error, or of another kind, is refused", () => {
  const failed = { jsonrpc: "2.0", id: 1, error: { code: 10_009, message: "not_enough_funds" } };
  assert.throws(() => marketFromDeribit({ bookSummaries: failed }), {
    code: "PLM_FIELD",
    value: "not_enough_funds",
  });
  assert.throws(() => marketFromDeribit({}), { code: "PLM_FIELD", field: "asOfMs" });
  assert.throws(() => marketFromDeribit({ bookSummaries: 5 }), { code: "PLM_FIELD", field: "bookSummaries" });
  assert.throws(() => marketFromDeribit({ bookSummaries: [[5]] }), { field: "bookSummaries[0][0]" });
  const wrong = [{ instrument_name: "BTC-PERPETUAL", mark_price: true, creation_timestamp: 1 }];
  assert.throws(() => marketFromDeribit({ bookSummaries: wrong }), { field: "bookSummaries[0].mark_price" });
  const noIndex = [{ instrument_name: "BTC-PERPETUAL", mark_price: 5, creation_timestamp: 1 }];
  assert.throws(() => marketFromDeribit({ bookSummaries: noIndex }), { code: "PLM_FIELD" });
  const deep = [[[[[[[[[[{}]]]]]]]]]];
  assert.throws(() => marketFromDeribit({ bookSummaries: deep }), { code: "PLM_FIELD" });
});

test("a portfolio is read from Deribit's positions and account summaries", () => {
  const { market } = marketFromDeribit({ bookSummaries: json("deribit-book-summaries.json") });
  const { portfolio, notes } = portfolioFromDeribit({
    positions: json("deribit-positions.json"),
    accountSummaries: json("deribit-account-summaries.json"),
    openOrders: json("deribit-open-orders.json"),
    market,
  });
  checkPortfolio(portfolio, market);
  assert.deepEqual(sizes(portfolio), [
    ["BTC-PERPETUAL", "-25000"],
    ["BTC-27MAR26-100000-C", "12.5"],
    ["BTC-27MAR26-100000-P", "-4"],
    ["BTC_USDC-PERPETUAL", "0.75"],
  ]);
  // The balances are the cash that is left when the positions' own value is taken out of the equity.
  assert.deepEqual(amounts(portfolio), [
    ["BTC", "5"],
    ["USDC", "25000"],
  ]);
  assert.deepEqual(
    portfolio.orders.map(({ instrument, size, price }) => [instrument, formatDecimal(size), price]),
    [
      ["BTC-27MAR26-100000-C", "-2", 0.09],
      ["BTC-PERPETUAL", "5000", 95_000],
    ],
  );
  assert.deepEqual(ids(notes), [
    ["closed-position", 1],
    ["unsupported-order", 1],
  ]);
  const [perpetual, call] = portfolio.positions;
  assert.equal(call?.entryPrice, undefined);
  const profit = -250_000 * (1 / (perpetual?.entryPrice ?? NaN) - 1 / 100_020.5);
  assert.ok(Math.abs(profit - -0.00552) < 1e-12, String(profit));
  const linear = portfolio.positions[3];
  assert.ok(Math.abs(0.75 * (100_024 - (linear?.entryPrice ?? NaN)) - 393) < 1e-9);
});

test("a Deribit portfolio can be read without a market or some of the fields", () => {
  const { portfolio } = portfolioFromDeribit({
    positions: [{ instrument_name: "BTC-PERPETUAL", size: -100, average_price: 5 }],
    accountSummaries: { currency: "BTC", balance: "1.25" },
  });
  assert.deepEqual(sizes(portfolio), [["BTC-PERPETUAL", "-10"]]);
  assert.deepEqual(amounts(portfolio), [["BTC", "1.25"]]);
  assert.equal(portfolio.positions[0]?.entryPrice, 5);
  const twice = [
    { instrument_name: "BTC-PERPETUAL", size: 10 },
    { instrument_name: "BTC-PERPETUAL", size: 20 },
  ];
  assert.throws(() => portfolioFromDeribit({ positions: twice }), { code: "PLM_DUPLICATE" });
  assert.throws(() => portfolioFromDeribit({ positions: [{ instrument_name: "BTC-PERPETUAL" }] }), {
    field: "positions[0].size",
  });
  assert.throws(() => portfolioFromDeribit({ accountSummaries: [{ currency: "BTC" }] }), {
    code: "PLM_FIELD",
  });
});

test("a market is read from ccxt's markets, tickers and option chain", () => {
  const { market, notes } = marketFromCcxt({
    markets: json("ccxt-markets.json"),
    tickers: json("ccxt-tickers.json"),
    options: json("ccxt-option-chain.json"),
    exchange: "example",
  });
  assertValid(market);
  assert.equal(market.underlyings.get("BTC")?.indexUsd, 100_001);
  assert.equal(market.underlyings.get("ETH")?.indexUsd, 3499.5);
  assert.equal(market.instruments.get("BTC/USD:BTC")?.contractSize, 100);
  assert.equal(market.instruments.get("BTC/USDT:USDT")?.contractSize, 0.01);
  assert.equal(market.quotes.get("BTC/USDT:USDT")?.mark, 100_019.5);
  assert.equal(market.quotes.get("BTC/USD:BTC")?.mark, 100_022);
  assert.equal(market.quotes.get("ETH/USDT:USDT")?.mark, 3500);
  assert.equal(market.quotes.get("BTC/USD:BTC-260327-100000-C")?.impliedVol, 0.465);
  assert.equal(market.quotes.get("BTC/USD:BTC-260327-120000-C")?.impliedVol, 0.482);
  assert.equal(market.quotes.get("BTC/USD:BTC-260327-120000-C")?.mark, 0.032);
  assert.deepEqual(market.underlyings.get("BTC")?.forwards.points, [{ expiryMs: marchMs, forward: 101_200 }]);
  assert.deepEqual(
    new Map(ids(notes)),
    new Map([
      ["assumed-contract-size", 1],
      ["assumed-price", 1],
      ["mark-from-last", 1],
      ["mark-from-mid", 1],
      ["unsupported-instrument", 1],
    ]),
  );
});

test("a portfolio is read from ccxt's positions, balance and orders", () => {
  const { market } = marketFromCcxt({
    markets: json("ccxt-markets.json"),
    tickers: json("ccxt-tickers.json"),
    options: json("ccxt-option-chain.json"),
  });
  const structures = {
    positions: json("ccxt-positions.json"),
    balance: json("ccxt-balance.json"),
    openOrders: json("ccxt-open-orders.json"),
    market,
  };
  const { portfolio, notes } = portfolioFromCcxt(structures);
  checkPortfolio(portfolio, market);
  assert.deepEqual(sizes(portfolio), [
    ["BTC/USDT:USDT", "-150"],
    ["BTC/USD:BTC", "2500"],
    ["BTC/USD:BTC-260327-100000-C", "250"],
  ]);
  assert.deepEqual(amounts(portfolio), [
    ["BTC", "1.5"],
    ["USDT", "10000"],
  ]);
  assert.deepEqual(
    portfolio.orders.map(({ instrument, size, price }) => [instrument, formatDecimal(size), price]),
    [["BTC/USDT:USDT", "-30", 105_000]],
  );
  assert.deepEqual(ids(notes), [
    ["closed-position", 1],
    ["unsupported-order", 1],
  ]);
  assert.deepEqual(amounts(portfolioFromCcxt({ ...structures, balanceIncludes: "unrealized" }).portfolio), [
    ["BTC", "1.4742"],
    ["USDT", "10779.25"],
  ]);
  assert.deepEqual(amounts(portfolioFromCcxt({ ...structures, balanceIncludes: "equity" }).portfolio), [
    ["BTC", "1.2612"],
    ["USDT", "10779.25"],
  ]);
});

test("ccxt positions of Deribit are read from Deribit's own figures, into a market of Deribit's names", () => {
  const { market } = marketFromDeribit({ bookSummaries: json("deribit-book-summaries.json") });
  const { portfolio } = portfolioFromCcxt({ positions: json("ccxt-positions-deribit.json"), market });
  checkPortfolio(portfolio, market);
  assert.deepEqual(sizes(portfolio), [
    ["BTC-PERPETUAL", "4"],
    ["BTC_USDC-PERPETUAL", "-0.003"],
    ["BTC-27MAR26-100000-C", "-1"],
  ]);
  const balance = { total: { BTC: 2, USDC: 100 } };
  const read = portfolioFromCcxt({ positions: json("ccxt-positions-deribit.json"), balance, market });
  assert.deepEqual(amounts(read.portfolio), [
    ["BTC", "2.085200282"],
    ["USDC", "100.78"],
  ]);
  assert.deepEqual(ids(read.notes), [["balance-is-equity", 1]]);
  const [perpetual] = read.portfolio.positions;
  const profit = 40 * (1 / (perpetual?.entryPrice ?? NaN) - 1 / 109_266.97);
  assert.ok(Math.abs(profit - -2.82e-7) < 1e-15, String(profit));
  assert.throws(() => portfolioFromCcxt({ positions: [{ symbol: "BTC/USDT:USDT" }] }), {
    code: "PLM_FIELD",
    field: "positions[0].contracts",
  });
});

test("an option-chain table becomes a market", () => {
  const rows = [...optionChainRows(text("chain-plain.csv"))];
  assert.equal(rows.length, 5);
  assert.deepEqual(
    listSnapshots(rows).map(({ snapshot, currencies, rows: count }) => [snapshot, currencies, count]),
    [
      ["1767603600000", ["BTC", "ETH"], 4],
      ["1767690000000", ["BTC"], 1],
    ],
  );
  const { market, notes } = marketFromOptionChain(rows, { snapshot: "1767603600000" });
  assertValid(market);
  assert.deepEqual(notes, []);
  assert.equal(market.asOfMs, asOfMs);
  assert.equal(market.underlyings.get("BTC")?.indexUsd, 100_002);
  assert.deepEqual(market.underlyings.get("BTC")?.forwards.points, [{ expiryMs: marchMs, forward: 101_200 }]);
  assert.equal(market.underlyings.get("BTC")?.surface, undefined);
  assert.equal(market.quotes.get("BTC-27MAR26-90000-P")?.bid, undefined);
  assert.equal(market.quotes.get("BTC-27MAR26-100000-C")?.forward, 101_210);
  assert.equal(market.quotes.get("BTC-27MAR26")?.mark, 101_200);
  assert.equal(market.quotes.get("BTC-PERPETUAL")?.mark, 100_002);
  assert.equal(market.instruments.get("ETH-9JAN26-3500d5-P")?.contractSize, 1);
  assert.match(market.source, /perpetuals at the index/);
  assert.equal(marketFromOptionChain(rows).market.asOfMs, 1_767_690_000_000, "the latest by default");
  const bare = marketFromOptionChain(rows, { implied: false }).market;
  assert.deepEqual([...bare.instruments.keys()], ["BTC-27MAR26-90000-C"]);
  assert.throws(() => marketFromOptionChain(rows, { snapshot: "1767603600001" }), {
    code: "PLM_UNKNOWN",
    remedy: /1767603600000/,
  });
  assert.throws(() => marketFromOptionChain([]), { code: "PLM_UNKNOWN" });
});

test("columns may come in any order; rows of one snapshot may be minutes apart; a bid of 0 is none", () => {
  const groups = groupBySnapshot(optionChainRows(text("chain-snapshots.csv")));
  assert.deepEqual([...groups.keys()], ["2026-01-05", "2026-01-06"]);
  const { market } = marketFromOptionChain(groups.get("2026-01-05") ?? []);
  assertValid(market);
  assert.equal(market.asOfMs, 1_767_603_800_000);
  assert.deepEqual(
    [...market.quotes.values()].slice(0, 2).map(({ timeMs, bid, ask }) => [timeMs, bid, ask]),
    [
      [1_767_603_600_000, undefined, 0.121],
      [1_767_603_800_000, undefined, 0.0002],
    ],
  );
});

test("a broken table is refused with line and column", () => {
  const header = "ts_ms,currency,expiry_ms,strike,type,forward,index,bid,ask,mark,iv";
  const row = "1,BTC,2,90000,C,101200,100000,0.1,0.2,0.15,0.5";
  const read = (...lines: string[]): unknown[] => [
    ...optionChainRows(lines.join("\n"), { name: "chain.csv" }),
  ];
  assert.equal(read(header, row, "", row, "").length, 2);
  assert.equal([...optionChainRows(`\uFEFF${header}\r\n${row}\r\n`)].length, 1);
  for (const [lines, field, limit] of [
    [[], "chain.csv:1", /ts_ms is missing/],
    [[""], "chain.csv:1", /ts_ms is missing/],
    [[header.replace("iv", "bid")], "chain.csv:1:bid", /does not have yet/],
    [[header.replace("strike", "strke"), row], "chain.csv:1", /strike is missing/],
    [[header, row.slice(0, 20)], "chain.csv:2", /11 cells/],
    [[header, row, `${row},`], "chain.csv:3", /it has 12/],
    [[header, row.replace("90000", "")], "chain.csv:2:strike", /number/],
    [[header, row.replace("90000", "-1")], "chain.csv:2:strike", /≥ 0/],
    [[header, row.replace("90000", "ninety")], "chain.csv:2:strike", /finite number/],
    [[header, row.replace("90000", "0x10")], "chain.csv:2:strike", /finite number/],
    [[header, row.replace("90000", "1e999")], "chain.csv:2:strike", /finite number/],
    [[header, row.replace(",C,", ",c,")], "chain.csv:2:type", /C or P/],
    [[header, row.replace("BTC", "")], "chain.csv:2:currency", /coin/],
    [[header, row.replace("1,BTC", "1.5,BTC")], "chain.csv:2:ts_ms", /milliseconds/],
    [[header, row.replace("101200", "0")], "chain.csv:2:forward", /> 0/],
    [[header, row.replace("0.5", "-0.5")], "chain.csv:2:iv", /≥ 0/],
    [[header, row.replace("0.5", "NaN")], "chain.csv:2:iv", /finite number/],
    [[header, row.replace("BTC", '"BTC')], "chain.csv:2:3", /closed/],
    [[header, row.replace("BTC", '"B"TC')], "chain.csv:2:6", /comma/],
  ] as const) {
    assert.throws(
      () => read(...lines),
      (error: unknown) => {
        assert.ok(error instanceof PlimsollError, String(error));
        assert.deepEqual([error.code, error.field], ["PLM_CSV_SYNTAX", field], error.message);
        assert.match(error.limit, limit);
        return true;
      },
    );
  }
  assert.throws(() => read(header, `${row}${"0".repeat(70_000)}`), {
    code: "PLM_LIMIT",
    field: "chain.csv:2",
  });
  assert.throws(() => [...optionChainRows([header, row, row], { maxRows: 1 })], { code: "PLM_LIMIT" });
});
