import { readFileSync } from "node:fs";
import {
  addressOf,
  coin,
  future,
  inversePerpetual,
  officer,
  option,
  perpetual,
  spot,
  startMs,
  TestVenue,
  underlying,
  usdc,
} from "./clearing-venue.ts";

/** Feeds in order of listing. */
export const feeds = { btc: 0, eth: 1, btcAsset: 2, ethAsset: 3 } as const;
export const assets = { usdc: 0, btc: 1, eth: 2 } as const;
export const instruments = {
  perpetual: 0,
  inverse: 1,
  spot: 2,
  future: 3,
  call: 4,
  put: 5,
  ethPerpetual: 6,
} as const;
export const instrumentCount = 7;
/** Two accounts of each owner. */
export const ownerCount = 3;
export const firstAccount: number = 5 + instrumentCount + 2;
export const accountCount: number = ownerCount * 2;
export const expiryMs: number = startMs + 10_800_000;

const marginParameters = readFileSync(new URL("../../params/plimsoll-margin.json", import.meta.url), "utf8");

/**
 * A venue with every kind of instrument, a pool, and six accounts of three owners.
 *
 * @param portfolio - whether the last owner's accounts are under portfolio margin.
 */
export function wholeVenue(portfolio: boolean = false, venue: TestVenue = new TestVenue()): TestVenue {
  venue.open();
  venue.must(officer, { type: "listAsset", asset: usdc });
  for (const name of ["BTC", "ETH"])
    venue.must(officer, {
      type: "listUnderlying",
      underlying: underlying(name, { maxPriceAgeMs: 86_400_000 }),
    });
  venue.must(officer, { type: "listAsset", asset: coin("BTC") });
  venue.must(officer, {
    type: "listAsset",
    asset: coin("ETH", { decimals: 9, borrowable: true, borrowCapUnits: 20_000_000_000 }),
  });
  const rounding = { strikeMicros: 100_000_000_000 };
  for (const instrument of [
    perpetual(),
    inversePerpetual(),
    spot(),
    future(expiryMs),
    option(expiryMs, rounding),
    option(expiryMs, { ...rounding, name: "BTC-100000-P", optionType: "put" }),
    perpetual({
      name: "ETH-PERP",
      underlying: "ETH",
      tickMicros: 100_000,
      lotNanos: 10_000_000,
      makerFeePpm: 100,
    }),
  ]) {
    venue.must(officer, { type: "listInstrument", instrument });
  }
  venue.price(feeds.btc, 100_000);
  venue.price(feeds.eth, 4_000);
  venue.must(officer, {
    type: "publishSurface",
    underlying: 0,
    timeMs: venue.timeMs,
    slices: [
      { expiryMs, forwardMicros: 100_000_000_000, a: 0.00002, b: 0.0001, rho: 0, m: 0, sigma: 0.1 },
      {
        expiryMs: expiryMs + 86_400_000,
        forwardMicros: 100_000_000_000,
        a: 0.0005,
        b: 0.001,
        rho: 0,
        m: 0,
        sigma: 0.1,
      },
    ],
  });
  venue.must(officer, {
    type: "createPool",
    instrument: instruments.perpetual,
    pool: {
      depthLotsPerPercent: 100,
      maxDeviationPpm: 50_000,
      feePpm: 300,
      minPricePpm: 700_000,
      maxPricePpm: 1_300_000,
      initialShareUnits: 1_000,
    },
  });
  if (portfolio) {
    venue.must(officer, { type: "setRiskDocument", document: "marginParameters", text: marginParameters });
  }
  for (let i = 0; i < accountCount; i++) {
    const mode = portfolio && i >= 4 ? "portfolio" : i % 2 === 0 ? "cross" : "isolated";
    const account = venue.account(addressOf(1 + (i >> 1)), 200_000_000_000, mode);
    venue.deposit(account, assets.btc, 50_000_000);
    venue.deposit(account, assets.eth, 5_000_000_000);
  }
  return venue;
}
