import { houseAccount } from "../../clearing/accounts/index.ts";
import { type LocalVenue } from "../../service/venue/index.ts";
import { formatUnits, priceViews } from "../../service/views/index.ts";
import { type HistogramFigures } from "../../service/journal/index.ts";
import { type SampleTraders } from "../../service/traders/index.ts";
import { conservation, type Conservation, type ServeTally } from "./serve-tally.ts";

/** How a running venue is. */
export interface ServeFigures {
  readonly venueTimeMs: number;
  readonly sequence: number;
  readonly commands: number;
  readonly commandsPerSecond: number;
  readonly rejected: number;
  readonly trades: number;
  readonly volumeUsd: number;
  readonly accounts: number;
  readonly openOrders: number;
  readonly openInterestUsd: number;
  readonly marginCalls: number;
  readonly prices: readonly { readonly name: string; readonly priceUsd: number; readonly isFresh: boolean }[];
  /** From starting a group's write until the disk has it; upper bounds of the histogram's buckets. */
  readonly commitP50Ms: number;
  readonly commitP99Ms: number;
  readonly conservation: readonly Conservation[];
  readonly traders?: {
    readonly makers: number;
    readonly takers: number;
    readonly orders: number;
    readonly filled: number;
    readonly refused: number;
    readonly failed: number;
  };
}

/** The least bound that `share` of the values are below. */
export function quantile({ bounds, counts, count, max }: HistogramFigures, share: number): number {
  if (count === 0) return 0;
  let below = 0;
  for (const [i, bound] of bounds.entries()) {
    below += counts[i] ?? 0;
    if (below >= share * count) return Math.min(bound, max);
  }
  return max;
}

export function serveFigures(
  { venue }: LocalVenue,
  tally: ServeTally,
  commandsPerSecond: number,
  traders: SampleTraders | undefined,
): ServeFigures {
  const { machine } = venue.house;
  const { stores } = machine.engine;
  const { commitMicros } = venue.log.stats();
  const owned = stores.accounts.count;
  let house = 0;
  for (let account = 0; account < owned; account++) if (stores.accounts.isHouse(account)) house++;
  return {
    venueTimeMs: machine.timeMs,
    sequence: machine.sequence,
    commands: tally.commands,
    commandsPerSecond,
    rejected: tally.rejected,
    trades: tally.trades,
    volumeUsd: tally.volumeUsd,
    accounts: owned - house,
    openOrders: stores.orders.orderCount,
    openInterestUsd: tally.openInterestUsd(),
    marginCalls: tally.marginCalls,
    prices: priceViews(machine.engine).map(({ name, priceUsd, confidence }) => ({
      name,
      priceUsd: Number(priceUsd),
      isFresh: Number(confidence) > 0,
    })),
    commitP50Ms: quantile(commitMicros, 0.5) / 1_000,
    commitP99Ms: quantile(commitMicros, 0.99) / 1_000,
    conservation: conservation(machine.engine),
    ...(traders ? { traders: { makers: traders.makers, takers: traders.takers, ...traders.counts } } : {}),
  };
}

/** What the house earned in fees, by asset; negative: rebates were more. */
export function feesOf({ venue }: LocalVenue): { readonly asset: string; readonly amount: string }[] {
  const { ledger, markets } = venue.house.machine.engine.stores;
  return Array.from({ length: ledger.assetCount }, (_, asset) => {
    const { name, decimals } = markets.assetSpec(asset);
    return { asset: name, amount: formatUnits(ledger.balance(houseAccount.fees, asset), decimals) };
  }).filter(({ amount }) => amount !== "0");
}
