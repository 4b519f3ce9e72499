// How often, and by how much, losses exceeded what the portfolio margin had asked a day earlier, on recorded data.
//   node scripts/studies/coverage.ts chains CHAIN.csv.gz… --history history.json    books of one BTC and one ETH, chains a day apart
//   node scripts/studies/coverage.ts spot --history history.json --from 2020-01-01 --to 2024-06-30    the shortfall alone, day by day
// Both take --params FILE; the shortfall is at its levels, times its multipliers.
import { parseArgs } from "node:util";
import { hedgedBooks } from "../../src/cli/hedged-books.ts";
import { parseInstant } from "../../src/cli/input/load.ts";
import { readText } from "../../src/cli/input/read-file.ts";
import { formatPercent } from "../../src/cli/output/format.ts";
import { textTable } from "../../src/cli/output/table.ts";
import {
  factorKey,
  type History,
  historyTimeMs,
  type Market,
  parseHistory,
  type Portfolio,
} from "../../src/market/index.ts";
import { groupBySnapshot, optionChainRows } from "../../src/market/readers/option-chain-csv.ts";
import { marketFromOptionChain } from "../../src/market/readers/option-chain-market.ts";
import { withFittedSurfaces } from "../../src/pricing/fit-surface.ts";
import { parseDecimal } from "../../src/quantity/index.ts";
import {
  accountValue,
  clopperPearson,
  historicalScenarios,
  type MarginParameters,
  parseMarginParameters,
  preparePortfolioMargin,
  tailMeasures,
} from "../../src/risk/index.ts";

const hourMs = 3_600_000;

/** Losses of one kind of book against what was asked. */
interface Coverage {
  periods: number;
  aboveMaintenance: number;
  aboveInitial: number;
  worstShare: number;
  initialShare: number;
}

const coverages = new Map<string, Coverage>();

function record(
  name: string,
  lossShare: number,
  maintenance: number,
  initial: number,
  notional: number,
): void {
  const known = coverages.get(name) ?? {
    periods: 0,
    aboveMaintenance: 0,
    aboveInitial: 0,
    worstShare: 0,
    initialShare: 0,
  };
  coverages.set(name, known);
  known.periods += 1;
  known.aboveMaintenance += lossShare > maintenance ? 1 : 0;
  known.aboveInitial += lossShare > initial ? 1 : 0;
  known.worstShare = Math.max(known.worstShare, maintenance > 0 ? lossShare / maintenance : 0);
  known.initialShare += initial / notional;
}

function print(levels: readonly [maintenance: string, initial: string]): void {
  const rows = [...coverages].map(([name, found]) => [
    name,
    String(found.periods),
    String(found.aboveMaintenance),
    String(found.aboveInitial),
    formatPercent(clopperPearson({ exceptions: found.aboveMaintenance, observations: found.periods }).high),
    found.worstShare.toFixed(2),
    formatPercent(found.initialShare / found.periods),
  ]);
  const right = { align: "right" } as const;
  const columns = [
    { title: "Book" },
    { title: "periods", ...right },
    { title: `lost more than ${levels[0]}`, ...right },
    { title: `than ${levels[1]}`, ...right },
    { title: "true rate below", ...right },
    { title: "worst loss ÷ first", ...right },
    { title: `mean ${levels[1]}`, ...right },
  ];
  process.stdout.write(`${textTable(columns, rows)}\n`);
}

type LegOf = (
  optionType: "call" | "put",
  days: number,
  strikeShare: number,
  size: number,
) => Portfolio["positions"];

/** Finds the option nearest to a tenor and to a share of the index. */
function legsOf(market: Market, underlying: string): LegOf {
  const index = market.underlyings.get(underlying)?.indexUsd ?? 0;
  const options = [...market.instruments.values()].flatMap((instrument) =>
    instrument.kind === "option" && instrument.underlying === underlying && market.quotes.has(instrument.id)
      ? [instrument]
      : [],
  );
  const nearest = <T>(list: readonly T[], distance: (item: T) => number): T | undefined =>
    list.toSorted((a, b) => distance(a) - distance(b))[0];
  return (optionType, days, strikeShare, size) => {
    const expiry = nearest(options, ({ expiryMs }) =>
      Math.abs((expiryMs - market.asOfMs) / (24 * hourMs) - days),
    );
    const strikes = options.filter(
      (option) => option.expiryMs === expiry?.expiryMs && option.optionType === optionType,
    );
    const option = nearest(strikes, ({ strike }) => Math.abs(strike / index - strikeShare));
    return option ? [{ instrument: option.id, size: parseDecimal(size) }] : [];
  };
}

const book = (name: string, positions: Portfolio["positions"]): Portfolio => ({
  name,
  balances: [{ asset: "USD", amount: parseDecimal(1_000_000) }],
  positions,
  orders: [],
});

function straddle(market: Market, underlying: string, days: number, strikeShare: number): Portfolio {
  const leg = legsOf(market, underlying);
  return book("straddle", [...leg("call", days, strikeShare, 1), ...leg("put", days, strikeShare, 1)]);
}

/** Plain option books beside the hedged ones: what is most often short, and what is only long. */
function optionBooks(market: Market, underlying: string): readonly Portfolio[] {
  const leg = legsOf(market, underlying);
  return [
    book("short strangle, 10 % out, 7 d", [...leg("call", 7, 1.1, -1), ...leg("put", 7, 0.9, -1)]),
    book("short strangle, 20 % out, 30 d", [...leg("call", 30, 1.2, -1), ...leg("put", 30, 0.8, -1)]),
    book("short put, 10 % out, 30 d", leg("put", 30, 0.9, -1)),
    book("short call, 2 d", leg("call", 2, 1, -1)),
    book("long call, 30 d", leg("call", 30, 1, 1)),
    book("long straddle, 90 d", [...leg("call", 90, 1, 1), ...leg("put", 90, 1, 1)]),
    book("calendar, long 30 d short 90 d call", [...leg("call", 30, 1, 1), ...leg("call", 90, 1, -1)]),
    book("put calendar, short 7 d long 30 d", [...leg("put", 7, 0.95, -1), ...leg("put", 30, 0.95, 1)]),
    book("butterfly, 30 d", [
      ...leg("call", 30, 0.9, 1),
      ...leg("call", 30, 1, -2),
      ...leg("call", 30, 1.1, 1),
    ]),
    book("call ratio 1 × 2", [...leg("call", 30, 1, 1), ...leg("call", 30, 1.15, -2)]),
    book("put ratio 1 × 2", [...leg("put", 30, 1, 1), ...leg("put", 30, 0.85, -2)]),
  ];
}

/** Long straddles, their delta hedged by a perpetual: what decays and falls with volatility, at tenors where either hurts most. */
function longVolatility(
  market: Market,
  underlying: string,
  deltaUsd: (instrument: string) => number,
): readonly Portfolio[] {
  const perpetual = [...market.instruments.values()].find(
    (instrument) => instrument.kind === "perpetual" && instrument.underlying === underlying,
  );
  if (!perpetual) return [];
  const straddles = [
    { days: 2, strikeShare: 1, name: "long straddle, 2 d, delta hedged" },
    { days: 50, strikeShare: 1, name: "long straddle, 50 d, delta hedged" },
    { days: 50, strikeShare: 1.1, name: "long straddle, 50 d, at 110 %, delta hedged" },
  ];
  return straddles.map(({ days, strikeShare, name }) => {
    const { balances, positions } = straddle(market, underlying, days, strikeShare);
    const delta = positions.reduce((sum, { instrument }) => sum + deltaUsd(instrument), 0);
    const size = parseDecimal((-delta / deltaUsd(perpetual.id)).toFixed(4));
    return {
      name,
      balances,
      positions: size.coefficient === 0n ? positions : [...positions, { instrument: perpetual.id, size }],
      orders: [],
    };
  });
}

async function chains(
  files: readonly string[],
  history: History,
  parameters: MarginParameters,
): Promise<void> {
  const markets: Market[] = [];
  for (const file of files) {
    const rows = optionChainRows(await readText(file, 512 * 1024 * 1024), { name: file });
    for (const snapshot of groupBySnapshot(rows).values())
      markets.push(marketFromOptionChain(snapshot).market);
  }
  markets.sort((a, b) => a.asOfMs - b.asOfMs);
  for (const quoted of markets) {
    const age = ({ asOfMs }: Market): number => (asOfMs - quoted.asOfMs) / hourMs;
    const later = markets.find((market) => age(market) >= 20 && age(market) <= 28);
    if (!later) continue;
    const market = withFittedSurfaces(quoted);
    const prepared = preparePortfolioMargin({ market, parameters, history });
    for (const underlying of [...market.underlyings.keys()].sort()) {
      const other = [...market.underlyings.keys()].find((symbol) => symbol !== underlying);
      const deltaUsd = (instrument: string): number =>
        prepared.matrix.instrumentRow(instrument)?.deltaUsd ?? 0;
      const books = [
        ...hedgedBooks(market, underlying, other),
        ...optionBooks(market, underlying),
        ...longVolatility(market, underlying, deltaUsd),
      ];
      for (const book of books) {
        if (!book.positions.every(({ instrument }) => later.quotes.has(instrument))) continue;
        const loss = accountValue(book, market).equityUsd - accountValue(book, later).equityUsd;
        const asked = prepared.margin(book, { haircuts: false, scenarios: false });
        const index = market.underlyings.get(underlying)?.indexUsd ?? 1;
        record(`${underlying}: ${book.name}`, loss, asked.maintenanceMargin, asked.initialMargin, index);
      }
    }
  }
  print(["maintenance", "initial"]);
}

function spot(history: History, parameters: MarginParameters, fromMs: number, toMs: number): void {
  const { maintenanceLevel, maintenanceMultiplier, initialLevel, initialMultiplier } = parameters.shortfall;
  const values = (symbol: string) => history.series.get(factorKey("spot", symbol))?.values;
  const at = (symbol: string, timeMs: number): number =>
    values(symbol)?.[Math.round((timeMs - historyTimeMs(history, 0)) / history.intervalMs)] ?? Number.NaN;
  const books: readonly [name: string, btc: number, eth: number][] = [
    ["BTC long", 1, 0],
    ["BTC short", -1, 0],
    ["ETH long", 0, 1],
    ["ETH short", 0, -1],
    ["BTC long, ETH short, equal dollars", 1, -1],
    ["ETH long, BTC short, equal dollars", -1, 1],
    ["half each, long", 0.5, 0.5],
  ];
  for (let timeMs = fromMs; timeMs + 24 * hourMs <= toMs; timeMs += 24 * hourMs) {
    const btcReturn = at("BTC", timeMs + 24 * hourMs) / at("BTC", timeMs) - 1;
    const ethReturn = at("ETH", timeMs + 24 * hourMs) / at("ETH", timeMs) - 1;
    if (!Number.isFinite(btcReturn + ethReturn)) continue;
    const { scenarios } = historicalScenarios(history, {
      parameters,
      asOfMs: timeMs,
      underlyings: ["BTC", "ETH"],
    });
    const weights = scenarios.map(({ weight }) => weight);
    for (const [name, btc, eth] of books) {
      const pnlUsd = scenarios.map(
        ({ underlyings }) =>
          btc * (underlyings.get("BTC")?.spot ?? 0) + eth * (underlyings.get("ETH")?.spot ?? 0),
      );
      const [lower, upper] = tailMeasures({ pnlUsd, weights }, [maintenanceLevel, initialLevel]).map(
        (tail) => tail.expectedShortfallUsd,
      );
      const loss = -(btc * btcReturn + eth * ethReturn);
      record(name, loss, maintenanceMultiplier * (lower ?? 0), initialMultiplier * (upper ?? 0), 1);
    }
  }
  print(["the maintenance shortfall", "the initial one"]);
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    history: { type: "string" },
    params: { type: "string", default: "params/plimsoll-margin.json" },
    from: { type: "string", default: "2020-01-01" },
    to: { type: "string", default: "2024-06-30" },
  },
});
const [command, ...files] = positionals;
if ((command !== "chains" && command !== "spot") || options.history === undefined) {
  process.stderr.write(
    "usage: node scripts/studies/coverage.ts chains|spot [CHAIN.csv.gz…] --history history.json\n",
  );
  process.exit(2);
}
const past = parseHistory(await readText(options.history, 512 * 1024 * 1024), {
  maxLength: 512 * 1024 * 1024,
});
const fitted = parseMarginParameters(await readText(options.params));
if (command === "chains") await chains(files, past, fitted);
else spot(past, fitted, parseInstant(options.from, "--from"), parseInstant(options.to, "--to"));
