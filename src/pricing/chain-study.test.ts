import assert from "node:assert/strict";
import { test } from "node:test";
import { msPerYear } from "../market/instrument.ts";
import { type OptionChainRow } from "../market/readers/option-chain-csv.ts";
import { black76Price } from "./black76.ts";
import { chainStudy } from "./chain-study.ts";

const timeMs = 1_700_000_000_000;
const forward = 2_000;

/** Three expiries of calls and puts around the forward, marks exact. */
function chain(
  change: (row: OptionChainRow, index: number) => Partial<OptionChainRow> = () => ({}),
): OptionChainRow[] {
  const rows = [0.02, 0.1, 0.5].flatMap((years) =>
    [1400, 1600, 1800, 1900, 2000, 2100, 2200, 2400, 2800].flatMap((strike) =>
      (["call", "put"] as const).map((optionType): OptionChainRow => {
        const expiryMs = timeMs + Math.round(years * msPerYear);
        const k = Math.log(strike / forward);
        const vol = Math.round(1e4 * (0.7 - 0.1 * k + 0.4 * k * k)) / 1e4;
        const expiryYears = (expiryMs - timeMs) / msPerYear;
        const mark = black76Price({ optionType, forward, strike, expiryYears, vol }) / forward;
        return {
          line: 2,
          snapshot: "one",
          timeMs,
          currency: "ETH",
          expiryMs,
          strike,
          optionType,
          forward,
          indexUsd: forward,
          mark,
          impliedVol: vol,
        };
      }),
    ),
  );
  return rows.map((row, index) => ({ ...row, ...change(row, index) }));
}

test("exact marks are repriced, inverted and fitted", () => {
  const study = chainStudy();
  study.add("one", chain());
  study.add("two", chain());
  const { rows, snapshots, reprice, inversion, surfaces, arbitrage } = study.report();
  assert.equal(rows, 108);
  assert.equal(snapshots, 2);
  assert.ok(reprice.absoluteDifference.mean < 1e-16);
  assert.equal(inversion.outcomes.get("identified"), 100);
  assert.ok(inversion.worstRoundTrip < 1e-15);
  for (const { minVegaCoin, difference } of inversion.byVega) {
    if (minVegaCoin < 1e-5) continue;
    assert.ok(Math.abs(difference.quantiles.get(0) ?? 0) < 1e-6);
    assert.ok(Math.abs(difference.quantiles.get(1) ?? 0) < 1e-6);
  }
  assert.equal(surfaces.expiries.length, 6);
  assert.equal(surfaces.unfitted, 0);
  assert.equal(surfaces.withinOnePoint, 1);
  assert.deepEqual(
    [...arbitrage.counts.keys()].filter((key) => !key.startsWith("slices")),
    [],
  );
});

test("a mark taken at another forward is among the worst, with the forward it belongs to", () => {
  const study = chainStudy();
  const rows = chain((row, index) => (index === 20 ? { forward: row.forward * 1.001 } : {}));
  study.add("one", rows);
  const [worst] = study.report().reprice.worst;
  assert.ok(worst !== undefined);
  assert.equal(worst.forward, forward * 1.001);
  assert.ok(Math.abs((worst.markForward ?? 0) - forward) < 1e-6);
  assert.deepEqual(worst.forwardRange, [forward, forward * 1.001]);
  assert.match(worst.instrument, /^ETH-\d+[A-Z]{3}\d\d-1600-C$/);
});

test("marks without a volatility are counted by reason", () => {
  const study = chainStudy();
  study.add(
    "one",
    chain((row, index) => {
      if (index === 0) return { mark: 0.1 };
      if (index === 3) return { mark: 0 };
      if (index === 5) return { mark: 2 };
      if (index === 7) return { mark: Math.round(row.mark * 1e6) / 1e6, impliedVol: 0 };
      return {};
    }),
  );
  const { inversion, reprice } = study.report();
  assert.equal(inversion.outcomes.get("below-intrinsic"), 1);
  assert.equal(inversion.outcomes.get("zero-mark"), 1);
  assert.equal(inversion.outcomes.get("above-maximum"), 1);
  assert.equal(
    [...inversion.outcomes.values()].reduce((p, q) => p + q, 0),
    54,
  );
  assert.equal(reprice.withoutVol, 0);
});

test("a chain without volatilities is inverted and fitted from its marks", () => {
  const study = chainStudy();
  const rows = chain();
  for (const row of rows) Reflect.deleteProperty(row, "impliedVol");
  study.add("one", rows);
  const { reprice, surfaces } = study.report();
  assert.equal(reprice.withoutVol, 54);
  assert.equal(reprice.absoluteDifference.count, 0);
  assert.equal(surfaces.expiries.length, 3);
  assert.equal(surfaces.withinOnePoint, 1);
});
