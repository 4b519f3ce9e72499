import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { PlimsollError } from "../../src/quantity/index.ts";
import { type KernelImplementation } from "../../src/numerics/wasm/remargin-kernel.ts";
import { type LotBook, remargin } from "../../src/risk/remargin/index.ts";
import {
  type PlainMatrix,
  scenarioSums,
  shortfallOf,
  weightedShortfallOf,
  worstOf,
} from "../model/remargin.ts";

interface Situation {
  readonly book: LotBook;
  readonly matrix: PlainMatrix;
  readonly groups: readonly number[];
  readonly tail: number;
}

const profit = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -1e8, max: 1e8 }));

const situation: fc.Arbitrary<Situation> = fc
  .record({
    instrumentCount: fc.integer({ min: 1, max: 8 }),
    scenarioCount: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(16, 32, 256)),
    accountCount: fc.integer({ min: 0, max: 12 }),
  })
  .chain(({ instrumentCount, scenarioCount, accountCount }) =>
    fc
      .record({
        rows: fc.array(fc.array(profit, { minLength: scenarioCount, maxLength: scenarioCount }), {
          minLength: instrumentCount,
          maxLength: instrumentCount,
        }),
        groups: fc.array(fc.nat(2), { minLength: instrumentCount, maxLength: instrumentCount }),
        holdings: fc.array(
          fc.array(fc.tuple(fc.nat(instrumentCount - 1), fc.integer({ min: -1000, max: 1000 })), {
            maxLength: 6,
          }),
          { minLength: accountCount, maxLength: accountCount },
        ),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        wholeTail: fc.boolean(),
      })
      .map(({ rows, groups, holdings, share, wholeTail }) => {
        const starts = new Uint32Array(accountCount + 1);
        for (const [a, held] of holdings.entries()) starts[a + 1] = (starts[a] ?? 0) + held.length;
        const tail = 1 + share * (scenarioCount - 1);
        return {
          book: {
            accountCount,
            starts,
            instruments: Uint32Array.from(holdings.flat(), ([instrument]) => instrument),
            lots: Float64Array.from(holdings.flat(), ([, lots]) => lots),
          },
          matrix: { scenarioCount, rows },
          groups,
          tail: wholeTail ? Math.floor(tail) : tail,
        };
      }),
  );

const lotMatrix = ({ scenarioCount, rows }: PlainMatrix) => ({
  instrumentCount: rows.length,
  scenarioCount,
  unitUsd: 1e-6,
  pnlUnits: Float64Array.from(rows.flat()),
});

const implementations: readonly KernelImplementation[] = ["wasm", "typescript"];
const everyAccount = ({ book }: Situation): number[] =>
  Array.from({ length: book.accountCount }, (_, a) => a);

for (const implementation of implementations) {
  const start = ({ book, matrix, tail, groups }: Situation, keepVectors = false) =>
    remargin(book, lotMatrix(matrix), { tail, groups, implementation, keepVectors });

  test(`re-margin (${implementation}) equals exact integers, bit for bit`, () => {
    fc.assert(
      fc.property(situation, (given) => {
        const { book, matrix, tail } = given;
        const engine = start(given);
        assert.equal(engine.implementation, implementation);
        const sums = everyAccount(given).map((a) => scenarioSums(book, matrix, a));
        assert.deepEqual([...engine.worst()], sums.map(worstOf));
        assert.deepEqual(
          [...engine.expectedShortfall()],
          sums.map((each) => shortfallOf(each, tail)),
        );
        for (const [a, each] of sums.entries()) assert.deepEqual([...engine.scenarios(a)], each.map(Number));
      }),
      { numRuns: 150 },
    );
  });

  test(`an order check (${implementation}) equals the account's re-margin with the order in the book`, () => {
    fc.assert(
      fc.property(
        situation,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: -100, max: 100 }),
        fc.boolean(),
        (given, i, j, lots, keep) => {
          const { book, matrix, tail } = given;
          if (book.accountCount === 0) return;
          const account = i % book.accountCount;
          const instrument = j % matrix.rows.length;
          const engine = start(given, keep);
          const sums = scenarioSums(book, matrix, account, { instrument, lots });
          for (let twice = 0; twice < 2; twice++) {
            assert.deepEqual(engine.checkOrder(account, instrument, lots), {
              worstUnits: worstOf(sums),
              shortfallUnits: shortfallOf(sums, tail),
            });
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test(`a tick (${implementation}) leaves what a new engine would give, and re-margins only holders`, () => {
    fc.assert(
      fc.property(
        situation,
        fc.array(fc.tuple(fc.nat(), fc.infiniteStream(profit)), { maxLength: 3 }),
        fc.boolean(),
        (given, ticks, keep) => {
          const { book, matrix, groups, tail } = given;
          const engine = start(given, keep);
          const worst = engine.worst();
          const shortfall = engine.expectedShortfall();
          for (const a of everyAccount(given)) engine.scenarios(a);
          const rows = [...matrix.rows];
          const updates = new Map(
            ticks.map(([i, stream]) => [i % rows.length, [...stream.take(matrix.scenarioCount)]] as const),
          );
          for (const [i, row] of updates) rows[i] = row;
          const touched = engine.applyTick({
            instruments: [...updates.keys()],
            pnlUnits: Float64Array.from([...updates.values()].flat()),
          });
          const moved = new Set([...updates.keys()].map((i) => groups[i]));
          const holders = everyAccount(given).filter((a) => {
            const from = book.starts[a] ?? 0;
            const to = book.starts[a + 1] ?? 0;
            return book.instruments
              .slice(from, to)
              .some((instrument, p) => book.lots[from + p] !== 0 && moved.has(groups[instrument]));
          });
          assert.deepEqual([...touched], holders);
          const after = { scenarioCount: matrix.scenarioCount, rows };
          const sums = everyAccount(given).map((a) => scenarioSums(book, after, a));
          assert.deepEqual([...worst], sums.map(worstOf));
          assert.deepEqual(
            [...shortfall],
            sums.map((each) => shortfallOf(each, tail)),
          );
          for (const [a, each] of sums.entries())
            assert.deepEqual([...engine.scenarios(a)], each.map(Number));
        },
      ),
      { numRuns: 150 },
    );
  });

  test(`a weighted distribution beside competing scenarios (${implementation}): all of the above`, () => {
    fc.assert(
      fc.property(
        situation,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 256, maxLength: 256 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: -100, max: 100 }),
        (given, someWeights, splitShare, massShare, lots) => {
          const { book, matrix, groups } = given;
          const { scenarioCount, rows } = matrix;
          if (scenarioCount < 2) return;
          const distributionCount = 1 + Math.floor(splitShare * (scenarioCount - 2));
          const weights = someWeights.slice(0, distributionCount);
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          // twice the whole, so that boundaries fall on whole numbers often
          const tail = Math.max(1, Math.floor(massShare * total * 2) / 2);
          const options = { tail, distributionCount, weights, groups, implementation, keepVectors: lots > 0 };
          const engine = remargin(book, lotMatrix(matrix), options);
          const worst = engine.worst();
          const shortfall = engine.expectedShortfall();
          const expected = (sums: readonly bigint[], of = tail) => ({
            worstUnits: worstOf(sums.slice(distributionCount)),
            shortfallUnits:
              total === distributionCount
                ? shortfallOf(sums.slice(0, distributionCount), of)
                : weightedShortfallOf(sums.slice(0, distributionCount), weights, of),
          });
          const lesserTail = 1 + (tail - 1) * splitShare;
          const verify = (current: PlainMatrix): void => {
            const lesser = engine.expectedShortfallOf(lesserTail);
            for (const a of everyAccount(given)) {
              const sums = scenarioSums(book, current, a);
              assert.deepEqual({ worstUnits: worst[a], shortfallUnits: shortfall[a] }, expected(sums));
              assert.equal(lesser[a], expected(sums, lesserTail).shortfallUnits);
              assert.deepEqual([...engine.scenarios(a)], sums.map(Number));
              const order = { instrument: a % rows.length, lots };
              assert.deepEqual(
                engine.checkOrder(a, order.instrument, lots),
                expected(scenarioSums(book, current, a, order)),
              );
            }
          };
          verify(matrix);
          const swapped = [rows.at(-1) ?? [], ...rows.slice(1)];
          engine.applyTick({ instruments: [0], pnlUnits: Float64Array.from(swapped[0] ?? []) });
          verify({ scenarioCount, rows: swapped });
        },
      ),
      { numRuns: 150 },
    );
  });

  test(`fills and ticks (${implementation}) leave what a new engine would give`, () => {
    const step = fc.record({
      account: fc.nat(),
      instrument: fc.nat(),
      lots: fc.integer({ min: -50, max: 50 }),
      ticks: fc.boolean(),
      close: fc.boolean(),
    });
    fc.assert(
      fc.property(situation, fc.array(step, { maxLength: 12 }), fc.boolean(), (given, steps, keepVectors) => {
        const { book, matrix, groups, tail } = given;
        const { scenarioCount } = matrix;
        if (book.accountCount === 0) return;
        const options = { tail, groups, implementation, keepVectors, sparePositions: 2 };
        const engine = remargin(book, lotMatrix(matrix), options);
        const worst = engine.worst();
        const shortfall = engine.expectedShortfall();
        const rows = [...matrix.rows];
        // the obvious book: lots by account and instrument
        const holdings = everyAccount(given).map((a) => {
          const held = new Map<number, number>();
          for (let p = book.starts[a] ?? 0; p < (book.starts[a + 1] ?? 0); p++) {
            const instrument = book.instruments[p] ?? 0;
            held.set(instrument, (held.get(instrument) ?? 0) + (book.lots[p] ?? 0));
          }
          return held;
        });
        for (const { account: i, instrument: j, lots: change, ticks, close } of steps) {
          const account = i % book.accountCount;
          const instrument = j % rows.length;
          if (ticks) {
            rows[instrument] = rows[(instrument + 1) % rows.length] ?? [];
            engine.applyTick({
              instruments: [instrument],
              pnlUnits: Float64Array.from(rows[instrument] ?? []),
            });
            continue;
          }
          const held = holdings[account] ?? new Map<number, number>();
          const lots = close ? -(held.get(instrument) ?? 0) : change;
          try {
            engine.applyFill(account, instrument, lots);
            held.set(instrument, (held.get(instrument) ?? 0) + lots);
          } catch (error) {
            // no place left: only when all spare places are taken, and then nothing has changed
            assert.ok(error instanceof PlimsollError && error.code === "PLM_LIMIT", String(error));
            assert.equal(held.get(instrument) ?? 0, 0);
            assert.ok([...held.values()].filter((size) => size !== 0).length >= 2);
          }
        }
        const now: LotBook = {
          accountCount: book.accountCount,
          starts: Uint32Array.from({ length: book.accountCount + 1 }, (_, a) =>
            holdings.slice(0, a).reduce((count, { size }) => count + size, 0),
          ),
          instruments: Uint32Array.from(holdings.flatMap((held) => [...held.keys()])),
          lots: Float64Array.from(holdings.flatMap((held) => [...held.values()])),
        };
        for (const a of everyAccount(given)) {
          const sums = scenarioSums(now, { scenarioCount, rows }, a);
          assert.deepEqual([worst[a], shortfall[a]], [worstOf(sums), shortfallOf(sums, tail)]);
          assert.deepEqual([...engine.scenarios(a)], sums.map(Number));
        }
        assert.deepEqual(engine.worst().slice(), worst.slice());
      }),
      { numRuns: 200 },
    );
  });
}
