import assert from "node:assert/strict";
import { test } from "node:test";
import {
  madeUpModels,
  madeUpObservations,
  madeUpProvenance,
} from "../../../test/laboratory/made-up-observations.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { analyse, type LaboratoryOptions } from "./analyse.ts";
import { Observations, type StudiedBook } from "./observations.ts";

const dayMs = 86_400_000;
const cutMs = 200 * dayMs;
const trainingEnds = { "delta-one": cutMs, staked: cutMs, options: cutMs, "simulated-options": cutMs };

const options: LaboratoryOptions = { provenance: madeUpProvenance, trainingEnds, draws: 100 };

/** To twelve digits: what is left are the roundings of divisions. */
const rounded = (value: number): number => Number(value.toPrecision(12));

const book = (type: string, group: StudiedBook["group"] = "plain"): StudiedBook => ({
  name: `${type}, BTC`,
  type,
  asset: "BTC",
  track: "delta-one",
  group,
});

/**
 * 200 days of training and 200 out of sample for books A and B of 100 USD. Losses are 1, 2, … 200 USD per mille in an order without pattern; at 1 % the third
 * largest, 198, must be covered. `asked` gives what each of two models asks, before and after the cut.
 */
function twoTypes(
  asked: (type: "A" | "B", later: boolean) => readonly [ours: number, rival: number],
  rivalIsPartial: boolean = false,
): Observations {
  const models = madeUpModels
    .slice(0, 3)
    .filter((_, at) => at !== 1)
    .map((model, at) => ({ ...model, isPartial: at === 1 && rivalIsPartial }));
  const observations = new Observations([book("A"), book("B", "option-hedged")], models, [24]);
  for (let day = 0; day < 400; day++) {
    for (const [at, type] of (["A", "B"] as const).entries()) {
      const initialUsd = asked(type, day >= 200);
      observations.add({
        book: at,
        horizon: 0,
        startMs: day * dayMs,
        endMs: (day + 1) * dayMs,
        lossUsd: 1 + ((day * 77) % 200),
        notionalUsd: 1000,
        initialUsd,
        maintenanceUsd: initialUsd,
      });
    }
  }
  return observations;
}

test("one scale covers the third largest of two hundred losses, of the type that asks least for them", () => {
  // ours asks 99 for A and 198 for B: A needs × 2. The rival asks 396 and 132: B needs × 1.5, A only × 0.5
  const result = analyse(
    twoTypes((type) => (type === "A" ? [99, 396] : [198, 132])),
    options,
  );
  const [one] = result.headline;
  assert.equal(one?.rival, "fat-portfolio");
  assert.equal(one.oursScale, 2);
  assert.equal(one.rivalScale, 1.5);
  const scale = result.scales.find(({ model, span }) => model === "fat-portfolio" && span === "training");
  assert.equal(scale?.binding, "B");
  assert.equal(scale.scaleWithoutBinding, 0.5);
  assert.equal(scale.nextBinding, "A");
  // A: 198 against 594, B: 396 against 198, of 1000
  assert.deepEqual(
    one.types.map(({ ours, rival, ratio }) => [ours, rival, rounded(ratio)]),
    [
      [0.198, 0.594, rounded(1 / 3)],
      [0.396, 0.198, 2],
    ],
  );
  assert.equal(one.all.less, 1);
  assert.equal(rounded(one.all.ratio), 0.75);
  assert.equal(rounded(one.all.typicalRatio), rounded(Math.sqrt(2 / 3)));
  assert.equal(one.groups["option-hedged"].ratio, 2);
  assert.ok(Number.isNaN(one.groups["staked-collateral"].ratio), "there is no such book");
  // tuned to each type both ask the same 198
  const perType = result.comparisons.find(
    ({ basis, target }) => basis.scaling === "per-type" && basis.span === "training" && target === 0.01,
  );
  assert.deepEqual(
    perType?.types.map(({ ratio }) => ratio),
    [1, 1],
  );
  // so B, where the rival asks less, is lost to the scale that A forces on ours
  assert.deepEqual(
    result.weaknesses.map(({ type, cause, oursFatness, rivalFatness }) => [
      type,
      cause,
      oursFatness,
      rivalFatness,
    ]),
    [["B", "scale", 2, 1]],
  );
});

test("what models asked for after the cut moves capital, never the scale of the training", () => {
  const same = analyse(
    twoTypes(() => [198, 198]),
    options,
  );
  const later = analyse(
    twoTypes((_, later) => [later ? 99 : 198, 198]),
    options,
  );
  const scale = ({ headline }: typeof same): number | undefined => headline[0]?.oursScale;
  assert.equal(scale(same), 1);
  assert.equal(scale(later), 1);
  assert.equal(same.headline[0]?.all.ratio, 1);
  assert.equal(later.headline[0]?.all.ratio, 0.5);
  // but it was not enough, which the scale after the fact mends
  const afterwards = later.comparisons.find(
    ({ basis, target }) => basis.span === "out-of-sample" && basis.scaling === "one" && target === 0.01,
  );
  assert.equal(afterwards?.oursScale, 2);
  assert.equal(afterwards.all.ratio, 1);
  const breachRates = later.capital.filter(
    ({ model, target }) => model === "plimsoll-portfolio" && target === 0.01,
  );
  // losses of 100 … 200 of 200 exceed 99
  assert.deepEqual(
    breachRates.map(({ breachRate }) => breachRate),
    [101 / 200, 101 / 200],
  );
});

test("capital at equal safety doesn't depend on how much a model asks, only on how well it is spread", () => {
  const asked = (factor: number) =>
    analyse(
      twoTypes((type) => (type === "A" ? [99 * factor, 396] : [198 * factor, 132])),
      options,
    ).headline[0]!;
  for (const factor of [0.25, 4, 1024]) {
    assert.equal(rounded(asked(factor).all.ratio), 0.75);
    assert.deepEqual(asked(factor).interval, asked(1).interval);
  }
});

test("a model that asks nothing where there is loss is never safe, and is no rival", () => {
  const { headline, best, scales, targetChecks } = analyse(
    twoTypes((type) => [198, type === "A" ? 0 : 198]),
    options,
  );
  assert.equal(headline[0]?.rivalScale, Infinity);
  assert.equal(headline[0].all.rivalUnsafe, 2);
  assert.ok(Number.isNaN(headline[0].all.ratio));
  assert.equal(best.all, null);
  assert.equal(
    scales.find(({ model, span }) => model === "fat-portfolio" && span === "training")?.binding,
    "A",
  );
  assert.equal(targetChecks.find(({ id }) => id === "capital")?.outcome, "insufficient");
});

test("partial models are the best rival only where they may be", () => {
  const { best } = analyse(
    twoTypes(() => [198, 198], true),
    options,
  );
  assert.equal(best.all?.comparison.rival, "fat-portfolio");
  assert.equal(best.complete, null);
});

test("two hundred windows are insufficient for a verdict at one per cent", () => {
  const { verdicts, targetChecks } = analyse(
    twoTypes(() => [300, 300]),
    options,
  );
  assert.ok(verdicts.length > 0);
  for (const { verdict, windows, independentWindows, books } of verdicts) {
    assert.equal(verdict, "insufficient");
    assert.equal(independentWindows, 200);
    assert.equal(windows, 200 * books);
  }
  assert.deepEqual(
    targetChecks.filter(({ id }) => id.endsWith("-safety")).map(({ outcome }) => outcome),
    ["insufficient", "insufficient", "insufficient"],
  );
});

test("good, fat, thin and partial models are told apart on bursts of volatility", () => {
  const result = analyse(madeUpObservations({ horizonHours: [24, 48] }), {
    provenance: madeUpProvenance,
    draws: 100,
  });
  const rate = (model: string): number =>
    result.verdicts.find(
      (cell) =>
        cell.model === model &&
        cell.type === "all" &&
        cell.asset === "all" &&
        cell.span === "out-of-sample" &&
        cell.regime === "all",
    )!.rate;
  assert.ok(rate("fat-portfolio") < rate("plimsoll-portfolio"));
  assert.ok(rate("plimsoll-portfolio") < 0.01 && rate("thin-portfolio") > rate("plimsoll-portfolio"));
  assert.deepEqual(result.horizonHours, [24, 48]);
  assert.equal(result.headlineHours, 24);
  const against = (rival: string) =>
    result.headline.find((one) => one.rival === rival && one.horizonHours === 24)!;
  // a model without options is compared on what is left
  assert.equal(against("blind-portfolio").all.types, 5);
  assert.equal(against("fat-portfolio").all.types, 7);
  // thin is ours × 0.6: at equal safety hardly different, and resampling knows it
  const thin = against("thin-portfolio");
  assert.ok(Math.abs(thin.all.ratio - 1) < 0.03);
  const { low, high } = thin.interval!.all!;
  assert.ok(high - low < 0.05 && low <= thin.all.ratio && thin.all.ratio <= high);
  const fat = against("fat-portfolio");
  assert.ok(fat.all.ratio < 0.85 && fat.interval!.all!.high < 1, "following volatility saves beyond chance");
  assert.equal(result.best.all?.comparison.rival, "late-portfolio");
  assert.equal(result.best.complete?.comparison.rival, "thin-portfolio");
  // calm, middle and wild share out the windows of training
  const regimes = result.verdicts.filter(
    (cell) =>
      cell.model === "plimsoll-portfolio" &&
      cell.type === "long perpetual" &&
      cell.asset === "BTC" &&
      cell.span === "training" &&
      cell.regime !== "all" &&
      cell.target === 0.01 &&
      cell.horizonHours === 24,
  );
  assert.deepEqual(
    regimes.map(({ regime }) => regime),
    ["calm", "middle", "wild"],
  );
  for (const { windows } of regimes) assert.ok(Math.abs(windows - 294) < 10, String(windows));
});

test("the same observations and seed give the same result, to the last digit", () => {
  const once = (): string =>
    JSON.stringify(analyse(madeUpObservations({ days: 1100 }), { provenance: madeUpProvenance, draws: 100 }));
  assert.equal(once(), once());
});

test("what can't be analysed is named", () => {
  const thrown = (run: () => unknown, code: string, field: RegExp): void => {
    assert.throws(run, (error: unknown) => {
      assert.ok(error instanceof PlimsollError);
      assert.equal(error.code, code);
      assert.match(error.field, field);
      return true;
    });
  };
  const good = twoTypes(() => [198, 198]);
  thrown(() => analyse(good, { ...options, ours: "nobody" }), "PLM_UNKNOWN", /ours/);
  thrown(() => analyse(good, { ...options, draws: 5 }), "PLM_DOMAIN", /draws/);
  thrown(() => analyse(good, { ...options, targets: [1] }), "PLM_DOMAIN", /target/);
  thrown(
    () => analyse(new Observations(good.books, good.models, [24]), options),
    "PLM_DATA_GAP",
    /observations/,
  );
  const window = {
    book: 0,
    horizon: 0,
    startMs: 400 * dayMs,
    endMs: 401 * dayMs,
    lossUsd: 1,
    notionalUsd: 1,
    initialUsd: [1, 1],
    maintenanceUsd: [1, 1],
  };
  for (const [change, field] of [
    [{ startMs: 399.5 * dayMs }, /startMs/],
    [{ endMs: 400 * dayMs }, /endMs/],
    [{ lossUsd: Number.NaN }, /lossUsd/],
    [{ notionalUsd: 0 }, /notionalUsd/],
    [{ initialUsd: [1, -1] }, /initialUsd\[1\]/],
  ] as const) {
    const observations = twoTypes(() => [198, 198]);
    observations.add({ ...window, ...change });
    thrown(() => analyse(observations, options), "PLM_DOMAIN", field);
  }
});
