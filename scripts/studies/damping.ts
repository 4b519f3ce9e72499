// How much of an extreme move's loss should count? Holds short options and bare perpetuals from each recorded day to the next
// and compares the loss with the maintenance requirement under several dampings.
//
//   node scripts/studies/damping.ts OPTION_CHAIN_FOLDER HISTORY.json
//
// Looks at snapshots before 2026-04-01 only, as the calibration does.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readText } from "../../src/cli/input/read-file.ts";
import { defaultMarginParameters } from "../../src/cli/parameters.ts";
import { textTable } from "../../src/cli/output/table.ts";
import { type Market, parseHistory, type Portfolio } from "../../src/market/index.ts";
import { listSnapshots, optionChainRows } from "../../src/market/readers/option-chain-csv.ts";
import { marketFromOptionChain } from "../../src/market/readers/option-chain-market.ts";
import { pow } from "../../src/numerics/index.ts";
import { withFittedSurfaces } from "../../src/pricing/index.ts";
import { parseDecimal } from "../../src/quantity/index.ts";
import { accountValue, type MarginParameters, preparePortfolioMargin } from "../../src/risk/index.ts";

const untilMs = Date.UTC(2026, 3, 1);
const dayMs = 86_400_000;
const exponents = [1, 1.25, 1.5];

type Leg = readonly [optionType: "call" | "put", days: number, strikeShare: number, size: number];
/** Units of one coin. No legs: a bare perpetual, long or short. */
const books: Readonly<Record<string, readonly Leg[] | number>> = {
  "long perpetual": 1,
  "short perpetual": -1,
  "strangle 20 %, 30 d": [
    ["call", 30, 1.2, -1],
    ["put", 30, 0.8, -1],
  ],
  "strangle 30 %, 30 d": [
    ["call", 30, 1.3, -1],
    ["put", 30, 0.7, -1],
  ],
  "strangle 15 %, 7 d": [
    ["call", 7, 1.15, -1],
    ["put", 7, 0.85, -1],
  ],
  "straddle, 30 d": [
    ["call", 30, 1, -1],
    ["put", 30, 1, -1],
  ],
  "straddle, 7 d": [
    ["call", 7, 1, -1],
    ["put", 7, 1, -1],
  ],
  "put 15 %, 14 d": [["put", 14, 0.85, -1]],
  "put 30 %, 14 d": [["put", 14, 0.7, -1]],
  "put 20 %, 90 d": [["put", 90, 0.8, -1]],
  "call 15 %, 14 d": [["call", 14, 1.15, -1]],
  "call 20 %, 90 d": [["call", 90, 1.2, -1]],
  "put spread, 30 d": [
    ["put", 30, 0.95, -1],
    ["put", 30, 0.85, 1],
  ],
  "calendar, 30 d 90 d": [
    ["call", 30, 1, -1],
    ["call", 90, 1, 1],
  ],
  "ratio put, 30 d": [
    ["put", 30, 0.9, 1],
    ["put", 30, 0.75, -3],
  ],
};

async function dailyMarkets(folder: string): Promise<Market[]> {
  const markets: Market[] = [];
  let lastMs = -Infinity;
  for (const file of readdirSync(folder).sort()) {
    const rows = [...optionChainRows(await readText(join(folder, file)), { name: file })];
    const groups = Map.groupBy(rows, ({ snapshot }) => snapshot);
    for (const { snapshot, fromMs } of listSnapshots(rows)) {
      if (fromMs >= untilMs || fromMs - lastMs < 0.8 * dayMs) continue;
      lastMs = fromMs;
      markets.push(
        withFittedSurfaces(marketFromOptionChain(groups.get(snapshot) ?? [], { snapshot }).market),
      );
    }
  }
  return markets;
}

function bookOf(market: Market, symbol: string, legs: readonly Leg[] | number): Portfolio {
  const index = market.underlyings.get(symbol)!.indexUsd;
  const usd = { balances: [{ asset: "USD", amount: parseDecimal("1000000") }], orders: [], name: symbol };
  if (typeof legs === "number") {
    const id = `${symbol}-PERPETUAL`;
    const contracts = (legs * index) / market.instruments.get(id)!.contractSize;
    return {
      ...usd,
      positions: [
        { instrument: id, size: parseDecimal(contracts.toFixed(3)), entryPrice: market.quotes.get(id)!.mark },
      ],
    };
  }
  const positions = legs.map(([optionType, days, share, size]) => {
    const options = [...market.instruments.values()].flatMap((instrument) =>
      instrument.kind === "option" &&
      instrument.underlying === symbol &&
      instrument.optionType === optionType &&
      instrument.expiryMs > market.asOfMs + 2.2 * dayMs
        ? [instrument]
        : [],
    );
    const off = (expiryMs: number): number => Math.abs((expiryMs - market.asOfMs) / dayMs - days);
    const nearest = Math.min(...options.map(({ expiryMs }) => off(expiryMs)));
    const [chosen] = options
      .filter(({ expiryMs }) => off(expiryMs) === nearest)
      .sort((a, b) => Math.abs(a.strike / index - share) - Math.abs(b.strike / index - share));
    return { instrument: chosen!.id, size: parseDecimal(String(size)) };
  });
  return { ...usd, positions };
}

const withExponent = (base: MarginParameters, exponent: number): MarginParameters => {
  const damp = (risk: MarginParameters["classes"]["default"]) => ({
    ...risk,
    extremes: risk.extremes.map(({ move }) => ({
      move,
      weight: Math.min(1, pow(risk.spotRange / Math.abs(move), exponent)),
    })),
  });
  const classes = Object.fromEntries(Object.entries(base.classes).map(([name, risk]) => [name, damp(risk)]));
  return { ...base, classes: { ...classes, default: damp(base.classes.default) } };
};

const [folder, historyFile] = process.argv.slice(2);
if (folder === undefined || historyFile === undefined)
  throw new Error("give the folder of option chains and the history file");
const markets = await dailyMarkets(folder);
const history = parseHistory(await readText(historyFile));
const base = await defaultMarginParameters();
const worst = new Map<string, number[]>();
const days = new Map<string, number>();
for (const [column, exponent] of exponents.entries()) {
  for (const [at, today] of markets.entries()) {
    const next = markets[at + 1];
    if (!next || Math.abs(next.asOfMs - today.asOfMs - dayMs) > 0.3 * dayMs) continue;
    const prepared = preparePortfolioMargin({
      market: today,
      history,
      parameters: withExponent(base, exponent),
    });
    for (const symbol of ["BTC", "ETH"]) {
      for (const [name, legs] of Object.entries(books)) {
        const book = bookOf(today, symbol, legs);
        if (book.positions.some(({ instrument }) => !next.instruments.has(instrument))) continue;
        const lost = accountValue(book, today).equityUsd - accountValue(book, next).equityUsd;
        const key = `${symbol} ${name}`;
        const list = worst.get(key) ?? exponents.map(() => -Infinity);
        list[column] = Math.max(list[column]!, lost / prepared.margin(book).maintenanceMargin);
        worst.set(key, list);
        if (column === 0) days.set(key, (days.get(key) ?? 0) + 1);
      }
    }
  }
}
const rows = [...worst].map(([name, list]) => [
  name,
  String(days.get(name)),
  ...list.map((share) => share.toFixed(2)),
]);
const columns = [
  { title: "Worst day's loss ÷ maintenance" },
  { title: "days", align: "right" as const },
  ...exponents.map((exponent) => ({ title: `(range ÷ move)^${exponent}`, align: "right" as const })),
];
process.stdout.write(`${textTable(columns, rows)}\n`);
