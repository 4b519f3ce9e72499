import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { exp, log } from "../src/numerics/exp-log.ts";
import { randomStream } from "../src/numerics/random.ts";
import { black76Batch, type Black76Batch } from "../src/pricing/black76-batch.ts";
import { black76Price } from "../src/pricing/black76.ts";
import { scenarioPricer, type StrikePair } from "../src/pricing/scenario-prices.ts";
import { type Contestant, interleave, printRatio, printTimings, ratioOf, timed } from "./measure.ts";
import { type Build, compile, folder, type Native, start } from "./native.ts";

const seed = 20_260_703;
const optionCount = 8192;
const strikeCount = 500;
const scenarioCount = 256;

const wide = ["-O3", "-mavx2", "-mfma", "-DVECTOR=4", "-lm"];
// AVX encodings, as engines compile WebAssembly to: a few percent faster than -mno-avx
const narrow = ["-O3", "-mavx2", "-mno-fma", "-ffp-contract=off", "-DVECTOR=2", "-lm"];
const builds: readonly Build[] = [
  { name: "gcc AVX2+FMA", compiler: "gcc", flags: wide },
  { name: "clang AVX2+FMA", compiler: "clang", flags: wide },
  { name: "gcc 128 bits, no FMA", compiler: "gcc", flags: narrow },
  { name: "clang 128 bits, no FMA", compiler: "clang", flags: narrow },
];
const quantlibBuild: Build = {
  name: "QuantLib C++",
  compiler: "g++",
  flags: ["-O3", "-march=native", "-lQuantLib"],
};

interface Grid {
  readonly strikes: readonly StrikePair[];
  readonly forwardRatios: readonly number[];
  readonly volRatios: readonly number[];
}

function fill(batches: readonly Black76Batch[], seed: number): void {
  const random = randomStream(seed);
  for (let i = 0; i < optionCount; i++) {
    const forward = 50_000 * (0.5 + random.nextFloat());
    const years = 1 / 8760 + 2 * random.nextFloat();
    const vol = 0.2 + random.nextFloat();
    const strike = forward * exp(vol * Math.sqrt(years) * (6 * random.nextFloat() - 3));
    const sign = random.nextBelow(2) * 2 - 1;
    for (const batch of batches) {
      batch.signs[i] = sign;
      batch.forwards[i] = forward;
      batch.strikes[i] = strike;
      batch.vols[i] = vol;
      batch.expiryYears[i] = years;
    }
  }
}

function syntheticGrid(seed: number): Grid {
  const random = randomStream(seed);
  const strikes = Array.from({ length: strikeCount }, () => {
    const forward = 50_000 * (0.95 + 0.1 * random.nextFloat());
    const totalVol = 0.6 * Math.sqrt(1 / 365 + random.nextFloat());
    return { forward, strike: forward * exp(totalVol * (4 * random.nextFloat() - 2)), totalVol, shocks: 0 };
  });
  return {
    strikes,
    forwardRatios: Array.from({ length: scenarioCount }, () => exp(0.4 * (random.nextFloat() - 0.5))),
    volRatios: Array.from({ length: scenarioCount }, () => exp(0.6 * (random.nextFloat() - 0.5))),
  };
}

/** The input as bench/native/black76.c reads it. */
function nativeInput(batch: Black76Batch, grid: Grid): Uint8Array {
  const parts = [
    Int32Array.of(optionCount, strikeCount, scenarioCount, 0),
    batch.signs,
    batch.forwards,
    batch.strikes,
    batch.vols,
    batch.expiryYears,
    Float64Array.from(grid.strikes, ({ forward }) => forward),
    Float64Array.from(grid.strikes, ({ strike }) => strike),
    Float64Array.from(grid.strikes, ({ totalVol }) => totalVol),
    Float64Array.from(grid.forwardRatios),
    Float64Array.from(grid.forwardRatios, log),
    Float64Array.from(grid.volRatios),
  ];
  return Buffer.concat(parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)));
}

async function written(native: Native): Promise<Float64Array> {
  const path = `${folder}black76-results.bin`;
  await native.run(`write ${path}`);
  const bytes = readFileSync(path);
  rmSync(path);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Largest difference relative to the expected value, among values above `floor`. */
function worstError(got: ArrayLike<number>, expected: ArrayLike<number>, floor: number): number {
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const value = Math.abs(expected[i] ?? NaN);
    const error = Math.abs((got[i] ?? NaN) - (expected[i] ?? NaN)) / Math.max(value, floor);
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

function requireWithin(what: string, error: number, limit: number): void {
  if (!(error <= limit)) throw new Error(`${what}: relative error ${error} above ${limit}`);
  console.log(`  answers: ${what} within ${error.toExponential(1)}`);
}

type PriceLoop = () => void;

/** The npm packages that bench/setup.sh installs, as loops over the batch into `out`. */
function npmLoops(batch: Black76Batch, out: Float64Array): Map<string, PriceLoop> {
  const require = createRequire(import.meta.url);
  const loops = new Map<string, PriceLoop>();
  const at = (array: Float64Array, i: number): number => array[i] ?? NaN;
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- says what the package exports
  const load = <Module>(name: string, use: (module: Module) => PriceLoop): void => {
    try {
      const module: Module = require(name);
      loops.set(`npm ${name}`, use(module));
    } catch (error) {
      console.log(
        `  npm ${name}: not installed (bench/setup.sh), left out: ${error instanceof Error ? error.message.split("\n")[0] : ""}`,
      );
    }
  };
  load<{ blackFormula1(type: number, strike: number, forward: number, deviation: number): number }>(
    "@quantlib/ql",
    (ql) => () => {
      for (let i = 0; i < optionCount; i++) {
        const deviation = at(batch.vols, i) * Math.sqrt(at(batch.expiryYears, i));
        out[i] = ql.blackFormula1(at(batch.signs, i), at(batch.strikes, i), at(batch.forwards, i), deviation);
      }
    },
  );
  load<{ blackScholes(s: number, k: number, t: number, v: number, r: number, type: string): number }>(
    "black-scholes",
    (bs) => () => {
      for (let i = 0; i < optionCount; i++) {
        const type = at(batch.signs, i) > 0 ? "call" : "put";
        out[i] = bs.blackScholes(
          at(batch.forwards, i),
          at(batch.strikes, i),
          at(batch.expiryYears, i),
          at(batch.vols, i),
          0,
          type,
        );
      }
    },
  );
  return loops;
}

/** Black-76 prices, prices with greeks and scenario grids, against native C, QuantLib and npm. */
export async function benchBlack76(rounds: number): Promise<void> {
  console.log(
    `\nBlack-76: ${optionCount} options, 1 h to 2 y, within 3σ; ${2 * strikeCount} options × ${scenarioCount} scenarios; seed ${seed}`,
  );
  const [ours, twin] = [black76Batch(optionCount, "wasm"), black76Batch(optionCount, "typescript")];
  fill([ours, twin], seed);
  const grid = syntheticGrid(seed + 1);
  const pricer = scenarioPricer([grid], strikeCount, "wasm");
  const gridPrices = pricer.price(grid.strikes);
  const prices = ours.prices(optionCount).slice();
  for (let i = 0; i < optionCount; i++) {
    const scalar = black76Price({
      optionType: (ours.signs[i] ?? 0) > 0 ? "call" : "put",
      forward: ours.forwards[i] ?? NaN,
      strike: ours.strikes[i] ?? NaN,
      expiryYears: ours.expiryYears[i] ?? NaN,
      vol: ours.vols[i] ?? NaN,
    });
    if (!Object.is(scalar, prices[i])) throw new Error(`option ${i}: ${prices[i]}, not ${scalar}`);
  }
  console.log("  answers: batch prices have the bits of the scalar form");
  const greeks = Object.values(ours.greeks(optionCount)).flatMap((values) => [...values]);

  const programs = builds.map((build) => ({ name: build.name, program: compile("black76.c", build) }));
  const quantlib = compile("quantlib.cpp", quantlibBuild);
  const path = `${folder}options.bin`;
  writeFileSync(path, nativeInput(ours, grid));

  // short enough that most runs are not interrupted
  const repeats = 10;
  const contestants: Contestant[] = [];
  const repeat = (name: string, times: number, work: () => void): void => {
    contestants.push({
      name,
      run: () =>
        timed(() => {
          for (let n = 0; n < times; n++) work();
        }) / times,
    });
  };
  const natives: Native[] = [];
  const nativePass = (native: Native, name: string, command: string, times = repeats): void => {
    contestants.push({ name, run: async () => (await native.run(`${command} ${times}`)) / times });
  };
  repeat("price, ours", repeats, () => ours.prices(optionCount));
  repeat("price, ours without WebAssembly", 2, () => twin.prices(optionCount));
  repeat("greeks, ours", repeats, () => ours.greeks(optionCount));
  repeat("grid, ours", 1, () => pricer.price(grid.strikes));

  for (const { name, program } of programs) {
    if (!program) continue;
    const native = start(program, [path]);
    natives.push(native);
    for (const command of ["price", "greeks", "grid"]) await native.run(`${command} 1`);
    const results = await written(native);
    const nativeGreeks = results.subarray(optionCount, 8 * optionCount);
    const cells = strikeCount * scenarioCount;
    const nativeGrid = results.subarray(8 * optionCount);
    const all = [
      worstError(results.subarray(0, optionCount), prices, 1e-290),
      worstError(nativeGreeks, greeks, 1e-9),
      worstError(nativeGrid.subarray(0, cells), gridPrices.calls, 1e-9),
      worstError(nativeGrid.subarray(cells), gridPrices.puts, 1e-9),
    ];
    requireWithin(
      `native ${name}, prices, greeks and grid,`,
      Math.max(...all),
      name.includes("no FMA") ? 0 : 1e-10,
    );
    nativePass(native, `price, native ${name}`, "price");
    nativePass(native, `greeks, native ${name}`, "greeks");
    nativePass(native, `grid, native ${name}`, "grid", 1);
    if (name === "gcc 128 bits, no FMA") nativePass(native, "price, native textbook (libm)", "textbook", 4);
  }
  if (quantlib) {
    const native = start(quantlib, [path]);
    natives.push(native);
    await native.run("price 1");
    requireWithin("QuantLib C++, prices above 1e-4,", worstError(await written(native), prices, 1e-4), 1e-6);
    nativePass(native, "price, QuantLib C++", "price", 3);
    nativePass(native, "greeks, QuantLib C++", "greeks", 1);
  }
  const out = new Float64Array(optionCount);
  for (const [name, loop] of npmLoops(ours, out)) {
    loop();
    requireWithin(`${name}, prices above 1,`, worstError(out, prices, 1), 1e-2);
    repeat(`price, ${name}`, 1, loop);
  }

  const timings = await interleave(contestants, 5 * rounds);
  const perSecond = (count: number) => (ms: number) => `${(count / ms / 1000).toFixed(2)} M/s`;
  const kind = (start: string) => [...timings.values()].filter(({ name }) => name.startsWith(start));
  printTimings(kind("price"), perSecond(optionCount));
  printTimings(kind("greeks"), perSecond(optionCount));
  printTimings(kind("grid"), (ms) => `${ms.toFixed(3)} ms`);

  const wideNative = (what: string) => [`${what}, native gcc AVX2+FMA`, `${what}, native clang AVX2+FMA`];
  const narrowNative = (what: string) => [
    `${what}, native gcc 128 bits, no FMA`,
    `${what}, native clang 128 bits, no FMA`,
  ];
  const ratio = (over: readonly string[], under: string) => ratioOf(timings, over, under);
  for (const what of ["price", "greeks"]) {
    const ours = `${what}, ours`;
    printRatio(`${what}: best native 128 bits without FMA ÷ ours`, ratio(narrowNative(what), ours), {
      atLeast: 0.8,
    });
    printRatio(`${what}: best native AVX2+FMA ÷ ours`, ratio(wideNative(what), ours));
    printRatio(`${what}: QuantLib C++ ÷ ours`, ratio([`${what}, QuantLib C++`], ours), {
      atLeast: what === "price" ? 5 : 10,
    });
  }
  for (const name of ["@quantlib/ql", "black-scholes"]) {
    printRatio(`price: npm ${name} ÷ ours`, ratio([`price, npm ${name}`], "price, ours"));
  }
  for (const [name, natives, target] of [
    ["AVX2+FMA", wideNative("grid"), { atMost: 3.5 }],
    ["128 bits without FMA", narrowNative("grid"), undefined],
  ] as const) {
    const { byMedian, byBest } = ratio(natives, "grid, ours");
    printRatio(`grid: ours ÷ best native ${name}`, { byMedian: 1 / byMedian, byBest: 1 / byBest }, target);
  }
  for (const native of natives) native.close();
}
