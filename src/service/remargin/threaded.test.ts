import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/random.ts";
import { type LotBook, type LotMatrix, remargin } from "../../risk/remargin/index.ts";
import { threadedRemargin } from "./threaded.ts";

const accountCount = 30_000;
const instrumentCount = 100;
const scenarioCount = 70;

function randomBook(seed: number): { book: LotBook; matrix: LotMatrix } {
  const random = randomStream(seed);
  const starts = new Uint32Array(accountCount + 1);
  for (let a = 0; a < accountCount; a++) starts[a + 1] = (starts[a] ?? 0) + random.nextBelow(8);
  const positionCount = starts[accountCount] ?? 0;
  const signed = (most: number): number => random.nextBelow(2 * most + 1) - most;
  return {
    book: {
      accountCount,
      starts,
      instruments: Uint32Array.from({ length: positionCount }, () => random.nextBelow(instrumentCount)),
      lots: Float64Array.from({ length: positionCount }, () => signed(100)),
    },
    matrix: {
      instrumentCount,
      scenarioCount,
      unitUsd: 1e-6,
      pnlUnits: Float64Array.from({ length: instrumentCount * scenarioCount }, () => signed(10_000_000)),
    },
  };
}

for (const [kind, extra] of [
  ["all scenarios alike", {}],
  [
    "a weighted distribution",
    { distributionCount: 50, weights: Array.from({ length: 50 }, (_, s) => 1 + (s % 4)) },
  ],
] as const) {
  test(`${kind}: three threads give the bits that one gives, again and again, and after a tick`, async () => {
    const { book, matrix } = randomBook(7);
    const options = { tail: 2.5, ...extra, groups: Array.from({ length: instrumentCount }, (_, i) => i % 5) };
    const single = remargin(book, matrix, options);
    const threaded = await threadedRemargin(book, matrix, { ...options, threadCount: 3 });
    try {
      const worst = single.worst();
      const shortfall = single.expectedShortfall();
      for (let again = 0; again < 20; again++) {
        assert.deepEqual(threaded.worst().slice(), worst.slice());
        assert.deepEqual(threaded.expectedShortfall().slice(), shortfall.slice());
      }
      const update = {
        instruments: [3],
        pnlUnits: Float64Array.from({ length: scenarioCount }, (_, s) => s * 1000 - 40_000),
      };
      assert.deepEqual(threaded.applyTick(update), single.applyTick(update));
      assert.deepEqual(threaded.worst().slice(), worst.slice());
      assert.deepEqual(threaded.expectedShortfall().slice(), shortfall.slice());
      assert.deepEqual(threaded.checkOrder(5, 3, -2), single.checkOrder(5, 3, -2));
    } finally {
      await threaded.close();
    }
  });
}
