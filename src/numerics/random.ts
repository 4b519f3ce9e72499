import { PlimsollError } from "../quantity/error.ts";
import { normalInverse } from "./normal.ts";

/** A reproducible stream of random numbers: the same seed gives the same numbers on every machine. */
export interface RandomStream {
  /** Uniform integer from 0 to 2^32 − 1. */
  nextUint32(): number;
  /** Uniform on [0, 1) with 53 bits. */
  nextFloat(): number;
  /** Uniform integer from 0 to `bound` − 1, without bias; `bound` from 1 to 2^32. */
  nextBelow(bound: number): number;
  /** Standard normal, by the inverse of the distribution: one uniform each, symmetrical, within ±8.2. */
  nextNormal(): number;
  /** The next 64 bits, as the generator's reference writes them. */
  nextUint64(): bigint;
}

const mask = 0xffffffffffffffffn;

/** The SplitMix64 sequence from a 64-bit seed (Steele, Lea and Flood 2014), which spreads seeds over generator states. */
export function* splitMix64(seed: bigint): Generator<bigint, never> {
  let state = seed & mask;
  for (;;) {
    state = (state + 0x9e3779b97f4a7c15n) & mask;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
    yield z ^ (z >> 31n);
  }
}

/**
 * Xoshiro256** (Blackman and Vigna 2018) from an explicit state of four 64-bit words, not all zero. Kept as pairs of 32-bit
 * words, since boxed 64-bit integers are twenty times slower.
 */
export function xoshiro256(state: readonly [bigint, bigint, bigint, bigint]): RandomStream {
  const low = (word: bigint): number => Number(word & 0xffffffffn) | 0;
  const high = (word: bigint): number => Number((word >> 32n) & 0xffffffffn) | 0;
  let [s0l, s1l, s2l, s3l] = [low(state[0]), low(state[1]), low(state[2]), low(state[3])];
  let [s0h, s1h, s2h, s3h] = [high(state[0]), high(state[1]), high(state[2]), high(state[3])];
  let outLow = 0;
  let outHigh = 0;

  function step(): void {
    // result = rotl(s1 × 5, 7) × 9
    let productLow = (s1l >>> 0) * 5;
    let l = productLow | 0;
    let h = (Math.imul(s1h, 5) + Math.floor(productLow / 4294967296)) | 0;
    const rotatedLow = (l << 7) | (h >>> 25);
    h = (h << 7) | (l >>> 25);
    l = rotatedLow;
    productLow = (l >>> 0) * 9;
    outLow = productLow | 0;
    outHigh = (Math.imul(h, 9) + Math.floor(productLow / 4294967296)) | 0;

    const shiftedLow = s1l << 17;
    const shiftedHigh = (s1h << 17) | (s1l >>> 15);
    s2l ^= s0l;
    s2h ^= s0h;
    s3l ^= s1l;
    s3h ^= s1h;
    s1l ^= s2l;
    s1h ^= s2h;
    s0l ^= s3l;
    s0h ^= s3h;
    s2l ^= shiftedLow;
    s2h ^= shiftedHigh;
    // s3 = rotl(s3, 45)
    const swapped = s3l;
    s3l = (s3h << 13) | (swapped >>> 19);
    s3h = (swapped << 13) | (s3h >>> 19);
  }

  const stream: RandomStream = {
    nextUint32() {
      step();
      return outHigh >>> 0;
    },
    nextFloat() {
      step();
      return ((outHigh >>> 0) * 2097152 + (outLow >>> 11)) * 1.1102230246251565e-16;
    },
    nextBelow(bound) {
      const limit = 4294967296 - (4294967296 % bound);
      for (;;) {
        const draw = stream.nextUint32();
        if (draw < limit) return draw % bound;
      }
    },
    nextNormal() {
      step();
      // the middle of one of 2^52 equal cells: never 0 or 1, and symmetrical about ½
      return normalInverse(
        ((outHigh >>> 0) * 1048576 + (outLow >>> 12)) * 2.220446049250313e-16 + 1.1102230246251565e-16,
      );
    },
    nextUint64() {
      step();
      return (BigInt(outHigh >>> 0) << 32n) | BigInt(outLow >>> 0);
    },
  };
  return stream;
}

/**
 * A seeded stream: xoshiro256** with its state filled by SplitMix64, as its authors recommend.
 *
 * @param seed - an integer; taken modulo 2^64.
 * @throws {PlimsollError} `PLM_DOMAIN` if it is not an integer.
 */
export function randomStream(seed: number | bigint): RandomStream {
  if (typeof seed !== "bigint" && !Number.isSafeInteger(seed)) {
    throw new PlimsollError("PLM_DOMAIN", {
      field: "seed",
      value: seed,
      limit: "an integer",
      remedy: "Give a whole number, such as 1.",
    });
  }
  const words = splitMix64(BigInt(seed));
  return xoshiro256([words.next().value, words.next().value, words.next().value, words.next().value]);
}
