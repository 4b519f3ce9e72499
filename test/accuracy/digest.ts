import * as numerics from "../../src/numerics/index.ts";
// leaf modules, so that engines without type stripping or packages can run the compiled digest
import { black76Greeks } from "../../src/pricing/black76.ts";
import { batchGreeks, black76Batch } from "../../src/pricing/black76-batch.ts";
import { coinGreeks, spotGreeks } from "../../src/pricing/conventions.ts";
import { impliedVol } from "../../src/pricing/implied-vol.ts";
import { randomOptions } from "./implied-vol.ts";

/** Folds float64s, bit by bit, into 64 bits: any change of any bit of any value changes the digest. */
function makeDigest(): { readonly add: (x: number) => void; readonly text: () => string } {
  const view = new DataView(new ArrayBuffer(8));
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  const mix = (word: number): void => {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul((b << 13) | (b >>> 19), 0x85ebca6b) ^ word;
    a ^= a >>> 15;
    b = (b + a) | 0;
  };
  return {
    add(x) {
      view.setFloat64(0, x);
      // every NaN counts as one: engines may choose its payload
      mix(x === x ? view.getUint32(0) : 0x7ff80000);
      mix(x === x ? view.getUint32(4) : 0);
    },
    text: () => [a, b].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join(""),
  };
}

const edges = [
  0,
  -0,
  1,
  -1,
  0.5,
  5e-324,
  -5e-324,
  2.2250738585072014e-308,
  1e-300,
  1e300,
  Number.MAX_VALUE,
  Infinity,
  -Infinity,
  NaN,
];

/** Arguments of all magnitudes and signs, then of ordinary size, then the edges. */
function* seededArguments(seed: number, count: number): Generator<number> {
  const stream = numerics.randomStream(seed);
  for (let i = 0; i < count; i++) {
    const sign = stream.nextFloat() < 0.5 ? -1 : 1;
    yield sign * numerics.exp(1400 * (stream.nextFloat() - 0.5));
    yield sign * 40 * stream.nextFloat();
    yield 1 + 1e-3 * (stream.nextFloat() - 0.5);
  }
  yield* edges;
}

/** One digest per function: equal wherever the results are equal to the last bit. */
export function digests(count: number = 4000): Record<string, string> {
  const result: Record<string, string> = {};
  const { exp, expm1, log, log1p, normalPdf, normalCdf, normalInverse, millsRatio, logGamma } = numerics;
  const unary = { exp, expm1, log, log1p, normalPdf, normalCdf, normalInverse, millsRatio, logGamma };
  for (const [name, f] of Object.entries(unary)) {
    const digest = makeDigest();
    for (const x of seededArguments(1, count))
      digest.add(f(name === "normalInverse" ? numerics.normalCdf(x) : x));
    result[name] = digest.text();
  }
  const { pow, gammaP, gammaQ } = numerics;
  for (const [name, f] of Object.entries({ pow, gammaP, gammaQ })) {
    const digest = makeDigest();
    const others = seededArguments(2, count);
    for (const x of seededArguments(1, count)) {
      const y = Number(others.next().value);
      // incomplete gamma functions of moderate size: elsewhere they take long
      if (name === "pow") digest.add(f(Math.abs(x), y));
      else if (Math.abs(x) > 1e-3 && Math.abs(x) < 50 && Math.abs(y) < 50)
        digest.add(f(Math.abs(x), Math.abs(y)));
    }
    result[name] = digest.text();
  }
  const random = makeDigest();
  const stream = numerics.randomStream(3);
  for (let i = 0; i < count; i++) {
    random.add(stream.nextFloat());
    random.add(stream.nextNormal());
    random.add(stream.nextUint32());
  }
  result["randomStream"] = random.text();
  const greeks = makeDigest();
  const implied = makeDigest();
  for (const option of randomOptions(4, count)) {
    const forms = [black76Greeks(option), spotGreeks(option, 1.01 * option.forward), coinGreeks(option)];
    for (const form of forms) for (const value of Object.values(form)) greeks.add(Number(value));
    const answer = impliedVol({ ...option, price: black76Greeks(option).price });
    implied.add(answer.status === "found" ? answer.vol : NaN);
  }
  result["black76Greeks"] = greeks.text();
  for (const implementation of ["wasm", "typescript"] as const) {
    result[`black76Batch ${implementation}`] = digestBatch(implementation, count);
  }
  result["impliedVol"] = implied.text();
  return result;
}

/** Prices and greeks of a batch, from WebAssembly or from its twin. */
function digestBatch(implementation: "wasm" | "typescript", count: number): string {
  const digest = makeDigest();
  const batch = black76Batch(count, implementation);
  let size = 0;
  for (const { optionType, forward, strike, expiryYears, vol } of randomOptions(5, count)) {
    batch.signs[size] = optionType === "call" ? 1 : -1;
    batch.forwards[size] = forward;
    batch.strikes[size] = strike;
    batch.expiryYears[size] = expiryYears;
    batch.vols[size] = vol;
    size += 1;
  }
  for (const x of batch.prices(size).subarray(0, size)) digest.add(x);
  const greeks = batch.greeks(size);
  for (const name of batchGreeks) for (const x of greeks[name].subarray(0, size)) digest.add(x);
  return digest.text();
}
