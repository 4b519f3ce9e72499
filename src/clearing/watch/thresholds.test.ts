import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../../numerics/random.ts";
import { Thresholds } from "./thresholds.ts";

test("thresholds come up once each, of the present generation alone, through growth and sweeping out", () => {
  const r = randomStream(20_261_124);
  const thresholds = new Thresholds();
  const generations = new Uint32Array(300);
  const plain = new Map<number, number>();
  let value = 0;
  for (let step = 0; step < 20_000; step++) {
    if (r.nextBelow(4) > 0) {
      const account = r.nextBelow(generations.length);
      const threshold = value + 100 * r.nextFloat();
      generations[account]!++;
      thresholds.push(threshold, account, generations);
      plain.set(account, threshold);
      continue;
    }
    value += 10 * (r.nextFloat() - 0.3);
    const crossed: number[] = [];
    thresholds.takeBelow(value, generations, (account) => crossed.push(account));
    const expected = [...plain].filter(([, threshold]) => threshold < value).map(([account]) => account);
    assert.deepEqual(
      crossed.sort((a, b) => a - b),
      expected.sort((a, b) => a - b),
    );
    for (const account of crossed) plain.delete(account);
  }
  assert.ok(thresholds.count <= 4 * generations.length, `${thresholds.count} entries are kept`);
});
