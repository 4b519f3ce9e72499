// How far the laws of src/risk/backtest hold for series of a length that one has: size of tests and coverage of intervals, simulated.
//   node --conditions=plimsoll-source scripts/studies/backtest-laws.ts [--rounds 1000] [--seed 11]
import { parseArgs } from "node:util";
import { exp } from "../../src/numerics/exp-log.ts";
import { normalInverse } from "../../src/numerics/normal.ts";
import { randomStream } from "../../src/numerics/random.ts";
import {
  bootstrapRatio,
  breachRateInterval,
  clopperPearson,
  dieboldMariano,
  dynamicQuantileTest,
} from "../../src/risk/backtest/index.ts";

const { values } = parseArgs({ options: { rounds: { type: "string" }, seed: { type: "string" } } });
const rounds = Number(values.rounds ?? "1000");
const stream = randomStream(Number(values.seed ?? "11"));
/** Draws of different rounds are apart too. */
const nextSeed = (): number => stream.nextUint32();

const share = (count: number, one: () => boolean): string => {
  let yes = 0;
  for (let round = 0; round < count; round++) if (one()) yes += 1;
  return `${((100 * yes) / count).toFixed(1)}%`;
};
const say = (...parts: readonly (string | number)[]): void => {
  process.stdout.write(`${parts.join("  ")}\n`);
};

/** Autoregression of unit variance. */
function remembering(count: number, memory: number): Float64Array {
  const own = Math.sqrt(1 - memory * memory);
  let value = stream.nextNormal();
  return Float64Array.from({ length: count }, () => (value = memory * value + own * stream.nextNormal()));
}

say("dynamic quantile, right model, rejected at 5 %: by χ², by 99 draws (of a fifth of the rounds)");
for (const level of [0.99, 0.95]) {
  for (const count of [500, 1000, 2000]) {
    const test = (draws: number): boolean => {
      const volatility = remembering(count, 0.98).map((value) => exp(0.5 * value));
      const losses = volatility.map((each) => each * stream.nextNormal());
      const forecasts = volatility.map((each) => each * normalInverse(level));
      return dynamicQuantileTest({ losses, forecasts, level, draws, seed: nextSeed() }).verdict === "fail";
    };
    const byLaw = share(rounds, () => test(0));
    say(
      " ",
      `level ${level}, ${count} windows`,
      byLaw,
      share(Math.ceil(rounds / 5), () => test(99)),
    );
  }
}

say("Diebold–Mariano, equal scores, rejected at 5 %: lags 0, automatic");
for (const memory of [0, 0.5]) {
  for (const count of [100, 1000]) {
    const test = (lags: number | "automatic"): boolean => {
      const first = remembering(count, memory);
      return (dieboldMariano({ first, second: new Float64Array(count), lags }).pValue ?? 1) < 0.05;
    };
    const plain = share(rounds, () => test(0));
    say(
      " ",
      `memory ${memory}, ${count} scores`,
      plain,
      share(rounds, () => test("automatic")),
    );
  }
}

say("90 % interval of a mean, covers it: blocks of 1, automatic");
for (const memory of [0, 0.5, 0.8]) {
  const covers = (options: { readonly blockLength?: number }): boolean => {
    const numerators = remembering(400, memory);
    const denominators = new Float64Array(400).fill(1);
    const got = bootstrapRatio({
      ...options,
      numerators,
      denominators,
      seed: nextSeed(),
      draws: 300,
      confidence: 0.9,
    });
    return got.interval !== null && got.interval.low <= 0 && 0 <= got.interval.high;
  };
  const few = Math.ceil(rounds / 2);
  const single = share(few, () => covers({ blockLength: 1 }));
  say(
    " ",
    `memory ${memory}, 400 periods`,
    single,
    share(few, () => covers({})),
  );
}

say(
  "95 % interval of a 1 % breach rate, covers it: windows as independent, breachRateInterval, quantiles of draws",
);
const rate = 0.01;
for (const [days, books, common, memory] of [
  [500, 1, 0, 0],
  [500, 20, 0.5, 0],
  [500, 20, 0.9, 0],
  [500, 20, 0.5, 0.9],
  [2000, 20, 0.5, 0.9],
] as const) {
  const counts = [0, 0, 0];
  const few = Math.ceil((0.3 * rounds * 500) / days);
  for (let round = 0; round < few; round++) {
    const breaches = remembering(days, memory).map((market) => {
      let count = 0;
      for (let book = 0; book < books; book++) {
        const own = Math.sqrt(1 - common) * stream.nextNormal();
        if (Math.sqrt(common) * market + own > -normalInverse(rate)) count += 1;
      }
      return count;
    });
    const windows = new Float64Array(days).fill(books);
    const options = { draws: 200, seed: nextSeed() };
    const pooled = breachRateInterval({ ...options, breaches, windows });
    const intervals = [
      clopperPearson({ observations: pooled.windows, exceptions: pooled.breaches }),
      pooled.interval,
      bootstrapRatio({ ...options, numerators: breaches, denominators: windows }).interval,
    ];
    for (const [index, interval] of intervals.entries()) {
      if (interval && interval.low <= rate && rate <= interval.high) counts[index] = (counts[index] ?? 0) + 1;
    }
  }
  const percent = counts.map((count) => `${((100 * count) / few).toFixed(1)}%`);
  say(" ", `${days} days, ${books} books, ${100 * common}% common, memory ${memory}`, ...percent);
}
