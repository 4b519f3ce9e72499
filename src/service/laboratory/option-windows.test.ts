import assert from "node:assert/strict";
import { test } from "node:test";
import { type Market, type Portfolio } from "../../market/index.ts";
import { marketFromOptionChain } from "../../market/readers/option-chain-market.ts";
import { type OptionChainRow } from "../../market/readers/option-chain-csv.ts";
import { parseDecimal } from "../../quantity/index.ts";
import { type AskedBook } from "./models.ts";
import { Observations } from "./observations.ts";
import { laterValueUsd, OptionWindows, planWindows, toleranceMs } from "./option-windows.ts";

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 5, 9);
const expiryMs = Date.UTC(2026, 0, 6, 8);
const laterExpiryMs = Date.UTC(2026, 0, 30, 8);

/** A chain of a 100 000 call of tomorrow and a 90 000 put of the month's end. */
function chain(
  asOfMs: number,
  indexUsd: number,
  marks: { readonly call?: number; readonly put?: number },
): Market {
  const row = (optionType: "call" | "put", expiry: number, strike: number, mark: number): OptionChainRow => ({
    line: 1,
    snapshot: "one",
    timeMs: asOfMs,
    currency: "BTC",
    expiryMs: expiry,
    strike,
    optionType,
    forward: indexUsd,
    indexUsd,
    mark,
  });
  const rows = [
    ...(marks.call === undefined ? [] : [row("call", expiryMs, 100_000, marks.call)]),
    ...(marks.put === undefined ? [] : [row("put", laterExpiryMs, 90_000, marks.put)]),
  ];
  return marketFromOptionChain(rows).market;
}

const asked = (positions: Portfolio["positions"]): AskedBook => ({
  portfolio: {
    name: "book",
    balances: [{ asset: "USD", amount: parseDecimal("1000000") }],
    positions,
    orders: [],
  },
  holdsUnhedged: false,
});
const of = (instrument: string, size: string, entryPrice?: number): Portfolio["positions"][number] => ({
  instrument,
  size: parseDecimal(size),
  ...(entryPrice !== undefined && { entryPrice }),
});
const [call, put] = ["BTC-6JAN26-100000-C", "BTC-30JAN26-90000-P"];
const unsettled = (): undefined => undefined;

test("a window ends at the instant nearest to its horizon, and the next starts no earlier", () => {
  const hours = [0, 5, 24.5, 26, 47, 70, 100, 125];
  const times = hours.map((hour) => startMs + hour * hourMs);
  const plan = planWindows(times, [{ index: 3, hours: 24 }]);
  assert.deepEqual(
    plan.map((window) => [(window.startMs - startMs) / hourMs, (window.endMs - startMs) / hourMs]),
    // From 24.5 to 47 is 22.5 hours; from 47 to 70 is 23; from 70 the nearest is 30 hours away.
    [
      [0, 24.5],
      [24.5, 47],
      [47, 70],
      [100, 125],
    ],
  );
  assert.ok(plan.every(({ horizon }) => horizon === 3));
});

test("windows of several horizons are planned apart, none overlapping its own", () => {
  const times = Array.from({ length: 60 }, (_, at) => startMs + at * 6 * hourMs);
  const horizons = [6, 24, 48].map((hours, index) => ({ index, hours }));
  const plan = planWindows(times, horizons);
  for (const { index, hours } of horizons) {
    const own = plan.filter(({ horizon }) => horizon === index);
    assert.equal(own.length, Math.floor(59 / (hours / 6)));
    for (const [at, window] of own.entries()) {
      assert.ok(Math.abs(window.endMs - window.startMs - hours * hourMs) <= toleranceMs(hours));
      if (at > 0) assert.ok(window.startMs >= own[at - 1]!.endMs);
    }
  }
});

test("a loss is the fall in dollars of what marks in coin are worth", () => {
  const start = chain(startMs, 95_000, { call: 0.01, put: 0.03 });
  const end = chain(startMs + 22 * hourMs, 90_000, { call: 0.001, put: 0.06 });
  // Short put: 0.03 × 95 000 taken, 0.06 × 90 000 owed.
  const short = asked([of(put, "-2")]);
  const value = laterValueUsd(short, { start, end, settlementPrice: unsettled });
  assert.ok(Math.abs(value! - (1_000_000 - 2 * 0.06 * 90_000)) < 1e-6);
  // An inverse perpetual of 95 000 dollars gains like one coin, to the dollar of its end.
  const long = asked([of("BTC-PERPETUAL", "9500", 95_000)]);
  const later = laterValueUsd(long, { start, end, settlementPrice: unsettled });
  assert.ok(Math.abs(later! - (1_000_000 - 5_000)) < 1e-6);
});

test("an option that expired is the coin that it paid, at what the coin is worth at the end", () => {
  const start = chain(startMs, 95_000, { call: 0.01, put: 0.03 });
  const end = chain(startMs + 24 * hourMs, 110_000, { put: 0.005 });
  const short = asked([of(call, "-1"), of(put, "1")]);
  const settled = laterValueUsd(short, {
    start,
    end,
    settlementPrice: (underlying, at) => (underlying === "BTC" && at === expiryMs ? 104_000 : undefined),
  });
  const paid = (4_000 / 104_000) * 110_000;
  assert.ok(Math.abs(settled! - (1_000_000 - paid + 0.005 * 110_000)) < 1e-6);
  const worthless = laterValueUsd(short, { start, end, settlementPrice: () => 99_000 });
  assert.ok(Math.abs(worthless! - (1_000_000 + 0.005 * 110_000)) < 1e-6);
  assert.equal(laterValueUsd(short, { start, end, settlementPrice: unsettled }), undefined);
});

test("a contract that vanished before its expiry has no value that one knows", () => {
  const start = chain(startMs, 95_000, { call: 0.01, put: 0.03 });
  const end = chain(startMs + 20 * hourMs, 95_000, { put: 0.03 });
  const span = { start, end, settlementPrice: () => 95_000 };
  assert.equal(laterValueUsd(asked([of(call, "1")]), span), undefined);
  assert.notEqual(laterValueUsd(asked([of(put, "1")]), span), undefined);
});

test("what is asked for at the start stands beside the loss to the end, window by window", () => {
  const book = {
    name: "b",
    type: "t",
    asset: "BTC",
    track: "options",
    group: "plain",
  } as const;
  const model = { id: "m", title: "M", venue: "v", isPortfolioRule: true, isPartial: false };
  const into = new Observations([book], [model], [1, 24]);
  const windows = new OptionWindows(into, unsettled);
  const markets = [
    chain(startMs, 95_000, { call: 0.01, put: 0.03 }),
    chain(startMs + hourMs, 94_000, { call: 0.01, put: 0.032 }),
    chain(startMs + 22 * hourMs, 90_000, { call: 0.001, put: 0.06 }),
  ] as const;
  const opened = (initial: number) => [
    {
      book: 0,
      asked: asked([of(put, "-1")]),
      requirements: {
        initialUsd: [initial],
        maintenanceUsd: [initial / 2],
        forecast: { valueAtRiskUsd: 1, expectedShortfallUsd: 2, basis: "stress" as const },
      },
    },
  ];
  const window = (horizon: number, from: number, to: number) => ({
    horizon,
    startMs: markets[from]!.asOfMs,
    endMs: markets[to]!.asOfMs,
  });
  windows.open(markets[0], [window(0, 0, 1), window(1, 0, 2)], opened(7_000));
  assert.deepEqual([...windows.held.keys()], [put]);
  windows.close(markets[1]);
  windows.open(markets[1], [], opened(1));
  windows.close(markets[2]);
  assert.equal(windows.held.size, 0);
  const { columns } = into;
  assert.deepEqual([...columns.horizon], [0, 1]);
  assert.deepEqual([...columns.initialUsd[0]!], [7_000, 7_000]);
  assert.ok(Math.abs(columns.lossUsd[0]! - (0.032 * 94_000 - 0.03 * 95_000)) < 1e-6);
  assert.ok(Math.abs(columns.lossUsd[1]! - (0.06 * 90_000 - 0.03 * 95_000)) < 1e-6);
  assert.deepEqual([...columns.notionalUsd], [95_000, 95_000]);
});
