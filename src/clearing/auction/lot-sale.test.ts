import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lotSaleOver, takeFromLot } from "./lot-sale.ts";

const big = (min: bigint, max: bigint) => fc.bigInt({ min, max });
const bid = fc.record({
  owed: big(1n, 10n ** 9n),
  lot: big(1n, 10n ** 6n),
  wanted: big(0n, 2n * 10n ** 6n),
  price: big(0n, 10n ** 4n),
  dust: fc.oneof(fc.constant(0n), big(0n, 10n ** 9n)),
});

test("no more is sold than raises what is owed, and nothing small is left of both", () => {
  fc.assert(
    fc.property(bid, ({ owed, lot, wanted, price, dust }) => {
      const taken = takeFromLot({ owed, lot }, wanted, price, dust);
      if (taken === "dust") {
        // Only a part that would leave dust is refused: the rest of it could never be left.
        assert.ok(owed <= dust && wanted < lot && wanted * price < owed);
        return;
      }
      const { slice, payment, after } = taken;
      assert.deepEqual(after, { owed: owed - payment, lot: lot - slice });
      assert.ok(after.owed >= 0n && after.lot >= 0n && slice <= wanted);
      // What a bidder pays for the slice is at least its price, by less than one more unit of the lot.
      assert.ok(payment >= slice * price && payment - slice * price < (price === 0n ? 1n : price));
      if (!lotSaleOver(after)) assert.ok(after.owed >= dust);
    }),
    { numRuns: 1000, seed: 1 },
  );
});

test("all of the lot can be taken at any price, whatever the dust", () => {
  fc.assert(
    fc.property(bid, ({ owed, lot, price, dust }) => {
      const taken = takeFromLot({ owed, lot }, lot, price, dust);
      assert.ok(taken !== "dust" && lotSaleOver(taken.after));
    }),
    { numRuns: 300, seed: 1 },
  );
});

test("who wants more gets no less", () => {
  fc.assert(
    fc.property(bid, big(0n, 10n ** 6n), ({ owed, lot, wanted, price, dust }, more) => {
      const less = takeFromLot({ owed, lot }, wanted, price, dust);
      const larger = takeFromLot({ owed, lot }, wanted + more, price, dust);
      if (less === "dust" || larger === "dust") return assert.equal(less, "dust");
      assert.ok(larger.slice >= less.slice && larger.payment >= less.payment);
    }),
    { numRuns: 500, seed: 1 },
  );
});
