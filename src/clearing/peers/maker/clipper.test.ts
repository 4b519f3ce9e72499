import assert from "node:assert/strict";
import { test } from "node:test";
import {
  makerBark,
  type MakerBark,
  type MakerParams,
  makerRedo,
  type MakerRefusal,
  type MakerSale,
  makerStatus,
  type MakerStep,
  makerTake,
} from "./clipper.ts";
import { ray } from "./price-curves.ts";

const wad = 10n ** 18n;
const rad = 10n ** 45n;

/** No penalty, so that what is raised is the debt. */
const params: MakerParams = {
  dustRad: 20n * rad,
  chopWad: wad,
  holeRad: 1000n * rad,
  globalHoleRad: 1000n * rad,
  bufRay: ray + ray / 4n,
  tail: 3600n,
  cuspRay: ray / 2n,
  chipWad: wad / 50n,
  tipRad: 3n * rad,
  curve: { type: "linear", tau: 3600n },
};
const vault = { inkWad: 40n * wad, artWad: 100n * wad, rateRay: ray, spotRay: 2n * ray };
const feed = 4n * wad;

function ran<T extends object>(result: T | MakerRefusal): T {
  assert.ok(
    !("refused" in result),
    JSON.stringify(result, (_, value: unknown) => String(value)),
  );
  return result;
}
const bark = (changed: Partial<MakerParams> = {}): MakerBark =>
  ran<MakerBark>(makerBark({ ...params, ...changed }, vault, feed));
const take = (sale: MakerSale, now: bigint, amount: bigint, max: bigint): MakerStep | MakerRefusal =>
  makerTake(params, sale, now, amount, max);

test("a whole vault: 100 to raise from 40 at 5, for a reward of 3 and 2 %", () => {
  const { sale, keeperRad, remainingArtWad, remainingInkWad } = bark();
  assert.deepEqual(sale, { tabRad: 100n * rad, lotWad: 40n * wad, topRay: 5n * ray, startedAt: 0n });
  assert.deepEqual([keeperRad, remainingArtWad, remainingInkWad], [5n * rad, 0n, 0n]);
});

test("what keeps a vault from auction", () => {
  const refusal = (changed: Partial<MakerParams>, other: Partial<typeof vault> = {}, price = feed) => {
    const result = makerBark({ ...params, ...changed }, { ...vault, ...other }, price);
    return "refused" in result ? result.refused : "none";
  };
  assert.equal(refusal({}, { spotRay: (5n * ray) / 2n }), "Dog/not-unsafe");
  assert.equal(refusal({}, { spotRay: (5n * ray) / 2n - 1n }), "none");
  assert.equal(refusal({}, { spotRay: 0n }), "Dog/not-unsafe");
  assert.equal(refusal({ holeRad: 0n }), "Dog/liquidation-limit-hit");
  assert.equal(refusal({ globalHoleRad: 0n }), "Dog/liquidation-limit-hit");
  assert.equal(refusal({ holeRad: 19n * rad }), "Dog/dusty-auction-from-partial-liquidation");
  assert.equal(refusal({ holeRad: 20n * rad }), "none");
  assert.equal(refusal({ holeRad: 1n }), "Dog/dusty-auction-from-partial-liquidation");
  assert.equal(refusal({ holeRad: 1n, dustRad: 0n }), "Dog/null-auction");
  assert.equal(refusal({}, {}, 0n), "Clipper/zero-top-price");
});

test("an auction that is over takes no bid and no restart, and has no price", () => {
  const over = ran(take(bark().sale, 0n, 40n * wad, 5n * ray)).sale;
  assert.deepEqual(over, { tabRad: 0n, lotWad: 0n, topRay: 0n, startedAt: 0n });
  assert.deepEqual(makerStatus(params, over, 10n ** 9n), { needsRedo: false, priceRay: 0n });
  assert.deepEqual(take(over, 0n, wad, ray), { refused: "Clipper/not-running-auction" });
  assert.deepEqual(makerRedo(params, over, 0n, feed), { refused: "Clipper/not-running-auction" });
});

test("a restart waits until it is due, and leftovers earn no reward", () => {
  const { sale } = bark();
  assert.deepEqual(makerRedo(params, sale, 1800n, feed), { refused: "Clipper/cannot-reset" });
  assert.deepEqual(makerRedo(params, sale, 1801n, 0n), { refused: "Clipper/zero-top-price" });
  const again = ran<MakerStep>(makerRedo(params, sale, 1801n, 2n * feed));
  assert.deepEqual(again.sale, { ...sale, topRay: 10n * ray, startedAt: 1801n });
  assert.equal(again.keeperRad, 5n * rad);
  // 5 of the lot at 4 is worth the least of 20; a little less is not.
  const small = (lotWad: bigint): bigint =>
    ran<MakerStep>(makerRedo(params, { ...sale, lotWad }, 1801n, feed)).keeperRad;
  assert.deepEqual([small(5n * wad), small(5n * wad - 1n)], [5n * rad, 0n]);
});

test("a lot that does not raise the debt ends the auction when it is gone", () => {
  const { sale } = bark();
  // At 900 s the price is 3.75.
  const step = ran(take({ ...sale, lotWad: 8n * wad }, 900n, 8n * wad, 4n * ray));
  assert.deepEqual([step.owePaidRad, step.returnedWad, step.sale.tabRad], [30n * rad, 0n, 0n]);
});
