import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Instrument, type Option, type Quote } from "../../market/index.ts";
import { syntheticMarket } from "../../market/synthetic-market.ts";
import { exp, log } from "../../numerics/exp-log.ts";
import { parseMarginParameters } from "../parameters/parameters-document.ts";
import { noMove, type UnderlyingMove } from "./move.ts";
import { revaluation, stressContext } from "./revaluation.ts";
import { levelRatio, volShockShape } from "./vol-move.ts";

const parameters = parseMarginParameters(
  readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8"),
);
const risk = parameters.classes.default;
const market = syntheticMarket({ seed: 1, asOfMs: 1_767_225_600_000, size: "small" });
const indexUsd = market.underlyings.get("BTC")!.indexUsd;
const options = [...market.instruments.values()].filter(
  (instrument): instrument is Option => instrument.kind === "option" && instrument.underlying === "BTC",
);
const move = (change: Partial<UnderlyingMove>): UnderlyingMove => ({ ...noMove, ...change });
const near = (actual: number, expected: number, tolerance: number, what: string): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, expected ${expected}`);

/** One instrument of our own in the synthetic market. */
function valued(
  instrument: Partial<Instrument> & { readonly kind: Instrument["kind"] },
  mark: number,
  quote: Partial<Quote> = {},
) {
  const base = { id: "X", underlying: "BTC", quoteAsset: "USD", settlement: "linear", contractSize: 1 };
  const made = { ...base, ...instrument } as Instrument;
  const quotes = new Map([
    ...market.quotes,
    ["X", { instrument: "X", mark, timeMs: 0, confidence: 1, ...quote }],
  ]);
  return revaluation(made, { ...market, quotes }, risk);
}

test("delta-one contracts, worked by hand", () => {
  const perpetual = valued({ kind: "perpetual" }, 50_000);
  near(perpetual.changeUsd(move({ spot: -0.2 }), stressContext), -10_000, 1e-9, "linear");
  near(
    perpetual.changeUsd(move({ spot: -0.2 }), { ...stressContext, quoteRatio: 0.9 }),
    -9_000,
    1e-9,
    "in a slipped quote",
  );
  const shift = exp(-0.1 * risk.basisFloorYears);
  near(perpetual.changeUsd(move({ basis: -0.1 }), stressContext), 50_000 * (shift - 1), 1e-9, "basis");
  // A 10-dollar inverse contract: 10 × (1/P − 1/0.8P) coins, at 0.8 S.
  const inverse = valued({ kind: "perpetual", settlement: "inverse", contractSize: 10 }, indexUsd);
  near(inverse.changeUsd(move({ spot: -0.2 }), stressContext), 10 * (0.8 - 1), 1e-9, "inverse");
  const spot = valued({ kind: "spot", contractSize: 2 }, indexUsd);
  near(spot.changeUsd(move({ spot: 0.5, basis: 1 }), stressContext), indexUsd, 1e-6, "spot has no basis");
  assert.equal(spot.markUsd, 2 * indexUsd);
  assert.equal(perpetual.markUsd, 0);
});

test("no move changes nothing, and an option never falls below nothing", () => {
  for (const option of options) {
    const valuedOption = revaluation(option, market, risk);
    assert.equal(valuedOption.changeUsd(noMove, stressContext), 0, option.id);
    for (const spot of [-0.9, -0.3, 0.3, 5]) {
      for (const volLevel of [-1, 0, 1]) {
        assert.ok(
          valuedOption.changeUsd(move({ spot, volLevel }), stressContext) >= -valuedOption.markUsd - 1e-9,
          option.id,
        );
      }
    }
  }
});

test("put–call parity holds in every scenario: call − put is the forward, whatever the volatility", () => {
  const calls = options.filter(({ optionType }) => optionType === "call");
  for (const call of calls) {
    const put = options.find(
      ({ optionType, strike, expiryMs }) =>
        optionType === "put" && strike === call.strike && expiryMs === call.expiryMs,
    );
    if (!put) continue;
    const [c, p] = [revaluation(call, market, risk), revaluation(put, market, risk)];
    for (const change of [
      { spot: -0.3, volLevel: 0.5, skew: 0.1 },
      { spot: 0.4, smile: 0.1, volTerm: -0.2 },
      { spot: 0.1, basis: 0.2 },
    ]) {
      const before = market.underlyings.get("BTC")!.forwards.forwardAt(call.expiryMs).value;
      const tenor = Math.max(risk.basisFloorYears, (call.expiryMs - market.asOfMs) / 31_536_000_000);
      const after = before * (1 + change.spot) * exp((change.basis ?? 0) * tenor);
      // (F′ − K)/F′ coins at S′, less (F − K)/F coins at S.
      const expected =
        indexUsd * (1 + change.spot) * (1 - call.strike / after) - indexUsd * (1 - call.strike / before);
      const got = c.changeUsd(move(change), stressContext) - p.changeUsd(move(change), stressContext);
      near(got, expected, 1e-6 * indexUsd, `${call.id} ${JSON.stringify(change)}`);
    }
  }
});

test("volatility shocks: shape along tenor, mirror image down, floor up in stress only", () => {
  near(volShockShape(30 / 365, risk), 1, 1e-12, "30 days");
  near(volShockShape(15 / 365, risk), exp(risk.volPowerShort * log(2)), 1e-12, "15 days");
  near(volShockShape(60 / 365, risk), exp(-risk.volPowerLong * log(2)), 1e-12, "60 days");
  assert.equal(volShockShape(0, risk), volShockShape(1 / 365, risk));
  near(levelRatio(log(1.5), 2), 2, 1e-12, "half up, twice the shape");
  near(levelRatio(log(1.5), 2) * levelRatio(-log(1.5), 2), 1, 1e-12, "mirror image");
  const calm = valued(
    { kind: "option", expiryMs: market.asOfMs + 30 * 86_400_000, strike: indexUsd, optionType: "call" },
    100,
    { impliedVol: 0.05 },
  );
  const up = move({ volLevel: 0.01 });
  const floored = calm.changeUsd(up, stressContext);
  assert.ok(floored > 20 * calm.changeUsd(up, { ...stressContext, floorVol: false }));
});

test("a scenario that takes time takes an option's time value", () => {
  const day = 86_400_000;
  const terms = {
    kind: "option",
    expiryMs: market.asOfMs + day,
    strike: indexUsd * 1.05,
    optionType: "call",
  } as const;
  const option = valued(terms, 200);
  near(option.changeUsd(noMove, { ...stressContext, ageYears: 2 / 365 }), -200, 1e-6, "past expiry");
  const half = option.changeUsd(noMove, { ...stressContext, ageYears: 0.5 / 365 });
  assert.ok(half < -100 && half > -200);
});

test("the volatility comes from the quote, else the mark, else the surface, else the class", () => {
  const terms = {
    kind: "option",
    expiryMs: market.asOfMs + 30 * 86_400_000,
    strike: indexUsd,
    optionType: "call",
  } as const;
  assert.deepEqual(valued(terms, 100, { impliedVol: 0.4 }).vol, { value: 0.4, source: "quote" });
  assert.equal(valued(terms, indexUsd * 0.05).vol?.source, "mark");
  assert.equal(valued(terms, 2 * indexUsd).vol?.source, "surface");
  const bare = {
    ...market,
    underlyings: new Map([...market.underlyings].map(([id, { surface: _surface, ...state }]) => [id, state])),
  };
  const assumed = revaluation(
    { ...terms, id: "Y", underlying: "BTC", quoteAsset: "USD", settlement: "linear", contractSize: 1 },
    bare,
    risk,
  );
  assert.deepEqual(assumed.vol, { value: risk.defaultVol, source: "default" });
});
