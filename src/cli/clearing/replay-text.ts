import { assetUnitsText } from "./replay-json.ts";
import {
  type FoundSources,
  isConserved,
  type LeftOut,
  products,
  type ReplayResult,
} from "../../service/population/index.ts";
import { formatInstant, formatInteger, formatNumber, formatPercent, formatPrice } from "../output/format.ts";
import { textTable } from "../output/table.ts";
import { type ReplayCommandOptions, type ReplayRequest } from "./replay.ts";

const right = (title: string): { title: string; align: "right" } => ({ title, align: "right" });
const left = (title: string): { title: string } => ({ title });
const count = (value: number): string => formatInteger(Math.round(value));
const millions = (usd: number): string => formatNumber(usd / 1e6, Math.abs(usd) >= 1e8 ? 0 : 2);
const grain = (ms: number): string =>
  ms % 86_400_000 === 0
    ? `${ms / 86_400_000} d`
    : ms % 3_600_000 === 0
      ? `${ms / 3_600_000} h`
      : `${formatNumber(ms / 60_000, ms % 60_000 === 0 ? 0 : 1)} min`;
const total = (counts: ReadonlyMap<unknown, number>): number =>
  [...counts.values()].reduce((sum, n) => sum + n, 0);

/** The report of a replay for people. */
export function replayText(
  request: ReplayRequest,
  found: FoundSources,
  result: ReplayResult,
  options: ReplayCommandOptions,
): string {
  const parts = [
    headline(request, result),
    sourcesText(found, result),
    daysText(result),
    tradesText(result),
    accountsText(result),
    marginText(result),
    moneyText(result),
    refusalsText(result),
    speedText(result),
    `state root after ${count(result.machine.sequence)} commands: ${result.stateRoot}`,
  ];
  if (options.journal !== undefined) {
    parts.push(
      `journal in ${options.journal}/journal; its envelopes carry no signatures: \`plimsoll verify\` replays it, --signatures would find them invalid`,
    );
  }
  return parts.join("\n\n");
}

function headline(
  { traders, seed }: ReplayRequest,
  { firstMs, lastMs, batches, commands, events }: ReplayResult,
): string {
  return [
    `Recorded prices, made-up traders: ${count(traders)} traders, seed ${seed}, ${formatInstant(firstMs)} to ${formatInstant(lastMs)}`,
    `${count(commands)} commands, ${count(events)} events, ${count(batches)} instants at which something was recorded`,
  ].join("\n");
}

function sourcesText(
  { used, leftOut }: FoundSources,
  { notes, assumptions, surfaces }: ReplayResult,
): string {
  const table = textTable(
    [left("source"), left("coin"), left("as"), right("grain"), right("rows"), left("from"), left("to")],
    used.map(({ file, coin, role, grainMs, rows, fromMs, toMs }) => [
      file,
      coin,
      role,
      role === "chain" ? "snapshots" : grain(grainMs),
      count(rows),
      formatInstant(fromMs),
      formatInstant(toMs),
    ]),
  );
  const lines = [table, `${count(surfaces)} surfaces fitted and published`];
  for (const assumption of assumptions) lines.push(`assumed: ${assumption}`);
  for (const [why, whats] of grouped(leftOut)) {
    const shown = whats.slice(0, 6).join(", ");
    lines.push(`left out, ${why}: ${shown}${whats.length > 6 ? ` and ${whats.length - 6} more` : ""}`);
  }
  const shownNotes = notes.slice(0, 5).map(({ where, what }) => `row left out: ${where}: ${what}`);
  lines.push(...shownNotes);
  if (notes.length > 5) lines.push(`… and ${notes.length - 5} more rows`);
  return lines.join("\n");
}

export function grouped(leftOut: readonly LeftOut[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { what, why } of leftOut) {
    const group = groups.get(why);
    if (group) group.push(what);
    else groups.set(why, [what]);
  }
  return groups;
}

function daysText({ days }: ReplayResult): string {
  const coins = [...new Set(days.flatMap(({ index }) => [...index.keys()]))].slice(0, 2);
  return textTable(
    [
      left("day"),
      ...coins.flatMap((coin) => [right(coin), right("move"), right("low")]),
      right("trades"),
      right("OI, M USD"),
      right("options"),
      right("calls"),
      right("restored"),
      right("below maint."),
      right("lack, M"),
      right("negative"),
      right("by, USD"),
      left("root"),
    ],
    days.map(({ dayMs, index, census, marginCalls, restored, trades, stateRoot }) => [
      new Date(dayMs).toISOString().slice(0, 10),
      ...coins.flatMap((coin) => {
        const day = index.get(coin);
        if (day === undefined) return ["–", "–", "–"];
        return [
          formatPrice(day.last),
          formatPercent(day.last / day.first - 1, 1, true),
          formatPrice(day.low),
        ];
      }),
      count(trades),
      millions(Object.values(census.openInterestUsd).reduce((sum, usd) => sum + usd, 0)),
      millions(census.openInterestUsd.option),
      count(marginCalls),
      count(restored),
      count(census.belowMaintenance),
      millions(census.shortfallUsd),
      count(census.negative),
      count(census.negativeUsd),
      stateRoot.slice(0, 8),
    ]),
  );
}

function tradesText({ tally, last }: ReplayResult): string {
  return textTable(
    [
      left("product"),
      right("trades"),
      right("as blocks"),
      right("volume, M USD"),
      right("premium, M USD"),
      right("open interest, M USD"),
    ],
    products.map((product) => {
      const { trades, blockTrades, notionalUsd, premiumUsd } = tally.products[product];
      return [
        product,
        count(trades),
        count(blockTrades),
        millions(notionalUsd),
        millions(premiumUsd),
        millions(last.openInterestUsd[product]),
      ];
    }),
  );
}

function accountsText({ last, population }: ReplayResult): string {
  const temperaments = new Map<string, number>();
  for (const { temperament } of population.traders)
    temperaments.set(temperament, (temperaments.get(temperament) ?? 0) + 1);
  const { byMode } = last;
  return [
    `accounts: ${count(last.accounts)}, of them ${population.makers.all.length} makers; isolated ${count(byMode.isolated)}, cross ${count(byMode.cross)}, portfolio ${count(byMode.portfolio)}`,
    `traders: ${[...temperaments].map(([name, n]) => `${name} ${count(n)}`).join(", ")}`,
  ].join("\n");
}

function marginText({ tally, last, worst }: ReplayResult): string {
  const { calls, restored, accounts, byHour } = tally.margin;
  const hours = [...byHour].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 5);
  return [
    `margin calls: ${count(calls)} of ${count(accounts.size)} accounts; ${count(restored)} restored, ${count(last.calledNow)} still called`,
    `worst hours: ${hours.length === 0 ? "none" : hours.map(([ms, n]) => `${formatInstant(ms)} ${count(n)}`).join(", ")}`,
    "An account that is called is liquidated as docs/liquidation.md says; nobody bids for accounts in auction here.",
    `negative equity at the end: ${count(last.negative)} accounts, ${count(last.negativeUsd)} USD; at its worst (${formatInstant(worst.timeMs)}, looked at each hour): ${count(worst.negative)} accounts, ${count(worst.negativeUsd)} USD, the largest ${count(worst.worstNegativeUsd)} USD`,
  ].join("\n");
}

function moneyText({ tally, machine, conservation }: ReplayResult): string {
  const { markets } = machine.engine.stores;
  const sums = (units: ReadonlyMap<number, bigint>): string =>
    units.size === 0
      ? "none"
      : [...units]
          .map(([asset, sum]) => `${assetUnitsText(machine, asset, sum)} ${markets.assets.label(asset)}`)
          .join(", ");
  const off = conservation.filter((one) => !isConserved(one));
  const held = conservation
    .map(({ heldUnits }, asset) => ({ heldUnits, asset }))
    .filter(({ heldUnits }) => heldUnits !== 0n)
    .map(
      ({ heldUnits, asset }) => `${assetUnitsText(machine, asset, heldUnits)} ${markets.assets.label(asset)}`,
    );
  const jump = tally.largestJump;
  return [
    `funding paid by payers: ${sums(tally.fundingUnits)}`,
    `interest paid by borrowers: ${sums(tally.interestUnits)}`,
    `settlements: ${count(tally.settlements)} instruments expired, ${count(tally.settledPositions)} positions closed`,
    `stops triggered: ${count(tally.triggered)}; largest move of a perpetual's mark at once: ${jump.instrument < 0 ? "none" : `${markets.instruments.label(jump.instrument)} ${formatPercent(jump.share, 2, true)} at ${formatInstant(jump.timeMs)}`}`,
    off.length === 0
      ? `conservation: all accounts sum to exactly 0 units in each of ${conservation.length} assets, and the vaults hold deposits less withdrawals to the unit: ${held.join(", ")}`
      : `CONSERVATION FAILS: ${off.map(({ asset, totalUnits, depositedUnits, heldUnits }) => `${asset} sums to ${totalUnits}, deposited ${depositedUnits}, held ${heldUnits}`).join("; ")}`,
  ].join("\n");
}

function refusalsText({ tally }: ReplayResult): string {
  const rows = [...tally.rejections].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 12);
  const title = `refused: ${count(total(tally.rejections))} commands`;
  if (rows.length === 0) return title;
  return `${title}\n${textTable(
    [left("command and reason"), right("times")],
    rows.map(([what, n]) => [what, count(n)]),
  )}`;
}

function speedText({ seconds, commands, remargins, peakMemoryBytes }: ReplayResult): string {
  const { total: all, processor, feed, prices, makers, traders, census, journal } = seconds;
  const machine = prices + makers + traders;
  return [
    `${formatNumber(all, 1)} s (${formatNumber(processor, 1)} s of processors): feed ${formatNumber(feed, 1)}, prices and margin watch ${formatNumber(prices, 1)}, makers ${formatNumber(makers, 1)}, traders ${formatNumber(traders, 1)}, censuses and roots ${formatNumber(census, 1)}, journal ${formatNumber(journal, 1)}`,
    `${count(commands / machine)} commands/s in the engine, watch included; ${count(commands / (makers + traders))}/s of makers and traders alone`,
    `margin watch: ${count(remargins)} accounts re-margined, ${count(remargins / prices)}/s`,
    `memory: ${count(peakMemoryBytes / 1_048_576)} MiB at most`,
  ].join("\n");
}
