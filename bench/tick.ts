import { exp } from "../src/numerics/exp-log.ts";
import { randomStream } from "../src/numerics/random.ts";
import { undiscountedPrice } from "../src/pricing/black76.ts";
import { scenarioPricer, type StrikePair } from "../src/pricing/scenario-prices.ts";
import { type MatrixUpdate, remargin } from "../src/risk/remargin/index.ts";
import { type Contestant, interleave, printRatio, printTimings, ratioOf, timed } from "./measure.ts";
import { requireEqual } from "./remargin.ts";
import { type SyntheticSizes, syntheticBook, wholeBook } from "./synthetic-book.ts";

const seed = 20_260_704;
/** 0.001 contracts per lot, units of 1e-6 USD. */
const unitsPerUsd = 1000;

const books: readonly {
  readonly name: string;
  readonly sizes: SyntheticSizes;
  readonly target?: { readonly atMost: number };
}[] = [
  { name: "few hold it", sizes: { ...wholeBook, groupsPerAccount: 2 }, target: { atMost: 0.15 } },
  { name: "most hold it", sizes: wholeBook },
  { name: "all hold it", sizes: { ...wholeBook, everyoneHoldsFirst: true } },
];

/** A moving underlying: reprices its instruments, calls and puts of as many strikes, at a new spot. */
function tickSource(sizes: SyntheticSizes): (spot: number) => MatrixUpdate {
  const { scenarioCount, instrumentCount, groupCount } = sizes;
  const count = instrumentCount / groupCount;
  const random = randomStream(seed);
  const shocks = {
    forwardRatios: Array.from({ length: scenarioCount }, () => exp(0.3 * (random.nextFloat() - 0.5))),
    volRatios: Array.from({ length: scenarioCount }, () => exp(0.6 * (random.nextFloat() - 0.5))),
  };
  const pricer = scenarioPricer([shocks], count / 2);
  const instruments = Uint32Array.from({ length: count }, (_, i) => i);
  const pnlUnits = new Float64Array(count * scenarioCount);
  return (spot) => {
    const strikes = Array.from({ length: count / 2 }, (_, i): StrikePair => {
      return { forward: spot, strike: 60_000 + 2000 * i, totalVol: 0.1 + 0.01 * i, shocks: 0 };
    });
    const { calls, puts, stride } = pricer.price(strikes);
    for (const [i, { forward, strike, totalVol }] of strikes.entries()) {
      for (const isCall of [true, false]) {
        const prices = isCall ? calls : puts;
        const now = undiscountedPrice(isCall, forward, strike, totalVol);
        const row = (isCall ? i : count / 2 + i) * scenarioCount;
        for (let s = 0; s < scenarioCount; s++) {
          pnlUnits[row + s] = Math.floor(((prices[i * stride + s] ?? NaN) - now) * unitsPerUsd + 0.5);
        }
      }
    }
    return { instruments, pnlUnits };
  };
}

/** A tick on one underlying of twenty: its 50 instruments repriced in all scenarios, and only its holders re-margined. */
export async function benchTick(rounds: number): Promise<void> {
  console.log(`\nTick on one underlying of ${wholeBook.groupCount}, repricing included, seed ${seed}`);
  for (const { name, sizes, target } of books) {
    const { book, matrix, groups } = syntheticBook(sizes, seed);
    const engine = remargin(book, matrix, { groups });
    const worst = engine.worst();
    const tick = tickSource(sizes);
    let spot = 80_000;
    let holders = 0;
    const applyTick = (): void => {
      spot += spot < 85_000 ? 10 : -5000;
      holders = engine.applyTick(tick(spot)).length;
    };
    applyTick();
    const { pnlUnits } = tick(spot);
    const moved = matrix.pnlUnits.slice();
    moved.set(pnlUnits);
    requireEqual(name, worst, remargin(book, { ...matrix, pnlUnits: moved }).worst());

    const contestants: Contestant[] = [
      { name: "whole book, one thread", run: () => timed(() => engine.worst()) },
      { name: `tick, ${name}`, run: () => timed(applyTick) },
      { name: "of it, repricing", run: () => timed(() => tick(spot)) },
    ];
    const timings = await interleave(contestants, rounds);
    console.log(
      `  ${name}: ${holders} of ${book.accountCount} accounts; answers: those of a new engine, bit for bit`,
    );
    printTimings(timings.values(), (ms) => `${ms.toFixed(2)} ms`);
    printRatio(
      `tick ÷ whole book, ${name}`,
      ratioOf(timings, [`tick, ${name}`], "whole book, one thread"),
      target,
    );
  }
}
