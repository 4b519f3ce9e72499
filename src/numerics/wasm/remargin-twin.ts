import { type KernelMemory } from "./webassembly.ts";
import { type RemarginFunctions } from "./remargin-kernel.ts";

// remargin.as.ts in plain TypeScript: its oracle, bit for bit, and what runs where there is no WebAssembly SIMD.

const tileScenarios = 16;

interface TailAddresses {
  readonly sum: number;
  readonly next: number;
  readonly weight: number;
}

/** The functions of the re-margin kernel over `memory`, without WebAssembly. */
export function remarginTwin(memory: KernelMemory): RemarginFunctions {
  const doubles = new Float64Array(memory.buffer, 0, Math.floor(memory.buffer.byteLength / 8));
  const words = new Uint32Array(memory.buffer, 0, Math.floor(memory.buffer.byteLength / 4));
  // Every index below is within the memory's layout, so the fallback value is never used.
  const double = (at: number): number => doubles[at] ?? 0;
  const word = (at: number): number => words[at] ?? 0;

  /** Adds lots × row for positions `from` to `to` of one tile into `sums`, starting at `sumsFrom`. */
  function addTile(
    tile: number,
    offsets: number,
    lots: number,
    from: number,
    to: number,
    sums: Float64Array,
    sumsFrom: number,
  ): void {
    for (let k = 0; k < tileScenarios; k++) sums[sumsFrom + k] = 0;
    for (let p = from; p < to; p++) {
      const row = (tile + word(offsets / 4 + p)) / 8;
      const lot = double(lots / 8 + p);
      for (let k = 0; k < tileScenarios; k++) {
        sums[sumsFrom + k] = (sums[sumsFrom + k] ?? 0) + lot * double(row + k);
      }
    }
  }

  function least(sums: Float64Array, count: number): number {
    let low = Infinity;
    for (let s = 0; s < count; s++) low = Math.min(low, sums[s] ?? low);
    return low;
  }

  /** Sum of the `tail` smallest of the first `scenarios` sums, smallest first, and the next. Sorts `sums`. */
  function writeTail(
    sums: Float64Array,
    scenarios: number,
    tail: number,
    sumAt: number,
    nextAt: number,
  ): void {
    const sorted = sums.subarray(0, scenarios).sort();
    let sum = 0;
    for (let s = 0; s < tail; s++) sum += sorted[s] ?? 0;
    doubles[sumAt / 8] = sum;
    doubles[nextAt / 8] = sorted[tail] ?? Infinity;
  }

  /** The tail of weighted sums: what is smaller than the value at which the weights reach `mass`, that value, and the weight before it. */
  function writeWeightedTail(
    sums: Float64Array,
    scenarios: number,
    mass: number,
    weights: number,
    at: TailAddresses,
  ): void {
    const order = Uint32Array.from({ length: scenarios }, (_, s) => s).sort(
      (a, b) => (sums[a] ?? 0) - (sums[b] ?? 0),
    );
    let sum = 0;
    let weight = 0;
    for (let i = 0; i < scenarios;) {
      const value = sums[order[i] ?? 0] ?? 0;
      let equalWeight = 0;
      for (; i < scenarios && sums[order[i] ?? 0] === value; i++)
        equalWeight += double(weights / 8 + (order[i] ?? 0));
      if (weight + equalWeight >= mass) {
        doubles[at.sum / 8] = sum;
        doubles[at.next / 8] = value;
        doubles[at.weight / 8] = weight;
        return;
      }
      sum += equalWeight * value;
      weight += equalWeight;
    }
  }

  return {
    worst(tiles, tileCount, tileBytes, spans, offsets, lots, first, last, worst) {
      const sums = new Float64Array(tileCount * tileScenarios);
      for (let a = first; a < last; a++) {
        const from = word(spans / 4 + 2 * a);
        const to = word(spans / 4 + 2 * a + 1);
        for (let t = 0; t < tileCount; t++) {
          addTile(tiles + t * tileBytes, offsets, lots, from, to, sums, t * tileScenarios);
        }
        doubles[worst / 8 + a] = least(sums, sums.length);
      }
    },

    shortfall(
      tiles,
      tileCount,
      tileBytes,
      spans,
      offsets,
      lots,
      first,
      last,
      scenarios,
      tail,
      _block,
      _scratch,
      tailSums,
      tailNexts,
    ) {
      const sums = new Float64Array(tileCount * tileScenarios);
      for (let a = first; a < last; a++) {
        const from = word(spans / 4 + 2 * a);
        const to = word(spans / 4 + 2 * a + 1);
        for (let t = 0; t < tileCount; t++) {
          addTile(tiles + t * tileBytes, offsets, lots, from, to, sums, t * tileScenarios);
        }
        writeTail(sums, scenarios, tail, tailSums + 8 * a, tailNexts + 8 * a);
      }
    },

    shortfallWeighted(
      tiles,
      tileCount,
      tileBytes,
      spans,
      offsets,
      lots,
      first,
      last,
      scenarios,
      mass,
      weights,
      _block,
      _scratch,
      tailSums,
      tailNexts,
      tailWeights,
    ) {
      const sums = new Float64Array(tileCount * tileScenarios);
      for (let a = first; a < last; a++) {
        const from = word(spans / 4 + 2 * a);
        const to = word(spans / 4 + 2 * a + 1);
        for (let t = 0; t < tileCount; t++) {
          addTile(tiles + t * tileBytes, offsets, lots, from, to, sums, t * tileScenarios);
        }
        const at = { sum: tailSums + 8 * a, next: tailNexts + 8 * a, weight: tailWeights + 8 * a };
        writeWeightedTail(sums, scenarios, mass, weights, at);
      }
    },

    vector(rows, tileCount, offsets, lots, from, to, vector) {
      const width = tileCount * tileScenarios;
      for (let s = 0; s < width; s++) doubles[vector / 8 + s] = 0;
      for (let p = from; p < to; p++) {
        const row = (rows + word(offsets / 4 + p) * tileCount) / 8;
        const lot = double(lots / 8 + p);
        for (let s = 0; s < width; s++) {
          doubles[vector / 8 + s] = double(vector / 8 + s) + lot * double(row + s);
        }
      }
    },

    orderWorst(vector, row, lots, tileCount) {
      let low = Infinity;
      for (let s = 0; s < tileCount * tileScenarios; s++) {
        low = Math.min(low, double(vector / 8 + s) + lots * double(row / 8 + s));
      }
      return low;
    },

    orderShortfall(vector, row, lots, tileCount, scenarios, tail, _scratch, tailSum, tailNext) {
      const sums = new Float64Array(tileCount * tileScenarios);
      for (let s = 0; s < sums.length; s++) sums[s] = double(vector / 8 + s) + lots * double(row / 8 + s);
      writeTail(sums, scenarios, tail, tailSum, tailNext);
    },

    orderShortfallWeighted(
      vector,
      row,
      lots,
      scenarios,
      mass,
      weights,
      _scratch,
      tailSum,
      tailNext,
      tailWeight,
    ) {
      const sums = new Float64Array(scenarios);
      for (let s = 0; s < scenarios; s++) sums[s] = double(vector / 8 + s) + lots * double(row / 8 + s);
      writeWeightedTail(sums, scenarios, mass, weights, { sum: tailSum, next: tailNext, weight: tailWeight });
    },
  };
}
