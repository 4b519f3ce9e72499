// Whole-book re-margin, in AssemblyScript: strict f64x2 SIMD, no relaxed operations. remargin-twin.ts is the same in TypeScript.
// Lines between `//@repeat` and `//@end` are written once per register (scripts/kernel/expand.mjs); `$k` is its number.
//
// Every number that is added here is an integer and every sum is below 2^53 (quantise.ts), so sums are exact, in any order.
//
//   tiles    [tile][instrument][16 scenarios] f64: profit per lot. The last tile is filled up by repeating the last scenario.
//   spans    [account][2] u32: first and one past the last of its positions
//   offsets  [position] u32: bytes from the start of a tile to the instrument's row in it
//   lots     [position] f64

/** Accounts per block: a tile stays in the second-level cache while a block passes over it. */
const blockAccounts: i32 = 4096;

/** The smallest scenario sum of each account in [first, last) → worst[account]. */
export function worst(tiles: usize, tileCount: i32, tileBytes: usize, spans: usize, offsets: usize, lots: usize, first: i32, last: i32, worst: usize): void {
  for (let blockFirst = first; blockFirst < last; blockFirst += blockAccounts) {
    const blockLast = min(blockFirst + blockAccounts, last);
    for (let a = blockFirst; a < blockLast; ++a) store<f64>(worst + (<usize>a << 3), Infinity);
    for (let t = 0; t < tileCount; ++t) {
      const tile = tiles + <usize>t * tileBytes;
      for (let a = blockFirst; a < blockLast; ++a) {
        let p = <usize>load<u32>(spans + (<usize>a << 3));
        const end = <usize>load<u32>(spans + (<usize>a << 3), 4);
        //@repeat 0 8
        let sum$k = f64x2.splat(0);
        //@end
        for (; p + 1 < end; p += 2) {
          const rowA = tile + <usize>load<u32>(offsets + (p << 2));
          const rowB = tile + <usize>load<u32>(offsets + (p << 2), 4);
          const lotA = v128.load64_splat(lots + (p << 3));
          const lotB = v128.load64_splat(lots + (p << 3), 8);
          //@repeat 0 8
          sum$k = f64x2.add(sum$k, f64x2.mul(lotA, v128.load(rowA, $k * 16)));
          sum$k = f64x2.add(sum$k, f64x2.mul(lotB, v128.load(rowB, $k * 16)));
          //@end
        }
        if (p < end) {
          const row = tile + <usize>load<u32>(offsets + (p << 2));
          const lot = v128.load64_splat(lots + (p << 3));
          //@repeat 0 8
          sum$k = f64x2.add(sum$k, f64x2.mul(lot, v128.load(row, $k * 16)));
          //@end
        }
        //@repeat 1 8
        sum0 = f64x2.pmin(sum0, sum$k);
        //@end
        const at = worst + (<usize>a << 3);
        sum0 = f64x2.pmin(sum0, v128.shuffle<f64>(sum0, sum0, 1, 0));
        v128.store_lane<f64>(at, f64x2.pmin(sum0, v128.load64_splat(at)), 0);
      }
    }
  }
}

/**
 * The sum of the `tail` smallest scenario sums of each account in [first, last) → tailSums[account], and the next
 * smallest → tailNexts[account]; infinite if there is none. 1 ≤ tail ≤ scenarios. Works on `block` accounts at a time, an even number.
 *
 * Exact, and nearly as cheap as the minimum: a tile's 16 sums fold to the minima of two groups of eight. The (tail + 1)th smallest
 * group minimum bounds the (tail + 1)th smallest sum from above, so only sums below that bound need a look: few groups have any.
 */
export function shortfall(tiles: usize, tileCount: i32, tileBytes: usize, spans: usize, offsets: usize, lots: usize, first: i32, last: i32, scenarios: i32, tail: i32, block: i32, scratch: usize, tailSums: usize, tailNexts: usize): void {
  const groups = tileCount * 2;
  const paddedGroups = (groups + 7) & ~7;
  const sums = scratch;
  // [tile][account][16]; not a power of two apart, or an account's tiles would compete for the same places in the caches
  const sumStride = <usize>block * 128 + 128;
  const lows = sums + <usize>tileCount * sumStride;
  const lowStride = <usize>(block + 8) * 8;
  const sorted = lows + <usize>paddedGroups * lowStride;
  const chosen = sorted + 128;
  const candidates = chosen + <usize>(groups + 1) * 8;
  const evicted = candidates + <usize>(groups + 2) * 128;
  for (let at = lows + <usize>groups * lowStride; at < sorted; at += 8) store<f64>(at, Infinity);
  const padding = tileCount * 16 - scenarios;
  const keep = tail + 1;

  for (let blockFirst = first; blockFirst < last; blockFirst += block) {
    const blockLast = min(blockFirst + block, last);
    sumBlock(tiles, tileCount, tileBytes, spans, offsets, lots, blockFirst, blockLast, sums, sumStride, lows, lowStride);
    if (padding > 0) hidePadding(sums, sumStride, lows, lowStride, tileCount, padding, blockLast - blockFirst);

    for (let a = blockFirst; a < blockLast; a += 2) {
      const local = <usize>(a - blockFirst);
      const low = lows + (local << 3);
      smallestEight(low, lowStride, paddedGroups, keep, evicted, sorted);
      const bound = v128.load(sorted + (<usize>((keep - 1) & 7) << 4));
      const count = below(sums + (local << 7), 128, sumStride, low, lowStride, groups, bound, keep, chosen, candidates);
      const sum = smallestEight(candidates, 16, count, keep, evicted, sorted);
      const next = v128.load(sorted + (<usize>((keep - 1) & 7) << 4));
      const at = <usize>a << 3;
      v128.store_lane<f64>(tailSums + at, sum, 0);
      v128.store_lane<f64>(tailNexts + at, next, 0);
      if (a + 1 < blockLast) {
        v128.store_lane<f64>(tailSums + at, sum, 1, 8);
        v128.store_lane<f64>(tailNexts + at, next, 1, 8);
      }
    }
  }
}

/** Scenario sums of the accounts in [first, last), [tile][account][16], and the minima of each tile's two lanes, [group][account]. */
function sumBlock(tiles: usize, tileCount: i32, tileBytes: usize, spans: usize, offsets: usize, lots: usize, first: i32, last: i32, sums: usize, sumStride: usize, lows: usize, lowStride: usize): void {
  for (let t = 0; t < tileCount; ++t) {
    const tile = tiles + <usize>t * tileBytes;
    let sumAt = sums + <usize>t * sumStride;
    let lowAt = lows + <usize>(t * 2) * lowStride;
    for (let a = first; a < last; ++a) {
      let p = <usize>load<u32>(spans + (<usize>a << 3));
      const end = <usize>load<u32>(spans + (<usize>a << 3), 4);
      //@repeat 0 8
      let sum$k = f64x2.splat(0);
      //@end
      for (; p + 1 < end; p += 2) {
        const rowA = tile + <usize>load<u32>(offsets + (p << 2));
        const rowB = tile + <usize>load<u32>(offsets + (p << 2), 4);
        const lotA = v128.load64_splat(lots + (p << 3));
        const lotB = v128.load64_splat(lots + (p << 3), 8);
        //@repeat 0 8
        sum$k = f64x2.add(sum$k, f64x2.mul(lotA, v128.load(rowA, $k * 16)));
        sum$k = f64x2.add(sum$k, f64x2.mul(lotB, v128.load(rowB, $k * 16)));
        //@end
      }
      if (p < end) {
        const row = tile + <usize>load<u32>(offsets + (p << 2));
        const lot = v128.load64_splat(lots + (p << 3));
        //@repeat 0 8
        sum$k = f64x2.add(sum$k, f64x2.mul(lot, v128.load(row, $k * 16)));
        //@end
      }
      //@repeat 0 8
      v128.store(sumAt, sum$k, $k * 16);
      //@end
      //@repeat 1 8
      sum0 = f64x2.pmin(sum0, sum$k);
      //@end
      v128.store_lane<f64>(lowAt, sum0, 0);
      v128.store_lane<f64>(lowAt + lowStride, sum0, 1);
      sumAt += 128;
      lowAt += 8;
    }
  }
}

/** Makes the repeated scenarios that fill the last tile too large to count. */
function hidePadding(sums: usize, sumStride: usize, lows: usize, lowStride: usize, tileCount: i32, padding: i32, accounts: i32): void {
  for (let a = 0; a < accounts; ++a) {
    const tileSums = sums + (<usize>a << 7) + <usize>(tileCount - 1) * sumStride;
    for (let k = 16 - padding; k < 16; ++k) store<f64>(tileSums + (<usize>k << 3), Infinity);
    let low = v128.load(tileSums);
    for (let k = 1; k < 8; ++k) low = f64x2.pmin(low, v128.load(tileSums + (<usize>k << 4)));
    const lowAt = lows + <usize>(tileCount - 1) * 2 * lowStride + (<usize>a << 3);
    v128.store_lane<f64>(lowAt, low, 0);
    v128.store_lane<f64>(lowAt + lowStride, low, 1);
  }
}

/**
 * Of `count` pairs of values (two accounts, one per lane), a multiple of 8, the sum of the `keep` − 1 smallest; and, in `sorted`, the
 * last eight of the `keep` smallest rounded up to a multiple of eight, ascending: the `keep`th is at (keep − 1) mod 8.
 */
function smallestEight(from: usize, stride: usize, count: i32, keep: i32, evicted: usize, sorted: usize): v128 {
  // Eight values at a time pass a sorting network and are merged with the eight smallest so far; what falls out is the input for
  // the next eight.
  let sum = f64x2.splat(0);
  while (true) {
    //@repeat 0 8
    v128.store(sorted, f64x2.splat(Infinity), $k * 16);
    //@end
    let lower: v128;
    let out = evicted;
    for (let c = 0; c < count; c += 8) {
      //@repeat 0 8
      let x$k = v128.load(from);
      from += stride;
      //@end
      // sort
      lower = f64x2.pmin(x0, x2);
      x2 = f64x2.pmax(x0, x2);
      x0 = lower;
      lower = f64x2.pmin(x1, x3);
      x3 = f64x2.pmax(x1, x3);
      x1 = lower;
      lower = f64x2.pmin(x4, x6);
      x6 = f64x2.pmax(x4, x6);
      x4 = lower;
      lower = f64x2.pmin(x5, x7);
      x7 = f64x2.pmax(x5, x7);
      x5 = lower;
      lower = f64x2.pmin(x0, x4);
      x4 = f64x2.pmax(x0, x4);
      x0 = lower;
      lower = f64x2.pmin(x1, x5);
      x5 = f64x2.pmax(x1, x5);
      x1 = lower;
      lower = f64x2.pmin(x2, x6);
      x6 = f64x2.pmax(x2, x6);
      x2 = lower;
      lower = f64x2.pmin(x3, x7);
      x7 = f64x2.pmax(x3, x7);
      x3 = lower;
      lower = f64x2.pmin(x0, x1);
      x1 = f64x2.pmax(x0, x1);
      x0 = lower;
      lower = f64x2.pmin(x2, x3);
      x3 = f64x2.pmax(x2, x3);
      x2 = lower;
      lower = f64x2.pmin(x4, x5);
      x5 = f64x2.pmax(x4, x5);
      x4 = lower;
      lower = f64x2.pmin(x6, x7);
      x7 = f64x2.pmax(x6, x7);
      x6 = lower;
      lower = f64x2.pmin(x2, x4);
      x4 = f64x2.pmax(x2, x4);
      x2 = lower;
      lower = f64x2.pmin(x3, x5);
      x5 = f64x2.pmax(x3, x5);
      x3 = lower;
      lower = f64x2.pmin(x1, x4);
      x4 = f64x2.pmax(x1, x4);
      x1 = lower;
      lower = f64x2.pmin(x3, x6);
      x6 = f64x2.pmax(x3, x6);
      x3 = lower;
      lower = f64x2.pmin(x1, x2);
      x2 = f64x2.pmax(x1, x2);
      x1 = lower;
      lower = f64x2.pmin(x3, x4);
      x4 = f64x2.pmax(x3, x4);
      x3 = lower;
      lower = f64x2.pmin(x5, x6);
      x6 = f64x2.pmax(x5, x6);
      x5 = lower;
      // the smaller halves of the two ascending lists, one of them reversed, are the eight smallest, first falling then rising
      let rest: v128;
      rest = v128.load(sorted, 0);
      let y0 = f64x2.pmin(rest, x7);
      v128.store(out, f64x2.pmax(rest, x7), 0);
      rest = v128.load(sorted, 16);
      let y1 = f64x2.pmin(rest, x6);
      v128.store(out, f64x2.pmax(rest, x6), 16);
      rest = v128.load(sorted, 32);
      let y2 = f64x2.pmin(rest, x5);
      v128.store(out, f64x2.pmax(rest, x5), 32);
      rest = v128.load(sorted, 48);
      let y3 = f64x2.pmin(rest, x4);
      v128.store(out, f64x2.pmax(rest, x4), 48);
      rest = v128.load(sorted, 64);
      let y4 = f64x2.pmin(rest, x3);
      v128.store(out, f64x2.pmax(rest, x3), 64);
      rest = v128.load(sorted, 80);
      let y5 = f64x2.pmin(rest, x2);
      v128.store(out, f64x2.pmax(rest, x2), 80);
      rest = v128.load(sorted, 96);
      let y6 = f64x2.pmin(rest, x1);
      v128.store(out, f64x2.pmax(rest, x1), 96);
      rest = v128.load(sorted, 112);
      let y7 = f64x2.pmin(rest, x0);
      v128.store(out, f64x2.pmax(rest, x0), 112);
      // sort that
      lower = f64x2.pmin(y0, y4);
      y4 = f64x2.pmax(y0, y4);
      y0 = lower;
      lower = f64x2.pmin(y1, y5);
      y5 = f64x2.pmax(y1, y5);
      y1 = lower;
      lower = f64x2.pmin(y2, y6);
      y6 = f64x2.pmax(y2, y6);
      y2 = lower;
      lower = f64x2.pmin(y3, y7);
      y7 = f64x2.pmax(y3, y7);
      y3 = lower;
      lower = f64x2.pmin(y0, y2);
      y2 = f64x2.pmax(y0, y2);
      y0 = lower;
      lower = f64x2.pmin(y1, y3);
      y3 = f64x2.pmax(y1, y3);
      y1 = lower;
      lower = f64x2.pmin(y4, y6);
      y6 = f64x2.pmax(y4, y6);
      y4 = lower;
      lower = f64x2.pmin(y5, y7);
      y7 = f64x2.pmax(y5, y7);
      y5 = lower;
      lower = f64x2.pmin(y0, y1);
      y1 = f64x2.pmax(y0, y1);
      y0 = lower;
      lower = f64x2.pmin(y2, y3);
      y3 = f64x2.pmax(y2, y3);
      y2 = lower;
      lower = f64x2.pmin(y4, y5);
      y5 = f64x2.pmax(y4, y5);
      y4 = lower;
      lower = f64x2.pmin(y6, y7);
      y7 = f64x2.pmax(y6, y7);
      y6 = lower;
      //@repeat 0 8
      v128.store(sorted, y$k, $k * 16);
      //@end
      out += 128;
    }
    const here = min(keep - 1, 8);
    for (let i = 0; i < here; ++i) sum = f64x2.add(sum, v128.load(sorted + (<usize>i << 4)));
    if (keep <= 8) return sum;
    from = evicted;
    stride = 16;
    keep -= 8;
  }
  return sum;
}

/** Collects the scenario sums of two accounts, the second `neighbour` bytes on, that lie below their `bound`, filled up with the bound to one length ≥ `keep`, a multiple of 8, which is returned. */
function below(sums: usize, neighbour: usize, sumStride: usize, low: usize, lowStride: usize, groups: i32, bound: v128, keep: i32, chosen: usize, candidates: usize): i32 {
  // Without branches on the data: write always, advance when it counts.
  let atA = chosen;
  let atB = chosen + 4;
  let group: usize = 0;
  for (let g = 0; g < groups; g += 2) {
    //@repeat 0 2
    const mask$k = i64x2.bitmask(f64x2.lt(v128.load(low + $k * lowStride), bound));
    store<u32>(atA, <u32>group + $k * 8);
    store<u32>(atB, <u32>group + $k * 8);
    atA += <usize>((mask$k & 1) << 3);
    atB += <usize>((mask$k & 2) << 2);
    //@end
    low += lowStride << 1;
    group += sumStride;
  }
  const endA = collect(sums, chosen, atA, f64x2.extract_lane(bound, 0), candidates);
  const endB = collect(sums + neighbour, chosen + 4, atB, f64x2.extract_lane(bound, 1), candidates + 8);
  const end = candidates + ((max(max(endA, endB - 8) - candidates, <usize>keep << 4) + 127) & ~127);
  for (let at = endA; at < end; at += 16) v128.store_lane<f64>(at, bound, 0);
  for (let at = endB; at < end + 8; at += 16) v128.store_lane<f64>(at, bound, 1);
  return <i32>((end - candidates) >> 4);
}

// @ts-ignore: decorator
@inline
function collect(sums: usize, chosen: usize, chosenEnd: usize, bound: f64, at: usize): usize {
  for (; chosen < chosenEnd; chosen += 8) {
    const group = sums + <usize>load<u32>(chosen);
    //@repeat 0 8
    const x$k = load<f64>(group, $k * 16);
    store<f64>(at, x$k);
    at += <usize>(x$k < bound) << 4;
    //@end
  }
  return at;
}

/** The scenario sums of positions [from, to) → vector, from the matrix by rows: [instrument][tileCount × 16] f64. */
export function vector(rows: usize, tileCount: i32, offsets: usize, lots: usize, from: i32, to: i32, vector: usize): void {
  for (let t = 0; t < tileCount; ++t) {
    const tile = rows + <usize>t * 128;
    //@repeat 0 8
    let sum$k = f64x2.splat(0);
    //@end
    for (let p = <usize>from; p < <usize>to; ++p) {
      const row = tile + <usize>load<u32>(offsets + (p << 2)) * <usize>tileCount;
      const lot = v128.load64_splat(lots + (p << 3));
      //@repeat 0 8
      sum$k = f64x2.add(sum$k, f64x2.mul(lot, v128.load(row, $k * 16)));
      //@end
    }
    const at = vector + <usize>t * 128;
    //@repeat 0 8
    v128.store(at, sum$k, $k * 16);
    //@end
  }
}

/** The smallest of vector + lots × row: what an order would leave an account with, at worst. */
export function orderWorst(vector: usize, row: usize, lots: f64, tileCount: i32): f64 {
  const lot = f64x2.splat(lots);
  //@repeat 0 4
  let low$k = f64x2.splat(Infinity);
  //@end
  const end = vector + <usize>tileCount * 128;
  for (; vector < end; vector += 64) {
    //@repeat 0 4
    low$k = f64x2.pmin(low$k, f64x2.add(v128.load(vector, $k * 16), f64x2.mul(lot, v128.load(row, $k * 16))));
    //@end
    row += 64;
  }
  low0 = f64x2.pmin(f64x2.pmin(low0, low1), f64x2.pmin(low2, low3));
  return min(f64x2.extract_lane(low0, 0), f64x2.extract_lane(low0, 1));
}

/** The tail of vector + lots × row: the sum of the `tail` smallest → tailSum, the next → tailNext. */
export function orderShortfall(vector: usize, row: usize, lots: f64, tileCount: i32, scenarios: i32, tail: i32, scratch: usize, tailSum: usize, tailNext: usize): void {
  const groups = tileCount * 2;
  const paddedGroups = (groups + 7) & ~7;
  const keep = tail + 1;
  const sums = scratch;
  const lows = sums + <usize>tileCount * 128;
  const sorted = lows + <usize>paddedGroups * 16;
  const chosen = sorted + 128;
  const candidates = chosen + <usize>(groups + 1) * 8;
  const evicted = candidates + <usize>(groups + 2) * 128;
  for (let at = lows + <usize>groups * 16; at < sorted; at += 8) store<f64>(at, Infinity);
  const lot = f64x2.splat(lots);
  for (let s: usize = 0; s < <usize>tileCount * 128; s += 16) {
    v128.store(sums + s, f64x2.add(v128.load(vector + s), f64x2.mul(lot, v128.load(row + s))));
  }
  for (let s = scenarios; s < tileCount * 16; ++s) store<f64>(sums + (<usize>s << 3), Infinity);
  // One account in both lanes.
  for (let t: usize = 0; t < <usize>tileCount; ++t) {
    const tile = sums + t * 128;
    let low = v128.load(tile);
    //@repeat 1 8
    low = f64x2.pmin(low, v128.load(tile, $k * 16));
    //@end
    v128.store(lows + t * 32, v128.shuffle<f64>(low, low, 0, 0));
    v128.store(lows + t * 32, v128.shuffle<f64>(low, low, 1, 1), 16);
  }
  smallestEight(lows, 16, paddedGroups, keep, evicted, sorted);
  const bound = v128.load(sorted + (<usize>((keep - 1) & 7) << 4));
  const count = below(sums, 0, 128, lows, 16, groups, bound, keep, chosen, candidates);
  const sum = smallestEight(candidates, 16, count, keep, evicted, sorted);
  v128.store_lane<f64>(tailSum, sum, 0);
  v128.store_lane<f64>(tailNext, v128.load(sorted + (<usize>((keep - 1) & 7) << 4)), 0);
}

/**
 * The tail of a distribution whose scenarios have weights: positive integers, `mass` of them in the tail, at most all. With q the value at
 * which the weights of all smaller and equal sums reach `mass`: the weighted sum of what is smaller than q → tailSums[account], q →
 * tailNexts[account], the weight of what is smaller → tailWeights[account].
 */
export function shortfallWeighted(tiles: usize, tileCount: i32, tileBytes: usize, spans: usize, offsets: usize, lots: usize, first: i32, last: i32, scenarios: i32, mass: f64, weights: usize, block: i32, scratch: usize, tailSums: usize, tailNexts: usize, tailWeights: usize): void {
  const sumStride = <usize>block * 128 + 128;
  const lows = scratch + <usize>tileCount * sumStride;
  const lowStride = <usize>(block + 8) * 8;
  const values = lows + <usize>(tileCount * 2) * lowStride;
  for (let blockFirst = first; blockFirst < last; blockFirst += block) {
    const blockLast = min(blockFirst + block, last);
    sumBlock(tiles, tileCount, tileBytes, spans, offsets, lots, blockFirst, blockLast, scratch, sumStride, lows, lowStride);
    for (let a = blockFirst; a < blockLast; ++a) {
      const sums = scratch + (<usize>(a - blockFirst) << 7);
      for (let s = 0; s < scenarios; ++s) {
        store<f64>(values + (<usize>s << 4), load<f64>(sums + <usize>(s >> 4) * sumStride + (<usize>(s & 15) << 3)));
        store<f64>(values + (<usize>s << 4), load<f64>(weights + (<usize>s << 3)), 8);
      }
      const at = <usize>a << 3;
      weightedTail(values, scenarios, mass, tailSums + at, tailNexts + at, tailWeights + at);
    }
  }
}

/** The weighted tail of vector + lots × row, as `shortfallWeighted`. */
export function orderShortfallWeighted(vector: usize, row: usize, lots: f64, scenarios: i32, mass: f64, weights: usize, scratch: usize, tailSum: usize, tailNext: usize, tailWeight: usize): void {
  for (let s: usize = 0; s < <usize>scenarios; ++s) {
    store<f64>(scratch + (s << 4), load<f64>(vector + (s << 3)) + lots * load<f64>(row + (s << 3)));
    store<f64>(scratch + (s << 4), load<f64>(weights + (s << 3)), 8);
  }
  weightedTail(scratch, scenarios, mass, tailSum, tailNext, tailWeight);
}

/** Quickselect by weight on `count` pairs of value and weight, in place. */
function weightedTail(pairs: usize, count: i32, mass: f64, tailSum: usize, tailNext: usize, tailWeight: usize): void {
  let low = pairs;
  let high = pairs + (<usize>count << 4);
  let weight: f64 = 0;
  let sum: f64 = 0;
  while (true) {
    const a = load<f64>(low);
    const b = load<f64>(low + ((((high - low) >> 4) >> 1) << 4));
    const z = load<f64>(high - 16);
    const pivot = max(min(a, b), min(max(a, b), z));
    let lesser = low;
    let at = low;
    let greater = high;
    let lesserWeight: f64 = 0;
    let lesserSum: f64 = 0;
    let equalWeight: f64 = 0;
    while (at < greater) {
      const pair = v128.load(at);
      const x = f64x2.extract_lane(pair, 0);
      const w = f64x2.extract_lane(pair, 1);
      if (x < pivot) {
        v128.store(at, v128.load(lesser));
        v128.store(lesser, pair);
        lesserWeight += w;
        lesserSum += w * x;
        lesser += 16;
        at += 16;
      } else if (x > pivot) {
        greater -= 16;
        v128.store(at, v128.load(greater));
        v128.store(greater, pair);
      } else {
        equalWeight += w;
        at += 16;
      }
    }
    if (weight + lesserWeight >= mass) {
      high = lesser;
    } else if (weight + lesserWeight + equalWeight >= mass) {
      store<f64>(tailSum, sum + lesserSum);
      store<f64>(tailNext, pivot);
      store<f64>(tailWeight, weight + lesserWeight);
      return;
    } else {
      weight += lesserWeight + equalWeight;
      sum += lesserSum + equalWeight * pivot;
      low = greater;
    }
  }
}
