import {
  cellBounder,
  emptyBound,
  floorShare,
  type LossBox,
  legsOf,
  lossAt,
  type Legs,
  maximumLossOf,
} from "../src/risk/certify/index.ts";
import { type SeededBook, fiftyOptions } from "../test/properties/certify-books.ts";
import { type Contestant, interleave, printRatio, printTimings, ratioOf, timed } from "./measure.ts";

const box: LossBox = { spotDown: -0.165, spotUp: 0.165, volDown: 0.795, volUp: 1.433 };
const bookCount = 40;
const optionCount = 50;
const tolerance = 0.001;
/** A grid of more points than this is given up. */
const mostPoints = 4_000_000;

interface Case {
  readonly legs: Legs;
  readonly floorUsd: number;
  readonly upperUsd: number;
  readonly aimUsd: number;
  /** Steps per side of volatility; four times as many of spot. 0: none was fine enough. */
  readonly sampled: number;
  readonly covered: number;
}

/** Worst of (4·steps + 1) × (steps + 1) even points. */
function sampledLoss(legs: Legs, steps: number): number {
  let worst = -Infinity;
  for (let i = 0; i <= 4 * steps; i++) {
    const spot = box.spotDown + ((box.spotUp - box.spotDown) * i) / (4 * steps);
    for (let j = 0; j <= steps; j++) {
      worst = Math.max(worst, lossAt(legs, spot, box.volDown + ((box.volUp - box.volDown) * j) / steps));
    }
  }
  return worst;
}

/** Bound and best centre of 4·steps × steps even cells: what the same bounds prove without a search. */
function coveredLoss(legs: Legs, steps: number): { readonly upperUsd: number; readonly bestUsd: number } {
  const bound = cellBounder(legs);
  const found = emptyBound();
  let upperUsd = -Infinity;
  let bestUsd = -Infinity;
  for (let i = 0; i < 4 * steps; i++) {
    for (let j = 0; j < steps; j++) {
      const spotAt = (k: number): number => box.spotDown + ((box.spotUp - box.spotDown) * k) / (4 * steps);
      const volAt = (k: number): number => box.volDown + ((box.volUp - box.volDown) * k) / steps;
      bound(
        { spotDown: spotAt(i), spotUp: spotAt(i + 1), volDown: volAt(j), volUp: volAt(j + 1), piece: 0 },
        found,
      );
      upperUsd = Math.max(upperUsd, found.upperUsd);
      bestUsd = Math.max(bestUsd, lossAt(legs, found.peakSpot, found.peakVol), found.centreUsd);
    }
  }
  return { upperUsd, bestUsd };
}

/** The smallest power of two of steps that is fine enough, 0 if none is. */
function stepsUntil(enough: (steps: number) => boolean): number {
  for (let steps = 1; 4 * steps * steps <= mostPoints; steps *= 2) if (enough(steps)) return steps;
  return 0;
}

function caseOf({ problem, notionalUsd }: SeededBook): Case {
  const legs = legsOf(problem);
  const floorUsd = floorShare * notionalUsd;
  const { upperUsd, witness } = maximumLossOf(legs, box, { tolerance, floorUsd });
  const aimUsd = tolerance * Math.max(witness.lossUsd, floorUsd);
  return {
    legs,
    floorUsd,
    upperUsd,
    aimUsd,
    sampled: stepsUntil((steps) => sampledLoss(legs, steps) >= upperUsd - 2 * aimUsd),
    covered: stepsUntil((steps) => {
      const found = coveredLoss(legs, steps);
      return found.upperUsd - found.bestUsd <= aimUsd;
    }),
  };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;

/** A proven worst case beside looking at many points, and beside proving it cell by even cell. */
export async function benchCertify(rounds: number): Promise<void> {
  const cases = Array.from({ length: bookCount }, (_, seed) => caseOf(fiftyOptions(seed + 1, optionCount)));
  console.log(
    `\nCertified worst case: ${bookCount} seeded books of ${optionCount} options on one underlying, ${box.spotDown * 100} to +${box.spotUp * 100} % spot, × ${box.volDown} to ${box.volUp} volatility, gap ${tolerance * 100} % of the loss or of ${floorShare * 100} % of notional`,
  );
  // Answers first: no point of any grid loses more than is proven.
  let cells = 0;
  for (const { legs, floorUsd, upperUsd, sampled } of cases) {
    const found = maximumLossOf(legs, box, { tolerance, floorUsd });
    cells += found.cells;
    if (found.upperUsd !== upperUsd) throw new Error("two runs differ");
    if (sampledLoss(legs, Math.max(64, sampled)) > upperUsd)
      throw new Error("a point loses more than is proven");
  }
  const points = (steps: number): number => (4 * steps + 1) * (steps + 1);
  const fine = cases.filter(({ sampled }) => sampled > 0);
  const even = cases.filter(({ covered }) => covered > 0);
  console.log(
    `  answers: no point loses more than is proven; ${(cells / bookCount).toFixed(0)} cells a book; an even grid that happens to come as close has ${median(fine.map(({ sampled }) => points(sampled)))} points at the median and ${Math.max(...fine.map(({ sampled }) => points(sampled)))} at most (${cases.length - fine.length} books: more than ${mostPoints}); even cells that prove as much: ${median(even.map(({ covered }) => 4 * covered * covered))} and ${Math.max(...even.map(({ covered }) => 4 * covered * covered))} (${cases.length - even.length} books: more)`,
  );
  const both = cases.filter(({ sampled, covered }) => sampled > 0 && covered > 0);
  const contestants: Contestant[] = [
    {
      name: "certified, with proof",
      run: () =>
        timed(() => both.map(({ legs, floorUsd }) => maximumLossOf(legs, box, { tolerance, floorUsd }))),
    },
    {
      name: "even grid of points, no proof",
      run: () => timed(() => both.map(({ legs, sampled }) => sampledLoss(legs, sampled))),
    },
    {
      name: "even cells, with proof",
      run: () => timed(() => both.map(({ legs, covered }) => coveredLoss(legs, covered))),
    },
  ];
  const timings = await interleave(contestants, rounds);
  printTimings(timings.values(), (ms) => `${(ms / both.length).toFixed(3)} ms/book`);
  printRatio(
    "even grid of points ÷ certified",
    ratioOf(timings, ["even grid of points, no proof"], "certified, with proof"),
  );
  printRatio("even cells ÷ certified", ratioOf(timings, ["even cells, with proof"], "certified, with proof"));
}
