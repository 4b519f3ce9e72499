import { type ClearingEvent, type Command } from "../../src/clearing/index.ts";
import { type SigningKey } from "../../src/service/signatures/index.ts";
import { order } from "../properties/clearing-venue.ts";
import { keys, perpetualIndex, type ServiceVenue, usdcIndex } from "./venue.ts";

/** Mark at which the account of {@link fallen} keeps next to nothing. */
const fallenMark = 94_500;

/** Sends a command that must be accepted; its events. */
type Must = (key: SigningKey, command: Command) => Promise<readonly ClearingEvent[]>;

/** Publishes the price of BTC, a second later unless the clock is real. */
export function publish(venue: ServiceVenue, must: Must, usd: number): Promise<readonly ClearingEvent[]> {
  venue.nowMs += 1_000;
  const price = { feed: 0, priceMicros: usd * 1_000_000, confidencePpm: 1_000_000, timeMs: venue.now() };
  return must(keys.officer, { type: "publishPrices", prices: [price] });
}

/** Publishes prices until the mark is where the account has fallen: prices move by so much per second, and marks have a premium. */
export async function fall(venue: ServiceVenue, must: Must): Promise<void> {
  const { markets } = venue.clearinghouse.machine.engine.stores;
  for (let tries = 0; tries < 50; tries++) {
    const premium = markets.markMicros(perpetualIndex) / markets.indexMicros(0);
    await new Promise((done) => setTimeout(done, 20));
    await publish(venue, must, Math.round(fallenMark / premium));
    if (Math.abs(markets.markMicros(perpetualIndex) / 1e6 - fallenMark) < 50) return;
  }
  throw new Error(`the mark is at ${markets.markMicros(perpetualIndex)}`);
}

/**
 * An account of the stranger's that is long 1 BTC with 6,000 USDC, after the price fell from 100,000. The machine has called it, and leaves its
 * liquidation to whoever calls for it next.
 */
export async function fallen(venue: ServiceVenue, must: Must): Promise<number> {
  const enable = (value: 0 | 1): Promise<unknown> =>
    must(keys.officer, {
      type: "setParameter",
      target: "liquidation",
      index: 0,
      parameter: "enabled",
      value,
    });
  const opened = await must(keys.stranger, { type: "openAccount", marginMode: "cross" });
  const account = opened.find((event) => event.type === "accountOpened")?.account ?? -1;
  const deposit = { asset: usdcIndex, units: 6_000_000_000, reference: `fallen-${account}` };
  await must(keys.officer, { type: "deposit", account, ...deposit });
  await publish(venue, must, 100_000);
  const both = { instrument: perpetualIndex, priceTicks: 100_000, lots: 1_000 };
  await must(keys.bob, order({ ...both, account: venue.bob, side: "sell" }));
  await must(keys.stranger, order({ ...both, account, side: "buy", timeInForce: "ioc" }));
  await enable(0);
  await fall(venue, must);
  await enable(1);
  return account;
}

/** The same, in auction: called for by Bob. */
export async function inAuction(venue: ServiceVenue, must: Must): Promise<number> {
  const target = await fallen(venue, must);
  await must(keys.bob, { type: "callLiquidation", account: venue.bob, target });
  await fall(venue, must);
  return target;
}
