import assert from "node:assert/strict";
import { test } from "node:test";
import { PlimsollError } from "../quantity/error.ts";
import { normalInverse } from "./normal.ts";
import { randomStream, splitMix64, xoshiro256 } from "./random.ts";

test("SplitMix64 gives its published sequence", () => {
  // Rosetta Code, "Pseudo-random numbers/Splitmix64": the first five for seed 1234567
  const words = splitMix64(1234567n);
  const expected = [
    6457827717110365317n,
    3203168211198807973n,
    9817491932198370423n,
    4593380528125082431n,
    16408922859458223821n,
  ];
  for (const word of expected) assert.equal(words.next().value, word);
});

test("xoshiro256** gives the output of its reference implementation", () => {
  // made with xoshiro256starstar.c of Blackman and Vigna from the state 1, 2, 3, 4, as the Rust crate rand_xoshiro records it
  const stream = xoshiro256([1n, 2n, 3n, 4n]);
  const expected = [
    11520n,
    0n,
    1509978240n,
    1215971899390074240n,
    1216172134540287360n,
    607988272756665600n,
    16172922978634559625n,
    8476171486693032832n,
    10595114339597558777n,
    2904607092377533576n,
  ];
  for (const word of expected) assert.equal(stream.nextUint64(), word);
});

test("the 32-bit halves agree with 64-bit arithmetic over a long run", () => {
  const mask = (1n << 64n) - 1n;
  const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (64n - k))) & mask;
  const words = splitMix64(42n);
  const s: [bigint, bigint, bigint, bigint] = [
    words.next().value,
    words.next().value,
    words.next().value,
    words.next().value,
  ];
  const stream = randomStream(42);
  for (let i = 0; i < 5000; i++) {
    const [s0, s1, s2, s3] = s;
    assert.equal(stream.nextUint64(), (rotate((s1 * 5n) & mask, 7n) * 9n) & mask);
    const [a, b] = [s2 ^ s0, s3 ^ s1];
    s[1] = s1 ^ a;
    s[0] = s0 ^ b;
    s[2] = a ^ ((s1 << 17n) & mask);
    s[3] = rotate(b, 45n);
  }
});

test("all draws come from the same words", () => {
  const make = (): ReturnType<typeof randomStream> => randomStream(7n);
  const word = make().nextUint64();
  assert.equal(make().nextUint32(), Number(word >> 32n));
  assert.equal(make().nextFloat(), Number(word >> 11n) * 2 ** -53);
  assert.equal(make().nextNormal(), normalInverse((Number(word >> 12n) + 0.5) * 2 ** -52));
});

test("uniforms and normals have the moments they should", () => {
  const stream = randomStream(1);
  const count = 200_000;
  const sums = { u: 0, uu: 0, n: 0, nn: 0, nnnn: 0 };
  for (let i = 0; i < count; i++) {
    const u = stream.nextFloat();
    const n = stream.nextNormal();
    assert.ok(u >= 0 && u < 1 && Number.isFinite(n));
    sums.u += u;
    sums.uu += u * u;
    sums.n += n;
    sums.nn += n * n;
    sums.nnnn += n * n * n * n;
  }
  // five standard errors
  const near = (mean: number, expected: number, deviation: number): void =>
    assert.ok(Math.abs(mean - expected) < (5 * deviation) / Math.sqrt(count), `${mean} for ${expected}`);
  near(sums.u / count, 1 / 2, Math.sqrt(1 / 12));
  near(sums.uu / count, 1 / 3, Math.sqrt(4 / 45));
  near(sums.n / count, 0, 1);
  near(sums.nn / count, 1, Math.sqrt(2));
  near(sums.nnnn / count, 3, Math.sqrt(96));
});

test("bounded integers cover their range evenly", () => {
  const stream = randomStream(5);
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 70_000; i++) {
    const draw = stream.nextBelow(7);
    counts[draw] = (counts[draw] ?? 0) + 1;
  }
  assert.equal(counts.length, 7);
  for (const n of counts) assert.ok(Math.abs(n - 10_000) < 500, String(n));
  assert.equal(randomStream(5).nextBelow(1), 0);
  assert.equal(randomStream(5).nextBelow(2 ** 32), randomStream(5).nextUint32());
});

test("seeds are integers, taken modulo 2^64", () => {
  assert.equal(randomStream(-1).nextUint64(), randomStream((1n << 64n) - 1n).nextUint64());
  assert.notEqual(randomStream(1).nextUint64(), randomStream(2).nextUint64());
  for (const seed of [1.5, NaN, Infinity, 2 ** 60]) {
    assert.throws(() => randomStream(seed), PlimsollError, String(seed));
  }
});
