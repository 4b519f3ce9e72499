import { type RandomStream, randomStream } from "../../src/numerics/random.ts";
import { legsOf, lossAt, type LossProblem, type OptionLeg } from "../../src/risk/certify/index.ts";

const spot = 80_000;
const nodes = [0.5, 2];

/** A made-up book, and the notional of its options, USD. */
export interface SeededBook {
  readonly problem: LossProblem;
  readonly notionalUsd: number;
}

/** What a book is made of: loose options, vertical spreads, butterflies, or butterflies that expire within the hour. */
export const bookKinds = ["loose", "spreads", "butterflies", "needles"] as const;

/** Options of six expiries from an hour to half a year, hedged in delta, of a kind that the seed picks. */
export function fiftyOptions(seed: number, count = 50): SeededBook {
  const random = randomStream(seed);
  const kind = bookKinds[seed % bookKinds.length] ?? "loose";
  const options: OptionLeg[] = [];
  while (options.length < count) options.push(...packageOf(kind, random));
  options.length = count;
  const unhedged: LossProblem = { options, linearUsd: 0, volNodes: nodes };
  const legs = legsOf(unhedged);
  const linearUsd = (lossAt(legs, 0.0005, 1) - lossAt(legs, -0.0005, 1)) / 0.001;
  const notionalUsd = options.reduce((sum, { weightUsd }) => sum + Math.abs(weightUsd) * spot, 0);
  return { problem: { ...unhedged, linearUsd }, notionalUsd };
}

function packageOf(kind: (typeof bookKinds)[number], random: RandomStream): OptionLeg[] {
  const tenors = kind === "needles" ? [1 / 8760] : [1 / 8760, 1 / 365, 7 / 365, 30 / 365, 90 / 365, 0.5];
  const expiryYears = tenors[random.nextBelow(tenors.length)] ?? 1;
  const vol = 0.4 + 0.4 * random.nextFloat();
  const strike = Math.round((spot * (0.8 + 0.4 * random.nextFloat())) / 500) * 500;
  const units = 20 * (random.nextFloat() - 0.5);
  const leg = (at: number, weightUsd: number): OptionLeg => {
    const totalVolNow = vol * Math.sqrt(expiryYears);
    return {
      weightUsd,
      isCall: random.nextBelow(2) === 0,
      forward: spot * (1 + 0.05 * expiryYears),
      strike: at,
      totalVolNow,
      totalVols: nodes.map((factor) => factor * totalVolNow),
    };
  };
  if (kind === "loose") return [leg(strike, units)];
  if (kind === "spreads") return [leg(strike, units), leg(strike + 1000, -units)];
  const width = kind === "needles" ? 250 : 1500;
  return [leg(strike - width, units), leg(strike, -2 * units), leg(strike + width, units)];
}
