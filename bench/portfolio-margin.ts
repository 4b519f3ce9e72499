import { readFileSync } from "node:fs";
import { type Market, type Portfolio, syntheticHistory, syntheticMarket } from "../src/market/index.ts";
import { randomStream } from "../src/numerics/random.ts";
import { parseDecimal } from "../src/quantity/index.ts";
import {
  parseMarginParameters,
  jointLots,
  preparePortfolioMargin,
  remargin,
  remarginJoint,
} from "../src/risk/index.ts";
import { type Contestant, interleave, printRatio, printTimings, ratioOf, timed } from "./measure.ts";

const seed = 20_260_705;
const asOfMs = 1_767_225_600_000;
const accountCount = 2000;
const positionsPerAccount = 20;

/** Seeded books: options, futures and perpetuals at entry prices of their own, and balances of three assets, up to a million USD each. */
function syntheticPortfolios(market: Market): readonly Portfolio[] {
  const random = randomStream(seed);
  const pick = <T>(items: readonly T[]): T => {
    const item = items[random.nextBelow(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  const instruments = [...market.instruments.keys()].sort();
  const assets = [...market.assets.values()].sort((a, b) => (a.asset < b.asset ? -1 : 1));
  return Array.from({ length: accountCount }, (_, account) => ({
    name: `account ${account}`,
    balances: Array.from({ length: 3 }, () => {
      const { asset, priceUsd } = pick(assets);
      return { asset, amount: parseDecimal((random.nextBelow(1_000_000) / priceUsd).toFixed(6)) };
    }),
    positions: Array.from({ length: positionsPerAccount }, () => {
      const instrument = pick(instruments);
      return {
        instrument,
        size: parseDecimal(String((random.nextBelow(2001) - 1000) / 100)),
        entryPrice: (market.quotes.get(instrument)?.mark ?? 1) * (0.9 + 0.2 * random.nextFloat()),
      };
    }),
    orders: [],
  }));
}

/** The whole margin model on many accounts: with explanations one by one, by their figures alone, and the kernel's part of it. */
export async function benchPortfolioMargin(rounds: number): Promise<void> {
  const market = syntheticMarket({ seed: 1, asOfMs });
  const history = syntheticHistory({ seed: 1, asOfMs });
  const parameters = parseMarginParameters(
    readFileSync(new URL("../params/plimsoll-margin.json", import.meta.url), "utf8"),
  );
  const prepared = preparePortfolioMargin({ market, history, parameters });
  const portfolios = syntheticPortfolios(market);
  const { matrix } = prepared;
  console.log(
    `\nPortfolio margin: ${accountCount} accounts × ${positionsPerAccount} positions of ${market.instruments.size} instruments, ${matrix.joint.length} joint scenarios, shipped parameters, seed ${seed}`,
  );

  // Answers first.
  const many = prepared.marginMany(portfolios);
  const joint = remarginJoint(matrix, portfolios);
  let errorMax = 0;
  for (const [account, portfolio] of portfolios.entries()) {
    const one = prepared.margin(portfolio, { haircuts: false });
    const figures = many[account];
    for (const name of ["equity", "initialMargin", "maintenanceMargin"] as const) {
      if (!Object.is(one[name], figures?.[name])) throw new Error(`account ${account}: ${name} differs`);
    }
    for (const name of ["initialExcess", "maintenanceExcess"] as const) {
      if (one[name] !== figures?.[name]) throw new Error(`account ${account}: ${name} differs`);
    }
    const stress = (one.scenarios ?? []).slice(matrix.historicalCount).map(({ pnlUsd }) => pnlUsd);
    const error = joint.errorUsd[account] ?? NaN;
    if (!(Math.abs(Math.min(...stress) - (joint.worstStressUsd[account] ?? NaN)) <= error)) {
      throw new Error(
        `account ${account}: the kernel's worst joint stress differs by more than ${error} USD`,
      );
    }
    errorMax = Math.max(errorMax, error);
  }
  console.log(
    `  answers: all ${accountCount} accounts agree, bit for bit; the kernel's to ${errorMax.toFixed(6)} USD`,
  );

  const lots = jointLots(matrix, portfolios);
  const kernel = remargin(lots.book, lots.matrix);
  const contestants: Contestant[] = [
    {
      name: "with haircuts and explanation",
      run: () => timed(() => portfolios.map((p) => prepared.margin(p))),
    },
    {
      name: "with explanation",
      run: () =>
        timed(() => portfolios.map((p) => prepared.margin(p, { haircuts: false, scenarios: false }))),
    },
    { name: "figures alone", run: () => timed(() => prepared.marginMany(portfolios)) },
    {
      name: "shortfall and joint stress, kernel, book packed anew",
      run: () => timed(() => remarginJoint(matrix, portfolios)),
    },
    { name: "worst of all joint scenarios, kernel, book kept", run: () => timed(() => kernel.worst()) },
  ];
  const timings = await interleave(contestants, rounds);
  printTimings(timings.values(), (ms) => `${((ms * 1000) / accountCount).toFixed(1)} µs/account`);
  printRatio(
    "with haircuts and explanation ÷ figures alone",
    ratioOf(timings, ["with haircuts and explanation"], "figures alone"),
  );
  printRatio("with explanation ÷ figures alone", ratioOf(timings, ["with explanation"], "figures alone"));
}
