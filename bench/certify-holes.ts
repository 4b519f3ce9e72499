// Hunts for books that a venue's scenario grid does not see: seeded, over the options of one underlying of a market.
//
//   node --conditions=plimsoll-source bench/certify-holes.ts [-m FILE] [--at T] [--history FILE] [--seed N] [--aim between|box|margin] [--days N] [--rule ID] [--write FOLDER]
//
// A book is up to six options, 100 units of underlying in all. The hunt is for the largest loss beyond the worst of the grid's
// scenarios: `between` them, where all volatilities are scanned; anywhere in the `box` that they span, its corners included; or, from the
// books that `between` finds, beyond the venue's whole initial `margin` too.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type GridRule, plimsollGrid, venueGrids } from "../src/cli/certify-grids.ts";
import { gridHole, type GridHole } from "../src/cli/certify.ts";
import { loadMarketContext } from "../src/cli/input/load.ts";
import { allModels } from "../src/cli/models.ts";
import { formatPercent } from "../src/cli/output/format.ts";
import { textTable } from "../src/cli/output/table.ts";
import {
  type Market,
  type Option,
  type Portfolio,
  writePortfolio,
  yearsToExpiry,
} from "../src/market/index.ts";
import { type RandomStream, randomStream } from "../src/numerics/random.ts";
import { decimalToNumber, parseDecimal } from "../src/quantity/index.ts";
import {
  legsOf,
  lossAt,
  lossProblem,
  type ScenarioGrid,
  underlyingBooks,
} from "../src/risk/certify/index.ts";
import { type MarginModel, riskClassOf } from "../src/risk/index.ts";

const legsMost = 6;
const unitsInAll = 100;
const restarts = 24;
const stepsPerRestart = 3000;
const refinedBooks = 4;
const marginSteps = 250;
const toDense = { spots: 97, vols: 5 };

/** One unit of each option in every grid scenario, then at dense points of the box: losses, USD. */
interface Rows {
  readonly options: readonly Option[];
  readonly gridCount: number;
  readonly rows: readonly Float64Array[];
}

/** A book in the making: index of an option and its size, units. */
type Legs = readonly (readonly [number, number])[];

function portfolioOf(name: string, options: readonly Option[], legs: Legs, cash = "0"): Portfolio {
  return {
    name,
    balances: cash === "0" ? [] : [{ asset: "USD", amount: parseDecimal(cash) }],
    positions: legs.map(([at, size]) => ({
      instrument: options[at]?.id ?? "",
      size: parseDecimal(String(size)),
    })),
    orders: [],
  };
}

function rowsOf(
  market: Market,
  options: readonly Option[],
  grid: ScenarioGrid,
  defaultVol: (underlying: string) => number,
): Rows {
  const { points, axis } = grid;
  const box = values.aim === "box" ? grid.box : grid.inner;
  const span = (from: number, to: number, count: number): number[] =>
    from === to ? [from] : Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
  const dense = span(box.spotDown, box.spotUp, toDense.spots).flatMap((spot) =>
    span(box.volDown, box.volUp, toDense.vols).map((vol) => ({ spot, vol, weight: 1 })),
  );
  const all = [...points, ...dense];
  const rows = options.map((_, at) => {
    const [book] = underlyingBooks(portfolioOf("one", options, [[at, 1]]), market, defaultVol);
    if (!book) return new Float64Array(all.length);
    const legs = legsOf(lossProblem(book, axis));
    return Float64Array.from(all, ({ spot, vol, weight }) => weight * lossAt(legs, spot, vol));
  });
  return { options, gridCount: points.length, rows };
}

/** Loss at the worst dense point beyond the worst grid scenario, USD. */
function holeOf({ rows, gridCount }: Rows, legs: Legs): number {
  const length = rows[0]?.length ?? 0;
  let grid = 0;
  let dense = 0;
  for (let point = 0; point < length; point++) {
    let loss = 0;
    for (const [at, size] of legs) loss += size * (rows[at]?.[point] ?? 0);
    if (point < gridCount) grid = Math.max(grid, loss);
    else dense = Math.max(dense, loss);
  }
  return dense - grid;
}

/** Sizes that add up to `unitsInAll`, to a tenth of a unit; legs of one option joined. */
function normalised(legs: Legs): Legs {
  const joined = new Map<number, number>();
  for (const [at, size] of legs) joined.set(at, (joined.get(at) ?? 0) + size);
  const gross = [...joined.values()].reduce((sum, size) => sum + Math.abs(size), 0);
  return [...joined]
    .map(([at, size]) => [at, Math.round((size / gross) * unitsInAll * 10) / 10] as const)
    .filter(([, size]) => size !== 0)
    .sort(([a], [b]) => a - b);
}

function mutated(legs: Legs, optionCount: number, random: RandomStream): Legs {
  const next = legs.map(([at, size]): [number, number] => [at, size]);
  const leg = next[random.nextBelow(Math.max(1, next.length))];
  const kind = random.nextBelow(5);
  if (!leg || (kind === 0 && next.length < legsMost)) {
    next.push([random.nextBelow(optionCount), random.nextNormal() * 30]);
  } else if (kind === 1 && next.length > 1) {
    next.splice(next.indexOf(leg), 1);
  } else if (kind === 2) {
    leg[0] = random.nextBelow(optionCount);
  } else if (kind === 3) {
    // the neighbouring strike
    leg[0] = Math.max(0, Math.min(optionCount - 1, leg[0] + (random.nextBelow(2) === 0 ? -1 : 1)));
  } else {
    leg[1] += random.nextNormal() * 10;
  }
  return normalised(next);
}

function climb(
  start: Legs,
  steps: number,
  optionCount: number,
  random: RandomStream,
  score: (legs: Legs) => number,
): { readonly legs: Legs; readonly score: number } {
  let legs = start;
  let best = legs.length > 0 ? score(legs) : -Infinity;
  for (let step = 0; step < steps; step++) {
    const tried = mutated(legs, optionCount, random);
    if (tried.length === 0) continue;
    const found = score(tried);
    if (found < best) continue;
    best = found;
    legs = tried;
  }
  return { legs, score: best };
}

interface Found {
  readonly rule: GridRule;
  readonly portfolio: Portfolio;
  readonly hole: Omit<GridHole, "initialUsd" | "partial">;
  readonly notionalUsd: number;
  readonly initialUsd: number;
  readonly partial: boolean;
}

const { values } = parseArgs({
  options: {
    market: { type: "string", short: "m", multiple: true, default: [] },
    at: { type: "string" },
    history: { type: "string" },
    seed: { type: "string", default: "1" },
    aim: { type: "string", default: "between" },
    days: { type: "string", default: "30" },
    underlying: { type: "string", default: "BTC" },
    rule: { type: "string" },
    write: { type: "string" },
  },
});
const context = await loadMarketContext({
  ...(values.market.length > 0 ? { market: values.market } : {}),
  at: values.at,
  history: values.history,
});
const { market, parameters } = context;
const seed = Number(values.seed);
const mostDays = Number(values.days);
const indexUsd = market.underlyings.get(values.underlying)?.indexUsd ?? 0;
const options = [...market.instruments.values()]
  .filter(
    (instrument): instrument is Option =>
      instrument.kind === "option" &&
      instrument.underlying === values.underlying &&
      yearsToExpiry(instrument.expiryMs, market.asOfMs) * 365 <= mostDays &&
      Math.abs(instrument.strike / indexUsd - 1) <= 0.4 &&
      market.quotes.has(instrument.id),
  )
  .sort((a, b) =>
    a.optionType === b.optionType
      ? a.expiryMs - b.expiryMs || a.strike - b.strike
      : a.optionType < b.optionType
        ? -1
        : 1,
  );
if (options.length === 0) throw new Error("no options to build books of");
const defaultVol = (underlying: string): number => riskClassOf(parameters, underlying).defaultVol;
const models = new Map((await allModels(context)).map((model) => [model.id, model]));
const effort = { tolerance: 1e-4, mostCells: 200_000 };

function measured(rule: GridRule, model: MarginModel, legs: Legs): Found | undefined {
  const portfolio = portfolioOf(`hole in the grid of ${rule.title}`, options, legs);
  const [book] = underlyingBooks(portfolio, market, defaultVol);
  const hole = book ? gridHole(rule, [book], effort) : undefined;
  if (!book || !hole) return undefined;
  const result = model.margin(portfolio, market, "requirement");
  if (result.status === "unsupported") return undefined;
  const { notionalUsd } = book;
  return {
    rule,
    portfolio,
    hole,
    notionalUsd,
    initialUsd: result.initialMargin,
    partial: result.status === "partial",
  };
}

/** Loss at the witness of the box that is aimed at, USD. */
function witnessOf({ hole }: Found): {
  readonly spot: number;
  readonly vol: number;
  readonly lossUsd: number;
} {
  const [one] = hole.underlyings;
  const witness = values.aim === "box" ? one?.witness : one?.innerWitness;
  return witness ?? { spot: 0, vol: 0, lossUsd: 0 };
}
const lostUsd = (found: Found): number => Math.max(0, witnessOf(found).lossUsd);
/** What neither the grid nor the whole initial margin covers, USD. Deribit's is in coin: where coin rises, it may be below the grid. */
const beyondUsd = (found: Found): number => lostUsd(found) - Math.max(found.hole.gridUsd, found.initialUsd);

function hunt(rule: GridRule): Found | undefined {
  const grid = rule.gridOf(values.underlying);
  const model = models.get(rule.id);
  if (!grid || !model) return undefined;
  const rows = rowsOf(market, options, grid, defaultVol);
  const random = randomStream(seed);
  const climbed = Array.from({ length: restarts }, () =>
    climb([], stepsPerRestart, options.length, random, (legs) => holeOf(rows, legs)),
  ).sort((a, b) => b.score - a.score);
  const [best] = climbed;
  if (values.aim !== "margin") return best ? measured(rule, model, best.legs) : undefined;
  const beyond = (legs: Legs): number => {
    const found = measured(rule, model, legs);
    return found ? beyondUsd(found) : -Infinity;
  };
  const refined = climbed
    .map(({ legs }) => ({ legs, score: beyond(legs) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, refinedBooks)
    .map(({ legs }) => climb(legs, marginSteps, options.length, random, beyond))
    .sort((a, b) => b.score - a.score);
  return refined[0] ? measured(rule, model, refined[0].legs) : undefined;
}

console.log(
  `${market.synthetic ? "SYNTHETIC market: " : ""}${market.source}\n${options.length} options on ${values.underlying} of up to ${mostDays} days, books of ${unitsInAll} units gross in up to ${legsMost} of them, seed ${seed}, aim: ${values.aim}\n`,
);
const rules = [...venueGrids, plimsollGrid(parameters)].filter(
  ({ id }) => values.rule === undefined || id === values.rule,
);
const found = rules.flatMap((rule) => hunt(rule) ?? []);
const share = (usd: number, of: number): string => formatPercent(usd / of, 3);
console.log(
  textTable(
    [
      { title: "share of gross notional" },
      { title: "grid sees", align: "right" },
      { title: "loses", align: "right" },
      { title: "at spot", align: "right" },
      { title: "shock of vol", align: "right" },
      { title: "whole initial margin", align: "right" },
      { title: "lost beyond both", align: "right" },
    ],
    found.map((one) => {
      const { rule, hole, notionalUsd, initialUsd, partial } = one;
      const { spot, vol } = witnessOf(one);
      return [
        rule.title,
        share(hole.gridUsd, notionalUsd),
        share(lostUsd(one), notionalUsd),
        formatPercent(spot, 2, true),
        formatPercent(vol, 0, true),
        `${share(initialUsd, notionalUsd)}${partial ? "*" : " "}`,
        share(Math.max(0, beyondUsd(one)), notionalUsd),
      ];
    }),
  ),
);
if (found.some(({ partial }) => partial))
  console.log("* partial: terms that no public source gives are missing");
console.log();
for (const { rule, portfolio } of found) {
  const legs = portfolio.positions.map(({ instrument, size }) => {
    const units = decimalToNumber(size);
    return `${units < 0 ? "−" : "+"}${Math.abs(units)} ${instrument}`;
  });
  console.log(`${rule.title}: ${legs.join(", ")}`);
  if (values.write !== undefined) {
    writeFileSync(join(values.write, `certify-${rule.id}.json`), writePortfolio(portfolio));
  }
}
