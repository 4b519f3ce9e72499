import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bufferMarginFloor,
  largestShareCeil,
  type SolventAuction,
  solventPaymentCeil,
  solventSale,
} from "./solvent.ts";

const one = 1_000_000n;
const big = (min: bigint, max: bigint) => fc.bigInt({ min, max });

/** A short account that is worth something beside what is reserved. */
const auction = fc
  .record({
    forSale: big(1n, 10n ** 15n),
    reserved: fc.oneof(fc.constant(0n), big(0n, 10n ** 15n)),
    shortfall: big(1n, 10n ** 15n),
    level: big(0n, one),
  })
  .map(({ forSale, reserved, shortfall, level }): SolventAuction => ({
    equity: forSale + reserved,
    bufferMargin: -shortfall,
    reserved,
    level,
    one,
    wholeBelow: 0n,
  }));

/** The buffer margin after a share was sold, times one². Exact. */
const marginAfter = ({ equity, bufferMargin, reserved, level }: SolventAuction, share: bigint): bigint =>
  (one - share) * (bufferMargin - reserved) * one +
  reserved * one * one +
  share * level * (equity - reserved);

test("the largest share restores the account, and one unit less would not", () => {
  fc.assert(
    fc.property(auction, (each) => {
      const share = largestShareCeil(each);
      assert.ok(share > 0n && share <= one);
      assert.ok(marginAfter(each, share) >= 0n);
      assert.ok(marginAfter(each, share - 1n) < 0n);
    }),
    { numRuns: 1000, seed: 1 },
  );
});

test("the lower the price, the larger the share and the smaller the price of all", () => {
  fc.assert(
    fc.property(auction, big(0n, one), (each, lower) => {
      const cheap = { ...each, level: lower < each.level ? lower : each.level };
      assert.ok(largestShareCeil(cheap) >= largestShareCeil(each));
      assert.ok(solventPaymentCeil(cheap, one) <= solventPaymentCeil(each, one));
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("a bid gets what it wants within the largest share, is no dust and leaves none", () => {
  fc.assert(
    fc.property(auction, big(1n, 2n * one), big(0n, one), (each, wanted, dust) => {
      const most = largestShareCeil(each);
      const sale = solventSale(each, wanted, dust);
      assert.ok(typeof sale !== "string");
      assert.ok(sale.share <= most && sale.share >= (wanted < most ? wanted : most));
      assert.ok(sale.share === most || sale.share >= dust);
      assert.ok(sale.share === most || most - sale.share >= dust);
      assert.equal(sale.ends, sale.share === most);
      const exact = (each.equity - each.reserved) * each.level * sale.share;
      assert.ok(sale.payment * one * one >= exact && (sale.payment - 1n) * one * one < exact);
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("bids one after another, at falling prices, end at the target exactly", () => {
  // Amounts that divide: each bid's arithmetic is exact, so what is off at the end is the share's last digit alone.
  const unit = one ** 6n;
  const setting = fc.record({
    value: big(1n, 10n ** 6n),
    requirement: big(1n, 10n ** 7n),
    bids: fc.array(fc.record({ wanted: big(1n, one), falls: big(0n, one / 4n) }), {
      minLength: 1,
      maxLength: 5,
    }),
  });
  fc.assert(
    fc.property(setting, ({ value, requirement, bids }) => {
      let forSale = value * unit;
      let required = requirement * unit;
      let [reserved, level] = [0n, one];
      for (const [i, { wanted, falls }] of bids.entries()) {
        level = level > falls ? level - falls : 0n;
        const equity = forSale + reserved;
        const each = { equity, bufferMargin: equity - required, reserved, level, one, wholeBelow: 0n };
        const sale = solventSale(each, i === bids.length - 1 ? one : wanted, 0n);
        if (sale === "restored") return;
        assert.ok(typeof sale !== "string");
        reserved += sale.payment;
        forSale = (forSale * (one - sale.share)) / one;
        required = (required * (one - sale.share)) / one;
        const margin = forSale + reserved - required;
        // Before the end it is short; at the end it is not, by less than a unit of the share.
        if (sale.ends) {
          assert.ok(margin >= 0n);
          assert.ok(margin * one <= 2n * (requirement + value) * unit);
          return;
        }
        assert.ok(margin < 0n);
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("refusals, and accounts that are sold whole", () => {
  const each: SolventAuction = {
    equity: 1000n,
    bufferMargin: -500n,
    reserved: 0n,
    level: one / 2n,
    one,
    wholeBelow: 0n,
  };
  assert.deepEqual(solventSale(each, one, 0n), { share: 500_000n, payment: 250n, ends: true });
  assert.deepEqual(solventSale(each, 10_000n, 0n), { share: 10_000n, payment: 5n, ends: false });
  assert.equal(solventSale(each, 0n, 0n), "share");
  assert.equal(solventSale({ ...each, bufferMargin: 0n }, one, 0n), "restored");
  assert.equal(solventSale({ ...each, equity: 0n }, one, 0n), "worthless");
  assert.equal(solventSale({ ...each, reserved: 1000n }, one, 0n), "worthless");
  assert.equal(largestShareCeil({ ...each, wholeBelow: 1001n }), one);
  assert.equal(largestShareCeil({ ...each, wholeBelow: 1000n }), 500_000n);
  // At a price of 0 nothing but the requirement goes away: all of it must.
  assert.equal(largestShareCeil({ ...each, level: 0n }), one);
});

test("a buffer rounds against the account", () => {
  assert.equal(bufferMarginFloor(1000n, 900n, 150_000n, one), -35n);
  assert.equal(bufferMarginFloor(1000n, 901n, 150_000n, one), -37n);
  assert.equal(bufferMarginFloor(-5n, 0n, 150_000n, one), -5n);
});
