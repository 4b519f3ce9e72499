import assert from "node:assert/strict";
import { test } from "node:test";
import { sviButterflyViolation, sviTotalVariance } from "./svi.ts";
import { type SviSlice } from "./svi-surface.ts";
import { syntheticMarket } from "./synthetic-market.ts";
import { type VolatilitySurface } from "./surface.ts";

const asOfMs = Date.UTC(2026, 0, 5, 9);

const slicesOf = (
  surface: (VolatilitySurface & { readonly slices?: readonly SviSlice[] }) | undefined,
): readonly SviSlice[] => surface?.slices ?? [];

test("the synthetic smiles admit no butterfly and no calendar arbitrage", () => {
  for (const seed of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    for (const { symbol, surface } of syntheticMarket({ seed, asOfMs }).underlyings.values()) {
      const slices = slicesOf(surface);
      if (symbol !== "SOL") assert.ok(slices.length > 10);
      for (const [index, { parameters }] of slices.entries()) {
        assert.equal(sviButterflyViolation(parameters), undefined, `seed ${seed}, ${symbol}, slice ${index}`);
        const before = slices[index - 1]?.parameters;
        if (!before) continue;
        for (let k = -3; k <= 3; k += 0.05) {
          assert.ok(
            sviTotalVariance(parameters, k) >= sviTotalVariance(before, k),
            `seed ${seed}, ${symbol}, k ${k}`,
          );
        }
      }
    }
  }
});

test("the synthetic market holds every kind of instrument, says that it is synthetic, and is dense", () => {
  const market = syntheticMarket({ seed: 7, asOfMs });
  assert.equal(market.synthetic, true);
  assert.match(market.source, /synthetic/);
  const kinds = new Set(
    [...market.instruments.values()].map(({ kind, settlement }) => `${settlement} ${kind}`),
  );
  for (const kind of [
    "linear spot",
    "linear perpetual",
    "inverse perpetual",
    "inverse future",
    "inverse option",
    "linear option",
  ]) {
    assert.ok(kinds.has(kind), kind);
  }
  assert.ok(market.instruments.size > 1_200 && market.instruments.size < 2_500);
  const small = syntheticMarket({ seed: 7, asOfMs, size: "small" });
  assert.ok(small.instruments.size < 300);
  assert.equal(small.underlyings.get("ETH")?.indexUsd, market.underlyings.get("ETH")?.indexUsd);
});

test("puts and calls of the synthetic market agree with their forward", () => {
  const market = syntheticMarket({ seed: 11, asOfMs });
  for (const instrument of market.instruments.values()) {
    if (instrument.kind !== "option" || instrument.optionType !== "call") continue;
    const call = market.quotes.get(instrument.id);
    const put = market.quotes.get(instrument.id.replace(/C$/, "P"));
    assert.ok(call?.forward !== undefined && put);
    const unit = instrument.settlement === "inverse" ? call.forward : 1;
    const rounding = instrument.settlement === "inverse" ? 1.01e-6 : 0.0101;
    assert.ok(
      Math.abs(call.mark - put.mark - (call.forward - instrument.strike) / unit) <= rounding,
      instrument.id,
    );
  }
});

test("an impossible instant is refused", () => {
  for (const bad of [NaN, -1, 1e18])
    assert.throws(() => syntheticMarket({ seed: 1, asOfMs: bad }), { code: "PLM_DOMAIN" });
});
