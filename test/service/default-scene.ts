import { keys, perpetualIndex, type ServiceVenue, usdcIndex } from "./venue.ts";

/** Price at which the account of {@link fallen} keeps next to nothing. */
export const fallenPrice = 94_500;

/**
 * An account of the stranger's that is long 1 BTC with 6,000 USDC, after the price fell from 100,000. The machine has called it, and leaves its
 * liquidation to whoever calls for it next.
 */
export async function fallen(venue: ServiceVenue): Promise<number> {
  const enable = async (value: 0 | 1): Promise<void> => {
    const parameter = { target: "liquidation", index: 0, parameter: "enabled", value } as const;
    await venue.must(keys.officer, { type: "setParameter", ...parameter });
  };
  const account = await venue.openAccount(keys.stranger);
  const deposit = { asset: usdcIndex, units: 6_000_000_000, reference: `fallen-${account}` };
  await venue.must(keys.officer, { type: "deposit", account, ...deposit });
  await venue.price(100_000);
  const order = { instrument: perpetualIndex, priceTicks: 100_000, lots: 1_000 };
  await venue.must(keys.bob, venue.order({ ...order, account: venue.bob, side: "sell" }));
  await venue.must(keys.stranger, venue.order({ ...order, account, side: "buy", timeInForce: "ioc" }));
  await enable(0);
  await venue.price(fallenPrice);
  await enable(1);
  return account;
}

/** The same, in auction: called for by Bob. */
export async function inAuction(venue: ServiceVenue): Promise<number> {
  const target = await fallen(venue);
  await venue.must(keys.bob, { type: "callLiquidation", account: venue.bob, target });
  await venue.price(fallenPrice);
  return target;
}
