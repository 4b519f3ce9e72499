import { formatDecimal } from "../../quantity/index.ts";
import { type FoundSources, type ReplayResult } from "../../service/population/index.ts";
import { type Machine } from "../../service/clearinghouse/index.ts";
import { groupDigits } from "../output/format.ts";
import { type ReplayRequest } from "./replay.ts";

/** Units of an asset as a decimal amount. */
export function assetUnitsText({ engine }: Machine, asset: number, units: bigint): string {
  const decimals = engine.stores.markets.assets.get("decimals", asset);
  const text = formatDecimal({ coefficient: units, scale: decimals });
  return text.replace(/\d+/, groupDigits);
}

/** The report of a replay for machines: amounts in USD unless a name says units. */
export function replayJson(request: ReplayRequest, found: FoundSources, result: ReplayResult): unknown {
  const { tally, days, last, worst, machine, seconds } = result;
  const label = (asset: number): string => machine.engine.stores.markets.assets.label(asset);
  const units = (sums: ReadonlyMap<number, bigint>): Record<string, string> =>
    Object.fromEntries([...sums].map(([asset, sum]) => [label(asset), String(sum)]));
  const { folder: _, speed: __, ...asked } = request;
  return {
    request: asked,
    span: { fromMs: result.firstMs, toMs: result.lastMs },
    sources: found.used,
    leftOut: found.leftOut,
    assumptions: result.assumptions,
    notes: result.notes,
    commands: result.commands,
    commandsByType: Object.fromEntries(result.commandsByType),
    events: result.events,
    eventsByType: Object.fromEntries(tally.events),
    batches: result.batches,
    surfaces: result.surfaces,
    rejections: Object.fromEntries(tally.rejections),
    products: tally.products,
    marginCalls: {
      calls: tally.margin.calls,
      accounts: tally.margin.accounts.size,
      restored: tally.margin.restored,
      byHour: [...tally.margin.byHour].map(([hourMs, calls]) => ({ hourMs, calls })),
    },
    fundingUnits: units(tally.fundingUnits),
    interestUnits: units(tally.interestUnits),
    settlements: { instruments: tally.settlements, positions: tally.settledPositions },
    stopsTriggered: tally.triggered,
    cancelled: Object.fromEntries(tally.cancelled),
    days: days.map(({ index, ...day }) => ({ ...day, index: Object.fromEntries(index) })),
    last,
    worst,
    conservation: result.conservation.map(({ asset, totalUnits, depositedUnits, heldUnits }) => ({
      asset,
      totalUnits: String(totalUnits),
      depositedUnits: String(depositedUnits),
      heldUnits: String(heldUnits),
    })),
    remargins: result.remargins,
    seconds,
    peakMemoryBytes: result.peakMemoryBytes,
    stateRoot: result.stateRoot,
  };
}
