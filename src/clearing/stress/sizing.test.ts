import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, order, type TestVenue } from "../../../test/properties/clearing-venue.ts";
import { firstAccount, instruments, wholeVenue } from "../../../test/properties/clearing-whole-venue.ts";
import { houseAccount } from "../accounts/index.ts";
import { StateTree } from "../state/index.ts";
import { type FundSizing, fundSizing } from "./index.ts";

const bob = firstAccount + 2;

interface Long {
  readonly owner: number;
  /** USDC, and lots of a thousandth of a bitcoin bought at 100,000. */
  readonly cash: number;
  readonly lots: number;
}

/** A venue whose traders are long BTC at 100,000, on borrowed time. */
function venueOf(longs: readonly Long[]): TestVenue {
  const venue = wholeVenue(true);
  venue.timeMs += 2_000;
  for (const { owner, cash, lots } of longs) {
    const account = venue.account(addressOf(owner), cash * 1_000_000);
    venue.must(addressOf(2), order({ account: bob, side: "sell", lots, priceTicks: 100_000 }));
    venue.must(addressOf(owner), order({ account, lots, priceTicks: 100_000 }));
  }
  venue.timeMs += 20_000;
  venue.price(0, 100_000);
  venue.tick(20_000);
  return venue;
}

function sized({ engine }: TestVenue): FundSizing {
  const sizing = fundSizing(engine.stores);
  assert.ok(sizing);
  return sizing;
}

const donate = (venue: TestVenue, tranche: "protocol" | "market", instrument: number, usd: number): void => {
  const units = usd * 1_000_000;
  venue.must(addressOf(1), { type: "donateFund", account: firstAccount, tranche, instrument, units });
};

const usd = (micros: number): number => Math.round(micros / 10_000) / 100;

/*
 * Worked out by hand. BTC's mildest extreme fall is 33 %: 33,000 a coin. The fee for taking is 450 ppm. Closing: half a spread of
 * 0.012 %, and an impact of 0.25 % × √(notional ÷ 600,000), 600,000 being one side of the depth.
 *
 * 4 coins on 30,000: 132,000 lost; closing 48 + 1,000 × √(2/3) = 864.50; equity 30,000 − 180. Short of 0 by 103,044.50.
 * 2 coins on 20,000: 66,000 lost; closing 24 + 500 × √(1/3) = 312.68; equity 20,000 − 90. Short of 0 by 46,402.68.
 * 1 coin on 32,000: 33,000 lost; closing 12 + 250 × √(1/6) = 114.06; equity 32,000 − 45. Short of 0 by 1,159.06.
 */
const four: Long = { owner: 9, cash: 30_000, lots: 4_000 };
const two: Long = { owner: 10, cash: 20_000, lots: 2_000 };
const one: Long = { owner: 11, cash: 32_000, lots: 1_000 };

const cases: readonly {
  readonly name: string;
  readonly longs: readonly Long[];
  readonly coverOne: number;
  readonly coverTwo: number;
  readonly all: number;
}[] = [
  { name: "one loser", longs: [four], coverOne: 103_044.5, coverTwo: 103_044.5, all: 103_044.5 },
  { name: "two losers", longs: [two, four], coverOne: 103_044.5, coverTwo: 149_447.17, all: 149_447.17 },
  {
    name: "three losers",
    longs: [four, one, two],
    coverOne: 103_044.5,
    coverTwo: 149_447.17,
    all: 150_606.23,
  },
  {
    name: "two accounts of one owner are one loser",
    longs: [four, { ...two, owner: 9 }, one],
    coverOne: 149_447.17,
    coverTwo: 150_606.23,
    all: 150_606.23,
  },
  { name: "enough equity", longs: [{ ...four, cash: 140_000 }], coverOne: 0, coverTwo: 0, all: 0 },
];

for (const { name, longs, coverOne, coverTwo, all } of cases) {
  test(`worked out by hand: ${name}`, () => {
    const sizing = sized(venueOf(longs));
    const crash = sizing.worst.find(({ scenario }) => scenario.family === "extreme:fall:1");
    assert.equal(usd(crash?.firstMicros ?? 0), coverOne);
    assert.equal(usd(crash?.coverTwoMicros ?? 0), coverTwo);
    assert.equal(usd(crash?.totalMicros ?? 0), all);
    assert.equal(usd(sizing.coverTwo?.coverTwoMicros ?? 0), coverTwo);
    assert.equal(usd(sizing.coverOne?.firstMicros ?? 0), coverOne);
    assert.equal(sizing.isShort, coverTwo > 0);
  });
}

test("says who loses, and by what", () => {
  const [owner] = sized(venueOf([two, four])).coverTwo?.owners ?? [];
  assert.equal(owner?.owner, addressOf(9));
  const [account] = owner.accounts;
  assert.equal(account?.market, "BTC-PERP");
  assert.equal(usd(account.gainMicros), -132_000);
  assert.equal(usd(account.equityMicros), 29_820);
  assert.deepEqual(account.items[0], { item: "BTC-PERP", size: 4, gainMicros: -132_000_000_000 });
});

test("the fund against them: common tranches first, a market's own for its losses alone", () => {
  const venue = venueOf([two, four]);
  const { cashMicros } = sized(venue);
  assert.ok(cashMicros < 100_000_000, "its share of fees, and nothing else");
  donate(venue, "protocol", 0, 100_000);
  const half = sized(venue);
  assert.equal(half.shortfallMicros, half.coverTwo!.coverTwoMicros - 100_000_000_000 - cashMicros);
  assert.ok(Math.abs(half.coverage! - 100_000 / 149_447.17) < 1e-3);
  donate(venue, "market", instruments.ethPerpetual, 30_000);
  assert.equal(sized(venue).shortfallMicros, half.shortfallMicros);
  assert.equal(sized(venue).cashMicros, cashMicros + 130_000_000_000);
  donate(venue, "market", instruments.perpetual, 40_000);
  assert.equal(sized(venue).shortfallMicros, half.shortfallMicros - 40_000_000_000);
  donate(venue, "protocol", 0, 10_000);
  const whole = sized(venue);
  assert.equal(whole.isShort, false);
  assert.equal(whole.coverTwo?.marketMicros, 40_000_000_000);
});

test("measuring changes nothing: the state's root stays", () => {
  const { engine } = venueOf([two, four]);
  const root = (): string => Buffer.from(new StateTree(engine.sections).root(engine.head)).toString("hex");
  const before = root();
  const first = fundSizing(engine.stores);
  assert.deepEqual(fundSizing(engine.stores), first);
  assert.equal(root(), before);
});

test("options of the fund count at what they would sell for, beside a fund that kept its premium", () => {
  const venue = venueOf([two, four]);
  donate(venue, "protocol", 0, 100_000);
  const { markets, positions } = venue.engine.stores;
  const put = instruments.put;
  const tick = markets.instruments.get("tickMicros", put);
  const priceTicks = Math.ceil(markets.markMicros(put) / tick) + 1;
  const lots = 1_000;
  venue.must(addressOf(2), order({ account: bob, instrument: put, side: "sell", lots, priceTicks }));
  venue.must("0x0000000000000000000000000000000000000add", {
    type: "hedgeFund",
    instrument: put,
    lots,
    priceTicks,
  });
  assert.equal(positions.lotsOf(houseAccount.insurance, put), lots);
  const sizing = sized(venue);
  const [hedge] = sizing.hedges;
  assert.equal(hedge?.premiumMicros, priceTicks * tick);
  const crash = sizing.coverTwo!;
  // Struck at 100,000 with hours to live: a fall of 33 % brings at least that, less what selling costs.
  assert.ok(
    crash.hedgesMicros > 32_000_000_000 && crash.hedgesMicros < 33_100_000_000,
    `${crash.hedgesMicros}`,
  );
  assert.equal(crash.unhedgedMicros, crash.commonMicros + hedge.premiumMicros);
  assert.equal(crash.resourcesMicros, crash.commonMicros + crash.hedgesMicros);
});
