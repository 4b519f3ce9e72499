// Three ways to choose whose positions are closed against a defaulting account, on the same seeded states:
// `node --conditions=plimsoll-source scripts/studies/deleveraging.ts [--states 2000] [--seed 1]`.
import { parseArgs } from "node:util";
import { waterFill, type Winner } from "../../src/clearing/deleveraging/index.ts";
import { apportion } from "../../src/clearing/fund/index.ts";
import { type RandomStream, randomStream } from "../../src/numerics/index.ts";

const usd = 1_000_000;
/** Micros of USD that a lot is worth at the mark: a hundredth of a bitcoin. */
const lotMicros = 1_000 * usd;

/** A winner, with what the rankings of others look at. */
interface Holder extends Winner {
  readonly isHedged: boolean;
  /** Unrealised profit, USD micros. */
  readonly profitMicros: number;
}

/** A default: what is to be closed, what it lacks, and who stands on the other side. */
interface State {
  readonly lots: number;
  readonly shortfallMicros: bigint;
  readonly holders: readonly Holder[];
}

interface Outcome {
  readonly cuts: readonly number[];
  readonly takenMicros: bigint;
}

/** Sizes are Pareto, leverage log-uniform from 1 to 30, three in ten books are hedged, as are most of market makers. */
function drawState(random: RandomStream): State {
  const holders: Holder[] = Array.from({ length: 50 }, () => {
    const lots = Math.min(20_000, Math.ceil(5 / (1 - random.nextFloat()) ** 0.8));
    const leverage = 30 ** random.nextFloat();
    const isHedged = random.nextFloat() < 0.3;
    const netLots = isHedged ? Math.round(lots * 0.1 * (random.nextFloat() - 0.5)) : lots;
    const equityMicros = Math.ceil((lots * lotMicros) / leverage);
    const profitMicros = Math.round(lots * lotMicros * 0.2 * random.nextFloat());
    return { lots, netLots, equityMicros, isHedged, profitMicros };
  });
  const all = holders.reduce((sum, { lots }) => sum + lots, 0);
  const lots = Math.max(1, Math.floor(all * (0.02 + 0.3 * random.nextFloat())));
  const shortfallMicros = BigInt(Math.floor(lots * lotMicros * 0.1 * random.nextFloat()));
  return { lots, shortfallMicros, holders };
}

/** Ours: water-filling, lots exact; the shortfall in cash, by what was closed. */
function byWaterFilling({ lots, shortfallMicros, holders }: State): Outcome {
  const cuts = waterFill(lots, holders);
  const weights = cuts.map(BigInt);
  const taken = apportion(
    shortfallMicros,
    weights,
    holders.map(({ equityMicros }) => BigInt(equityMicros)),
  );
  return { cuts, takenMicros: taken.reduce((sum, part) => sum + part, 0n) };
}

/** Whole positions in an order, at the price that leaves the defaulter with nothing, until its own is closed. */
function inOrder({ lots, shortfallMicros, holders }: State, order: readonly number[]): Outcome {
  const cuts = holders.map(() => 0);
  let left = lots;
  for (const i of order) {
    if (left <= 0) break;
    cuts[i] = holders[i]!.lots;
    left -= cuts[i];
  }
  const closed = BigInt(cuts.reduce((sum, cut) => sum + cut, 0));
  return { cuts, takenMicros: (closed * shortfallMicros) / BigInt(lots) };
}

const leverageAfter = ({ netLots, equityMicros }: Holder, cut: number): number =>
  (Math.abs(netLots - cut) * lotMicros) / equityMicros;

/** Profit × leverage, the highest first, as most exchanges rank. */
const queue = ({ holders }: State): number[] =>
  holders
    .map((holder, i) => ({ i, rank: (holder.profitMicros * holder.lots * lotMicros) / holder.equityMicros }))
    .sort((a, b) => b.rank - a.rank || a.i - b.i)
    .map(({ i }) => i);

function shuffled({ holders }: State, random: RandomStream): number[] {
  const order = holders.map((_, i) => i);
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.nextBelow(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

const { values } = parseArgs({
  options: { states: { type: "string", default: "2000" }, seed: { type: "string", default: "1" } },
});
const random = randomStream(Number(values.seed));
const methods = ["water-filling", "profit × leverage queue", "random order"] as const;
const rows = methods.map(() => ({
  overshoot: 0n,
  shortfall: 0n,
  hedged: 0,
  all: 0,
  highest: [] as number[],
  over: 0,
}));
for (let i = 0; i < Number(values.states); i++) {
  const state = drawState(random);
  const outcomes = [
    byWaterFilling(state),
    inOrder(state, queue(state)),
    inOrder(state, shuffled(state, random)),
  ];
  for (const [k, { cuts, takenMicros }] of outcomes.entries()) {
    const row = rows[k]!;
    row.overshoot += takenMicros - state.shortfallMicros;
    row.shortfall += state.shortfallMicros;
    if (takenMicros !== state.shortfallMicros) row.over++;
    for (const [j, holder] of state.holders.entries()) {
      row.all += cuts[j]!;
      if (holder.isHedged) row.hedged += cuts[j]!;
    }
    row.highest.push(Math.max(...state.holders.map((holder, j) => leverageAfter(holder, cuts[j]!))));
  }
}
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
console.log(`${values.states} defaults, seed ${values.seed}`);
for (const [k, { overshoot, shortfall, hedged, all, highest, over }] of rows.entries()) {
  console.log(
    `${methods[k]!.padEnd(24)} taken beyond the shortfall ${percent(Number(overshoot), Number(shortfall)).padStart(8)}` +
      `  in ${percent(over, Number(values.states)).padStart(7)} of defaults` +
      `  cut from hedged books ${percent(hedged, all).padStart(7)}  highest leverage left, median ${median(highest).toFixed(1).padStart(5)}`,
  );
}
