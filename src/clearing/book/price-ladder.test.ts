import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/random.ts";
import { maxPriceTicks, none } from "./order.ts";
import { LadderArena, PriceLadder } from "./price-ladder.ts";

/** All prices of a ladder from the lowest up, checked against the way down. */
function pricesOf(ladder: PriceLadder, arena: LadderArena): number[] {
  const up: number[] = [];
  for (let level = ladder.lowest; level !== none; level = arena.above(level)) up.push(arena.ticks(level));
  const down: number[] = [];
  for (let level = ladder.highest; level !== none; level = arena.below(level)) down.push(arena.ticks(level));
  assert.deepEqual(down.reverse(), up);
  return up;
}

test("two ladders of one arena agree with sorted sets, near and far", () => {
  const random = randomStream(11);
  const arena = new LadderArena();
  const ladders = [0, 1].map(() => ({ ladder: new PriceLadder(arena), levels: new Map<number, number>() }));
  for (const width of [3, 40, 2000, maxPriceTicks]) {
    for (let i = 0; i < 6000; i++) {
      const { ladder, levels } = ladders[random.nextBelow(2)]!;
      const corner = [0, maxPriceTicks - width, 1_073_741_824 - (width >> 1)][random.nextBelow(3)]!;
      const price = Math.max(1, corner + 1 + random.nextBelow(width));
      assert.equal(ladder.find(price), levels.get(price) ?? none);
      // grows for a while, then shrinks
      if (random.nextBelow(6000) > i) {
        const level = ladder.obtain(price);
        assert.equal(level, levels.get(price) ?? level);
        assert.equal(arena.ticks(level), price);
        levels.set(price, level);
      } else if (levels.size > 0) {
        const victims = [...levels.keys()].slice(0, 20);
        const victim = levels.has(price) ? price : victims[random.nextBelow(victims.length)]!;
        ladder.remove(levels.get(victim)!);
        levels.delete(victim);
      }
      if (i % 500 === 0) {
        for (const { ladder, levels } of ladders) {
          assert.deepEqual(
            pricesOf(ladder, arena),
            [...levels.keys()].sort((a, b) => a - b),
          );
        }
      }
    }
  }
});

test("what is freed is used again, and a lone far price costs little", () => {
  const arena = new LadderArena();
  const ladder = new PriceLadder(arena);
  const random = randomStream(12);
  const fillAndEmpty = (): void => {
    const levels = new Set(
      Array.from({ length: 2000 }, () => ladder.obtain(1 + random.nextBelow(maxPriceTicks))),
    );
    for (const level of levels) ladder.remove(level);
  };
  fillAndEmpty();
  const { byteLength } = arena;
  // 2,000 prices, no two near one another
  assert.ok(byteLength < 2000 * 1000, String(byteLength));
  for (let i = 0; i < 20; i++) fillAndEmpty();
  assert.ok(arena.byteLength <= byteLength * 2);
  assert.deepEqual([ladder.lowest, ladder.highest], [none, none]);
});
