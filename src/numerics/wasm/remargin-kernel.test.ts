import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { randomStream } from "../random.ts";
import {
  bestImplementation,
  firstFreeByte,
  type KernelImplementation,
  remarginKernel,
  remarginMemory,
  shortfallBlock,
  shortfallScratchBytes,
  tileRowBytes,
  tileScenarios,
} from "./remargin-kernel.ts";

interface Case {
  readonly accounts: number;
  readonly instruments: number;
  readonly scenarios: number;
  readonly tail: number;
  /** Profits are integers up to this. Small ones make ties. */
  readonly profitMax: number;
  readonly positionsMax: number;
  readonly shared?: boolean;
}

/** Runs every function of the kernel on one seeded book and gives all results. */
function run(implementation: KernelImplementation, seed: number, book: Case): Float64Array[] {
  const { accounts, instruments, scenarios, tail, shared = false } = book;
  const random = randomStream(seed);
  const integer = (below: number): number => Math.floor(random.nextFloat() * below);
  const tileCount = Math.ceil(scenarios / tileScenarios);
  const width = tileCount * tileScenarios;
  const spanValues: number[] = [];
  const rows: number[] = [];
  for (let a = 0; a < accounts; a++) {
    const count = integer(book.positionsMax + 1);
    spanValues.push(rows.length, rows.length + count);
    for (let p = 0; p < count; p++) rows.push(integer(instruments));
  }
  const lotValues = rows.map(() => integer(41) - 20);
  const profits = Float64Array.from(
    { length: instruments * scenarios },
    () => integer(2 * book.profitMax + 1) - book.profitMax,
  );

  let next = firstFreeByte;
  const take = (bytes: number): number => {
    const at = next;
    next += Math.ceil(bytes / 64) * 64;
    return at;
  };
  const tiles = take(instruments * width * 8);
  const rowMatrix = take(instruments * width * 8);
  const spans = take(accounts * 8);
  const offsets = take(rows.length * 4);
  const lots = take(rows.length * 8);
  const worst = take(accounts * 8);
  const sums = take(accounts * 8);
  const nexts = take(accounts * 8);
  const vector = take(width * 8);
  const orders = take(64);
  const weights = take(scenarios * 8);
  const weighted = [take(accounts * 8), take(accounts * 8), take(accounts * 8)] as const;
  const scratch = take(shortfallScratchBytes(tileCount));
  const memory = remarginMemory(next, shared, implementation);
  const kernel = remarginKernel(memory, shared, implementation);
  assert.equal(kernel.implementation, implementation);
  const doubles = new Float64Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  for (let i = 0; i < instruments; i++) {
    for (let s = 0; s < width; s++) {
      const profit = profits[i * scenarios + Math.min(s, scenarios - 1)] ?? 0;
      doubles[rowMatrix / 8 + i * width + s] = profit;
      doubles[tiles / 8 + (Math.floor(s / 16) * instruments + i) * 16 + (s % 16)] = profit;
    }
  }
  words.set(spanValues, spans / 4);
  words.set(
    rows.map((row) => row * tileRowBytes),
    offsets / 4,
  );
  doubles.set(lotValues, lots / 8);

  const tileBytes = instruments * tileRowBytes;
  kernel.worst(tiles, tileCount, tileBytes, spans, offsets, lots, 0, accounts, worst);
  kernel.shortfall(
    tiles,
    tileCount,
    tileBytes,
    spans,
    offsets,
    lots,
    0,
    accounts,
    scenarios,
    tail,
    shortfallBlock(tileCount),
    scratch,
    sums,
    nexts,
  );
  let total = 0;
  for (let s = 0; s < scenarios; s++) total += doubles[weights / 8 + s] = 1 + (s % 3 === 0 ? integer(50) : 0);
  const mass = 1 + random.nextFloat() * (total - 1);
  kernel.shortfallWeighted(
    tiles,
    tileCount,
    tileBytes,
    spans,
    offsets,
    lots,
    0,
    accounts,
    scenarios,
    mass,
    weights,
    shortfallBlock(tileCount),
    scratch,
    ...weighted,
  );
  const results = [worst, sums, nexts, ...weighted].map((at) => doubles.slice(at / 8, at / 8 + accounts));
  for (let a = 0; a < Math.min(accounts, 20); a++) {
    kernel.vector(
      rowMatrix,
      tileCount,
      offsets,
      lots,
      spanValues[2 * a] ?? 0,
      spanValues[2 * a + 1] ?? 0,
      vector,
    );
    const row = rowMatrix + integer(instruments) * width * 8;
    const size = integer(41) - 20;
    const least = kernel.orderWorst(vector, row, size, tileCount);
    kernel.orderShortfall(vector, row, size, tileCount, scenarios, tail, scratch, orders, orders + 8);
    kernel.orderShortfallWeighted(
      vector,
      row,
      size,
      scenarios,
      mass,
      weights,
      scratch,
      orders + 16,
      orders + 24,
      orders + 32,
    );
    results.push(
      doubles.slice(vector / 8, vector / 8 + width),
      Float64Array.of(least),
      doubles.slice(orders / 8, orders / 8 + 5),
    );
  }
  return results;
}

const usual = { accounts: 301, instruments: 50, scenarios: 256, tail: 6, profitMax: 1e7, positionsMax: 20 };
const cases: Record<string, Case> = {
  usual,
  "many accounts": { ...usual, accounts: 9001, positionsMax: 6 },
  "shared memory": { ...usual, shared: true },
  "one account, one scenario": { ...usual, accounts: 1, scenarios: 1, tail: 1 },
  "the last tile is not full": { ...usual, scenarios: 250 },
  "fewer groups than the tail": { ...usual, scenarios: 20, tail: 9 },
  "the tail is everything": { ...usual, scenarios: 33, tail: 33 },
  "a tail of one": { ...usual, tail: 1 },
  "a tail of seven, eight registers": { ...usual, tail: 7 },
  "a tail of eight, nine registers": { ...usual, tail: 8 },
  "a long tail": { ...usual, scenarios: 1000, tail: 25 },
  "a tail of most scenarios": { ...usual, accounts: 40, scenarios: 100, tail: 90 },
  "profits full of ties": { ...usual, profitMax: 1, positionsMax: 3 },
  "all profits zero": { ...usual, profitMax: 0 },
  "no positions": { ...usual, positionsMax: 0 },
};

for (const [name, book] of Object.entries(cases)) {
  test(`re-margin: WebAssembly and TypeScript give the same bits: ${name}`, () => {
    assert.equal(bestImplementation(book.shared ?? false), "wasm");
    for (const seed of [1, 2, 3]) {
      const wasm = run("wasm", seed, book);
      const twin = run("typescript", seed, book);
      assert.equal(wasm.length, twin.length);
      for (const [i, values] of wasm.entries()) {
        assert.deepEqual(
          new BigUint64Array(values.buffer),
          new BigUint64Array(twin[i]?.buffer ?? new ArrayBuffer(0)),
          `${name} ${seed} ${i}`,
        );
      }
    }
  });
}

test("the committed kernels equal a fresh build from their sources", () => {
  const script = fileURLToPath(new URL("../../../scripts/kernel/build.mjs", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /equals a fresh build/);
});
