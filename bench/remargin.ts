import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { remargin } from "../src/risk/remargin/index.ts";
import { threadedRemargin } from "../src/service/remargin/index.ts";
import {
  type Contestant,
  interleave,
  printRatio,
  printTimings,
  ratioOf,
  timed,
  timedByClock,
} from "./measure.ts";
import { type Build, compile, folder, type Native, start } from "./native.ts";
import { nativeBook, syntheticBook, syntheticOrders, wholeBook } from "./synthetic-book.ts";

const avx2 = ["-O3", "-mavx2", "-mfma", "-DVECTOR=4", "-DTILE=32"];
// AVX encodings, as engines compile WebAssembly to: a few percent faster than -mno-avx
const narrow = ["-O3", "-mavx2", "-mno-fma", "-ffp-contract=off", "-DVECTOR=2", "-DTILE=16"];
export const nativeBuilds: readonly Build[] = [
  { name: "gcc AVX2+FMA", compiler: "gcc", flags: avx2 },
  { name: "clang AVX2+FMA", compiler: "clang", flags: avx2 },
  { name: "gcc 128 bits, no FMA", compiler: "gcc", flags: narrow },
  { name: "clang 128 bits, no FMA", compiler: "clang", flags: narrow },
];

/** 0.025 × 256 = 6.4 scenarios: the kernel sums six and adds a part of the seventh. */
const tail = 6.4;
const seed = 20_260_701;

/** Throws unless two result arrays are equal, bit for bit. */
export function requireEqual(what: string, got: Float64Array, expected: Float64Array): void {
  if (got.length !== expected.length)
    throw new Error(`${what}: ${got.length} results for ${expected.length}`);
  for (const [i, value] of got.entries()) {
    if (!Object.is(value, expected[i]))
      throw new Error(`${what}: result ${i} is ${value}, not ${expected[i]}`);
  }
}

/** The four result arrays of bench/native/remargin.c. */
export async function nativeResults(
  native: Native,
  accounts: number,
  orders: number,
): Promise<Float64Array[]> {
  const path = `${folder}results.bin`;
  await native.run(`write ${path}`);
  const bytes = readFileSync(path);
  rmSync(path);
  const all = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return [0, 1, 2]
    .map((k) => all.slice(k * accounts, (k + 1) * accounts))
    .concat(all.slice(3 * accounts, 3 * accounts + orders));
}

/** Starts every native yardstick that compiles, on one book. */
export function startNatives(bookBytes: Uint8Array): { readonly name: string; readonly native: Native }[] {
  const programs = nativeBuilds.map((build) => ({ name: build.name, program: compile("remargin.c", build) }));
  const path = `${folder}book.bin`;
  writeFileSync(path, bookBytes);
  return programs.flatMap(({ name, program }) => (program ? [{ name, native: start(program, [path]) }] : []));
}

/** Whole-book re-margin, one and two threads, against native C and the machine's limit. */
export async function benchRemargin(rounds: number): Promise<void> {
  const { accountCount, positionsPerAccount, instrumentCount, scenarioCount } = wholeBook;
  console.log(
    `\nWhole-book re-margin: ${accountCount} accounts × ${positionsPerAccount} positions of ${instrumentCount} instruments × ${scenarioCount} scenarios, seed ${seed}`,
  );
  const synthetic = syntheticBook(wholeBook, seed);
  const { book, matrix } = synthetic;
  const orders = syntheticOrders(wholeBook, 16, seed + 1);
  const natives = startNatives(nativeBook(synthetic, Math.floor(tail), orders));
  const single = remargin(book, matrix, { tail });
  const double = await threadedRemargin(book, matrix, { tail, threadCount: 2 });

  // Answers first.
  const worst = single.worst().slice();
  const shortfall = single.expectedShortfall().slice();
  for (const { name, native } of natives) {
    await native.run("worst");
    await native.run("shortfall");
    const [nativeWorst = worst, sums = worst, nexts = worst] = await nativeResults(native, accountCount, 16);
    requireEqual(`${name}, worst`, nativeWorst, worst);
    const fraction = tail - Math.floor(tail);
    requireEqual(
      `${name}, shortfall`,
      sums.map((sum, a) => (sum + fraction * (nexts[a] ?? NaN)) / tail),
      shortfall,
    );
  }
  requireEqual("two threads, worst", double.worst(), worst);
  requireEqual("two threads, shortfall", double.expectedShortfall(), shortfall);
  console.log(`  answers: all ${natives.length + 2} agree on ${2 * accountCount} results, bit for bit`);

  const contestants: Contestant[] = [
    { name: "worst, one thread", run: () => timed(() => single.worst()) },
    { name: "shortfall, one thread", run: () => timed(() => single.expectedShortfall()) },
    { name: "worst, one thread, by the clock", run: () => timedByClock(() => single.worst()) },
    { name: "worst, two threads, by the clock", run: () => timedByClock(() => double.worst()) },
    {
      name: "shortfall, one thread, by the clock",
      run: () => timedByClock(() => single.expectedShortfall()),
    },
    {
      name: "shortfall, two threads, by the clock",
      run: () => timedByClock(() => double.expectedShortfall()),
    },
  ];
  for (const { name, native } of natives) {
    contestants.push({ name: `worst, ${name}`, run: () => native.run("worst") });
    contestants.push({ name: `shortfall, ${name}`, run: () => native.run("shortfall") });
    contestants.push({ name: `limit, additions alone, ${name}`, run: () => native.run("arithmetic") });
    contestants.push({ name: `limit, reading alone, ${name}`, run: () => native.run("reading") });
  }
  const timings = await interleave(contestants, rounds);
  printTimings(timings.values(), (ms) => `${ms.toFixed(1)} ms`);

  const wide = (what: string) => [`${what}, gcc AVX2+FMA`, `${what}, clang AVX2+FMA`];
  const narrow = (what: string) => [`${what}, gcc 128 bits, no FMA`, `${what}, clang 128 bits, no FMA`];
  const ratio = (over: readonly string[], under: string) => ratioOf(timings, over, under);
  const [worstOne, tailOne] = ["worst, one thread", "shortfall, one thread"];
  printRatio("worst: best native AVX2 ÷ ours, one thread (stretch 0.6)", ratio(wide("worst"), worstOne), {
    atLeast: 0.45,
  });
  printRatio("worst: best native 128 bits without FMA ÷ ours", ratio(narrow("worst"), worstOne));
  printRatio(
    "worst: additions alone at 128 bits ÷ ours (share of the limit)",
    ratio(narrow("limit, additions alone"), worstOne),
  );
  printRatio(
    "worst: one thread ÷ two threads",
    ratio([`${worstOne}, by the clock`], "worst, two threads, by the clock"),
    { atLeast: 1.7 },
  );
  printRatio("shortfall: best native AVX2 ÷ ours, one thread", ratio(wide("shortfall"), tailOne));
  printRatio(
    "shortfall: one thread ÷ two threads",
    ratio([`${tailOne}, by the clock`], "shortfall, two threads, by the clock"),
    { atLeast: 1.7 },
  );
  printRatio("shortfall ÷ worst, one thread", ratio([tailOne], worstOne), { atMost: 1.3 });
  for (const { native } of natives) native.close();
  await double.close();
}
