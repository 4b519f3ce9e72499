import { type Sha256Functions } from "./sha256-kernel.ts";

// FIPS 180-4 §4.2.2: cube roots of the first 64 primes.
const k: Uint32Array = Uint32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
);

const schedule = new Uint32Array(64);

const rotate = (x: number, n: number): number => (x >>> n) | (x << (32 - n));

/** One block of SHA-256: `state` has 8 words, every `stride`th from `at`; the message has 16. */
export function compress(
  state: Uint32Array,
  at: number,
  message: Uint32Array,
  from: number,
  stride: number,
): void {
  const w = schedule;
  for (let t = 0; t < 16; t++) w[t] = message[from + t * stride]!;
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[t] = w[t - 16]! + s0 + w[t - 7]! + s1;
  }
  let a = state[at]! | 0;
  let b = state[at + stride]! | 0;
  let c = state[at + 2 * stride]! | 0;
  let d = state[at + 3 * stride]! | 0;
  let e = state[at + 4 * stride]! | 0;
  let f = state[at + 5 * stride]! | 0;
  let g = state[at + 6 * stride]! | 0;
  let h = state[at + 7 * stride]! | 0;
  for (let t = 0; t < 64; t++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + sum1 + ((e & f) ^ (~e & g)) + k[t]! + w[t]!) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[at]! += a;
  state[at + stride]! += b;
  state[at + 2 * stride]! += c;
  state[at + 3 * stride]! += d;
  state[at + 4 * stride]! += e;
  state[at + 5 * stride]! += f;
  state[at + 6 * stride]! += g;
  state[at + 7 * stride]! += h;
}

/** The block that ends a message of 128 bytes. */
const padding: Uint32Array = Uint32Array.of(0x8000_0000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1024);

/** The kernel's functions in TypeScript, over plain memory. */
export function sha256Twin(buffer: ArrayBufferLike): Sha256Functions {
  const words = new Uint32Array(buffer);
  const block = (state: number, message: number): void => {
    for (let lane = 0; lane < 4; lane++) compress(words, state / 4 + lane, words, message / 4 + lane, 4);
  };
  const one = new Uint32Array(8);
  return {
    block,
    pairs(start, messages, states, groups) {
      for (let group = 0; group < groups; group++) {
        const from = messages / 4 + group * 64;
        const to = states / 4 + group * 32;
        for (let lane = 0; lane < 4; lane++) {
          one.set(words.subarray(start / 4, start / 4 + 8));
          for (let i = 0; i < 8; i++) words[to + i * 4 + lane] = one[i]!;
          compress(words, to + lane, words, from + lane, 4);
          for (let i = 0; i < 8; i++) one[i] = words[to + i * 4 + lane]!;
          compress(one, 0, padding, 0, 1);
          for (let i = 0; i < 8; i++) words[to + i * 4 + lane] = one[i]!;
        }
      }
    },
  };
}

/** State before the first block: FIPS 180-4 §5.3.3, square roots of the first 8 primes. */
export const initialState: Uint32Array = Uint32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);
