// SHA-256 of four messages at once, in AssemblyScript: one in each lane of 128-bit SIMD. The same as any other SHA-256 (FIPS 180-4).
// src/clearing/state/sha256-twin.ts is the same in TypeScript.

const roundConstants: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/** Round constants plus the schedule of the block that ends a message of 128 bytes: nothing in it depends on the message. */
const paddingConstants: usize = memory.data<u32>([
  0xc28a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf574,
  0x649b69c1, 0xf23e4787, 0x0fe1edc6, 0x240ca2dc, 0x4fe9346f, 0x4b1e84aa, 0x61b9431e, 0x36f9b39a,
  0xfa465156, 0xb85a8e77, 0xb01d681d, 0x5e59c7ea, 0x2faa3291, 0x07e2a6fb, 0x1f515a8e, 0x6f915f0a,
  0x5fb4221d, 0x612cc90a, 0x35c3e883, 0xa925d9d4, 0x8b82d1b9, 0x92848088, 0x9a5b7704, 0x034ba272,
  0x9f594686, 0x6f480592, 0xe49bee62, 0xc1cf12eb, 0x3ef55e11, 0x1f0f59a3, 0x327a0634, 0xbfa4d9bc,
  0x770df572, 0x9b9fbf40, 0xc21be9e9, 0xf5001d69, 0x840ec6da, 0x8a337f83, 0xb737625a, 0xe9b9ecd0,
  0xfe5d6d40, 0xa52dab8d, 0xee944592, 0x5f2d004a, 0x3bc8cb2e, 0x36d964a4, 0x5eb10caf, 0x6289d971,
]);

/** Message schedule of one block, four lanes each. */
const schedule: usize = memory.data(1024, 16);

// @ts-ignore: decorator
@inline
function rotate(x: v128, n: i32): v128 {
  return v128.or(i32x4.shr_u(x, n), i32x4.shl(x, 32 - n));
}

// @ts-ignore: decorator
@inline
function bigSigma0(x: v128): v128 {
  return v128.xor(v128.xor(rotate(x, 2), rotate(x, 13)), rotate(x, 22));
}

// @ts-ignore: decorator
@inline
function bigSigma1(x: v128): v128 {
  return v128.xor(v128.xor(rotate(x, 6), rotate(x, 11)), rotate(x, 25));
}

// @ts-ignore: decorator
@inline
function smallSigma0(x: v128): v128 {
  return v128.xor(v128.xor(rotate(x, 7), rotate(x, 18)), i32x4.shr_u(x, 3));
}

// @ts-ignore: decorator
@inline
function smallSigma1(x: v128): v128 {
  return v128.xor(v128.xor(rotate(x, 17), rotate(x, 19)), i32x4.shr_u(x, 10));
}

/** state[8][4] after one more block: message[16][4]. */
export function block(state: usize, message: usize): void {
  for (let i: usize = 0; i < 256; i += 16) v128.store(schedule + i, v128.load(message + i));
  for (let i: usize = 256; i < 1024; i += 16) {
    const at = schedule + i;
    const sum = i32x4.add(
      i32x4.add(v128.load(at - 256), smallSigma0(v128.load(at - 240))),
      i32x4.add(v128.load(at - 112), smallSigma1(v128.load(at - 32))),
    );
    v128.store(at, sum);
  }
  let a = v128.load(state);
  let b = v128.load(state, 16);
  let c = v128.load(state, 32);
  let d = v128.load(state, 48);
  let e = v128.load(state, 64);
  let f = v128.load(state, 80);
  let g = v128.load(state, 96);
  let h = v128.load(state, 112);
  let t: v128;
  for (let i: usize = 0; i < 64; i += 8) {
    const k = roundConstants + (i << 2);
    const w = schedule + (i << 4);
    t = i32x4.add(i32x4.add(i32x4.add(h, bigSigma1(e)), v128.bitselect(f, g, e)), i32x4.add(v128.load32_splat(k, 0), v128.load(w, 0)));
    d = i32x4.add(d, t);
    h = i32x4.add(t, i32x4.add(bigSigma0(a), v128.bitselect(c, b, v128.xor(a, b))));
    t = i32x4.add(i32x4.add(i32x4.add(g, bigSigma1(d)), v128.bitselect(e, f, d)), i32x4.add(v128.load32_splat(k, 4), v128.load(w, 16)));
    c = i32x4.add(c, t);
    g = i32x4.add(t, i32x4.add(bigSigma0(h), v128.bitselect(b, a, v128.xor(h, a))));
    t = i32x4.add(i32x4.add(i32x4.add(f, bigSigma1(c)), v128.bitselect(d, e, c)), i32x4.add(v128.load32_splat(k, 8), v128.load(w, 32)));
    b = i32x4.add(b, t);
    f = i32x4.add(t, i32x4.add(bigSigma0(g), v128.bitselect(a, h, v128.xor(g, h))));
    t = i32x4.add(i32x4.add(i32x4.add(e, bigSigma1(b)), v128.bitselect(c, d, b)), i32x4.add(v128.load32_splat(k, 12), v128.load(w, 48)));
    a = i32x4.add(a, t);
    e = i32x4.add(t, i32x4.add(bigSigma0(f), v128.bitselect(h, g, v128.xor(f, g))));
    t = i32x4.add(i32x4.add(i32x4.add(d, bigSigma1(a)), v128.bitselect(b, c, a)), i32x4.add(v128.load32_splat(k, 16), v128.load(w, 64)));
    h = i32x4.add(h, t);
    d = i32x4.add(t, i32x4.add(bigSigma0(e), v128.bitselect(g, f, v128.xor(e, f))));
    t = i32x4.add(i32x4.add(i32x4.add(c, bigSigma1(h)), v128.bitselect(a, b, h)), i32x4.add(v128.load32_splat(k, 20), v128.load(w, 80)));
    g = i32x4.add(g, t);
    c = i32x4.add(t, i32x4.add(bigSigma0(d), v128.bitselect(f, e, v128.xor(d, e))));
    t = i32x4.add(i32x4.add(i32x4.add(b, bigSigma1(g)), v128.bitselect(h, a, g)), i32x4.add(v128.load32_splat(k, 24), v128.load(w, 96)));
    f = i32x4.add(f, t);
    b = i32x4.add(t, i32x4.add(bigSigma0(c), v128.bitselect(e, d, v128.xor(c, d))));
    t = i32x4.add(i32x4.add(i32x4.add(a, bigSigma1(f)), v128.bitselect(g, h, f)), i32x4.add(v128.load32_splat(k, 28), v128.load(w, 112)));
    e = i32x4.add(e, t);
    a = i32x4.add(t, i32x4.add(bigSigma0(b), v128.bitselect(d, c, v128.xor(b, c))));
  }
  add(state, a, b, c, d, e, f, g, h);
}

/** state[8][4] after the block that ends a message of 128 bytes. */
function padding(state: usize): void {
  let a = v128.load(state);
  let b = v128.load(state, 16);
  let c = v128.load(state, 32);
  let d = v128.load(state, 48);
  let e = v128.load(state, 64);
  let f = v128.load(state, 80);
  let g = v128.load(state, 96);
  let h = v128.load(state, 112);
  let t: v128;
  for (let i: usize = 0; i < 64; i += 8) {
    const k = paddingConstants + (i << 2);
    t = i32x4.add(i32x4.add(i32x4.add(h, bigSigma1(e)), v128.bitselect(f, g, e)), v128.load32_splat(k, 0));
    d = i32x4.add(d, t);
    h = i32x4.add(t, i32x4.add(bigSigma0(a), v128.bitselect(c, b, v128.xor(a, b))));
    t = i32x4.add(i32x4.add(i32x4.add(g, bigSigma1(d)), v128.bitselect(e, f, d)), v128.load32_splat(k, 4));
    c = i32x4.add(c, t);
    g = i32x4.add(t, i32x4.add(bigSigma0(h), v128.bitselect(b, a, v128.xor(h, a))));
    t = i32x4.add(i32x4.add(i32x4.add(f, bigSigma1(c)), v128.bitselect(d, e, c)), v128.load32_splat(k, 8));
    b = i32x4.add(b, t);
    f = i32x4.add(t, i32x4.add(bigSigma0(g), v128.bitselect(a, h, v128.xor(g, h))));
    t = i32x4.add(i32x4.add(i32x4.add(e, bigSigma1(b)), v128.bitselect(c, d, b)), v128.load32_splat(k, 12));
    a = i32x4.add(a, t);
    e = i32x4.add(t, i32x4.add(bigSigma0(f), v128.bitselect(h, g, v128.xor(f, g))));
    t = i32x4.add(i32x4.add(i32x4.add(d, bigSigma1(a)), v128.bitselect(b, c, a)), v128.load32_splat(k, 16));
    h = i32x4.add(h, t);
    d = i32x4.add(t, i32x4.add(bigSigma0(e), v128.bitselect(g, f, v128.xor(e, f))));
    t = i32x4.add(i32x4.add(i32x4.add(c, bigSigma1(h)), v128.bitselect(a, b, h)), v128.load32_splat(k, 20));
    g = i32x4.add(g, t);
    c = i32x4.add(t, i32x4.add(bigSigma0(d), v128.bitselect(f, e, v128.xor(d, e))));
    t = i32x4.add(i32x4.add(i32x4.add(b, bigSigma1(g)), v128.bitselect(h, a, g)), v128.load32_splat(k, 24));
    f = i32x4.add(f, t);
    b = i32x4.add(t, i32x4.add(bigSigma0(c), v128.bitselect(e, d, v128.xor(c, d))));
    t = i32x4.add(i32x4.add(i32x4.add(a, bigSigma1(f)), v128.bitselect(g, h, f)), v128.load32_splat(k, 28));
    e = i32x4.add(e, t);
    a = i32x4.add(t, i32x4.add(bigSigma0(b), v128.bitselect(d, c, v128.xor(b, c))));
  }
  add(state, a, b, c, d, e, f, g, h);
}

// @ts-ignore: decorator
@inline
function add(state: usize, a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128): void {
  v128.store(state, i32x4.add(v128.load(state), a));
  v128.store(state, i32x4.add(v128.load(state, 16), b), 16);
  v128.store(state, i32x4.add(v128.load(state, 32), c), 32);
  v128.store(state, i32x4.add(v128.load(state, 48), d), 48);
  v128.store(state, i32x4.add(v128.load(state, 64), e), 64);
  v128.store(state, i32x4.add(v128.load(state, 80), f), 80);
  v128.store(state, i32x4.add(v128.load(state, 96), g), 96);
  v128.store(state, i32x4.add(v128.load(state, 112), h), 112);
}

/**
 * Hashes `groups` × 4 messages of 128 bytes that share their first 64: `start[8]` is the state after those. messages[group][16][4]
 * are the other 64 bytes as big-endian words, states[group][8][4] the hashes.
 */
export function pairs(start: usize, messages: usize, states: usize, groups: i32): void {
  for (let group = 0; group < groups; group++) {
    for (let i: usize = 0; i < 8; i++) v128.store(states + (i << 4), v128.load32_splat(start + (i << 2)));
    block(states, messages);
    padding(states);
    messages += 256;
    states += 128;
  }
}
