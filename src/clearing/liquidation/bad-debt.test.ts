import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { closeAccount, splitLoss } from "./bad-debt.ts";

const money = fc.bigInt({ min: 0n, max: 10n ** 15n });

test("what remains, or what lacks", () => {
  assert.deepEqual(closeAccount({ margin: 25n, realisedPnl: -20n, fee: 3n }), { remaining: 2n, badDebt: 0n });
  assert.deepEqual(closeAccount({ margin: 25n, realisedPnl: -26n, fee: 3n }), { remaining: 0n, badDebt: 4n });
});

test("layers pay in order, each to its end", () => {
  assert.deepEqual(splitLoss(10n, [3n, 4n, 9n]), { paid: [3n, 4n, 3n], unpaid: 0n });
  assert.deepEqual(splitLoss(10n, [3n, -5n]), { paid: [3n, 0n], unpaid: 7n });
  assert.deepEqual(splitLoss(0n, [3n]), { paid: [0n], unpaid: 0n });
});

test("nothing is lost and nothing paid twice; a later layer pays only when the earlier are empty", () => {
  fc.assert(
    fc.property(
      money,
      fc.array(fc.bigInt({ min: -5n, max: 10n ** 15n }), { maxLength: 6 }),
      (loss, layers) => {
        const { paid, unpaid } = splitLoss(loss, layers);
        assert.equal(
          paid.reduce((sum, part) => sum + part, unpaid),
          loss,
        );
        let empty = true;
        for (const [i, part] of paid.entries()) {
          const layer = layers[i] ?? 0n;
          const had = layer > 0n ? layer : 0n;
          assert.ok(part >= 0n && part <= had && (part === 0n || empty));
          empty &&= part === had;
        }
        assert.ok(unpaid === 0n || empty);
      },
    ),
    { seed: 1, numRuns: 1_000 },
  );
});
