import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type DeriveMarket } from "./accounts.ts";
import { DeriveSystem, type DeriveSystemTerms } from "./liquidation-system.ts";
import { StepReverted } from "./reverted.ts";

const one = 10n ** 18n;
const percent = (count: bigint): bigint => (count * one) / 100n;

const terms: DeriveSystemTerms = {
  auction: {
    startingMtMPercentage: percent(95n),
    fastAuctionCutoffPercentage: percent(70n),
    fastAuctionLength: 900n,
    slowAuctionLength: 43_200n,
    insolventAuctionLength: 3_600n,
    liquidatorFeeRate: percent(10n),
    bufferMarginPercentage: percent(15n),
  },
  mtmCutoff: 0n,
  market: {
    perp: { mmPerpReq: percent(6n), imPerpReq: percent(10n) },
    option: {
      maxSpotReq: percent(15n),
      minSpotReq: percent(13n),
      mmCallSpotReq: percent(9n),
      mmPutSpotReq: percent(9n),
      MMPutMtMReq: percent(9n),
      unpairedIMScale: percent(120n),
      unpairedMMScale: percent(110n),
      mmOffsetScale: percent(105n),
    },
    oracleContingency: { perpThreshold: 0n, optionThreshold: 0n, baseThreshold: 0n, OCFactor: one },
    base: { marginFactor: percent(80n), IMScale: percent(93n) },
  },
  depeg: { threshold: percent(99n), depegFactor: 2n * one },
  interest: {
    minRate: percent(2n),
    slopeToOptimum: percent(8n),
    slopeAbove: percent(90n),
    optimalUtilisation: percent(85n),
  },
  smFeeFraction: percent(20n),
  victim: "victim",
  securityModule: "fund",
  accounts: ["victim", "maker", "fund", "rich", "poor"],
  options: [{ expirySeconds: 2_000_000, strike: 2_100n * one, type: "call" }],
};

const marketAt = (dollars: bigint): DeriveMarket => ({
  spot: dollars * one,
  perp: dollars * one,
  forward: () => dollars * one,
  vol: () => percent(60n),
});

/** A victim short 10 calls and long 10 perpetuals, with 5000 of cash. */
function opened(): DeriveSystem {
  const system = new DeriveSystem(terms, 0n, marketAt(2_000n));
  const deposits = { victim: 5_000n, maker: 1_000_000n, fund: 100n, rich: 500_000n, poor: 100n };
  for (const [account, dollars] of Object.entries(deposits))
    system.accounts.deposit(account, dollars * 1_000_000n);
  system.accounts.transfer("maker", "victim", "option:0", -10n * one);
  system.accounts.transfer("maker", "victim", "perp", 10n * one);
  return system;
}

interface Report {
  readonly victim: Readonly<Record<string, bigint>>;
  readonly auction: { readonly ongoing: boolean; readonly insolvent: boolean; readonly reservedCash: bigint };
  readonly totalInsolventMM: bigint;
  readonly withdrawBlocked: boolean;
  readonly cash: Readonly<Record<string, bigint>>;
}
const report = (system: DeriveSystem): Report => system.report() as unknown as Report;

const refusal = (step: () => void): string | undefined => {
  try {
    step();
  } catch (error) {
    assert.ok(error instanceof StepReverted);
    return error.error;
  }
  return assert.fail("not refused");
};

test("each refusal has its name", () => {
  const calm = opened();
  assert.equal(
    refusal(() => calm.startAuction()),
    "DA_AccountIsAboveMaintenanceMargin",
  );
  assert.equal(
    refusal(() => calm.bid("rich", one)),
    "DA_NotOngoingAuction",
  );
  assert.equal(
    refusal(() => calm.terminateAuction()),
    "DA_NotOngoingAuction",
  );
  assert.equal(
    refusal(() => calm.convertToInsolventAuction()),
    "DA_AuctionNotStarted",
  );
  const market = marketAt(1_750n);
  const fallen = calm.copy(60n, market);
  assert.ok((fallen.startAuction() ?? 0n) > 0n);
  const at = (seconds: bigint): DeriveSystem => fallen.copy(seconds, market);
  assert.equal(
    refusal(() => at(61n).startAuction()),
    "DA_AuctionAlreadyStarted",
  );
  assert.equal(
    refusal(() => at(61n).terminateAuction()),
    "DA_AuctionCannotTerminate",
  );
  assert.equal(
    refusal(() => at(61n).convertToInsolventAuction()),
    "DA_OngoingSolventAuction",
  );
  assert.equal(
    refusal(() => at(61n).bid("rich", 0n)),
    "DA_InvalidPercentage",
  );
  assert.equal(
    refusal(() => at(61n).bid("rich", one + 1n)),
    "DA_InvalidPercentage",
  );
  assert.equal(
    refusal(() => at(61n).bid("poor", one)),
    "DA_InsufficientCash",
  );
  assert.equal(
    refusal(() => at(61n).bid("maker", one)),
    "DA_InvalidBidderPortfolio",
  );
  assert.equal(
    refusal(() => at(60_000n).bid("rich", one)),
    "DA_SolventAuctionEnded",
  );
  const converted = at(60_000n);
  converted.convertToInsolventAuction();
  assert.equal(
    refusal(() => converted.convertToInsolventAuction()),
    "DA_AuctionAlreadyInInsolvencyMode",
  );
  assert.equal(report(converted).withdrawBlocked, true);
  const recovered = converted.copy(60_001n, marketAt(2_000n));
  assert.equal(
    refusal(() => recovered.bid("rich", one)),
    "DA_AuctionShouldBeTerminated",
  );
  recovered.terminateAuction();
  assert.deepEqual([report(recovered).auction.ongoing, report(recovered).totalInsolventMM], [false, 0n]);
});

test("a bid for all of a solvent account buys what brings its buffer margin to 0, and ends the auction", () => {
  const fallen = opened().copy(60n, marketAt(1_750n));
  fallen.startAuction();
  const later = fallen.copy(300n, marketAt(1_750n));
  const { finalFraction, cashFromBidder, cashToBidder } = later.bid("rich", one);
  assert.ok(finalFraction > 0n && finalFraction < one && cashFromBidder > 0n && cashToBidder === 0n);
  const { victim, auction } = report(later);
  assert.equal(auction.ongoing, false);
  assert.equal(auction.reservedCash, cashFromBidder);
  assert.ok((victim["bufferMargin"] ?? 1n) <= 0n && (victim["bufferMargin"] ?? 0n) > -1_000_000n);
});

test("copies are on their own: nothing that happens to one shows in the other", () => {
  const before = opened();
  const kept = JSON.stringify(before.report(), (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  const copy = before.copy(60n, marketAt(1_500n));
  copy.startAuction();
  copy.bid("rich", one);
  const after = JSON.stringify(before.report(), (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  assert.equal(after, kept);
});

const step = fc.record({
  operation: fc.constantFrom("start", "bid", "bid", "convert", "terminate"),
  wait: fc.bigInt({ min: 0n, max: 30_000n }),
  dollars: fc.bigInt({ min: 1_200n, max: 2_600n }),
  bidder: fc.constantFrom("rich", "poor", "maker"),
  fraction: fc.bigInt({ min: 1n, max: one }),
});

test("stable coin held equals all cash less what losses minted, through any auction", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      let system = opened();
      let seconds = 0n;
      let minted = 0n;
      for (const { operation, wait, dollars, bidder, fraction } of steps) {
        seconds += wait;
        const next = system.copy(seconds, marketAt(dollars));
        // All interest of a second accrues at its first touch.
        const touched = next.copy(seconds, marketAt(dollars));
        touched.accounts.accrue();
        const fees = report(touched).cash["accruedSmFees"] ?? 0n;
        let shortfall = 0n;
        try {
          if (operation === "start") next.startAuction();
          else if (operation === "convert") next.convertToInsolventAuction();
          else if (operation === "terminate") next.terminateAuction();
          else {
            const fund = next.accounts.balance("fund", "cash");
            const { cashToBidder } = next.bid(bidder, fraction);
            if (cashToBidder > fund) shortfall = cashToBidder - fund;
          }
        } catch (error) {
          assert.ok(error instanceof StepReverted);
          continue;
        }
        system = next;
        // A loss wipes the fees that stood accrued before it is minted.
        minted += shortfall > fees ? shortfall - fees : 0n;
        const { cash, totalInsolventMM } = report(system);
        assert.ok(totalInsolventMM >= 0n);
        const {
          totalSupply = 0n,
          accruedSmFees = 0n,
          totalBorrow = 0n,
          netSettledCash = 0n,
          stableHeld = 0n,
        } = cash;
        const all = totalSupply + accruedSmFees - totalBorrow - netSettledCash;
        assert.equal(stableHeld * 10n ** 12n, all - minted);
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});
