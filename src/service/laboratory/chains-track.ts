import { type Market } from "../../market/index.ts";
import { median } from "../../market/median.ts";
import {
  groupBySnapshot,
  optionChainRows,
  type OptionChainRow,
} from "../../market/readers/option-chain-csv.ts";
import { marketFromOptionChain } from "../../market/readers/option-chain-market.ts";
import { withFittedSurfaces } from "../../pricing/index.ts";
import { DataFolders } from "./data-files.ts";
import { type AskedBook, type ModelPanel } from "./models.ts";
import { type OptionBook, optionBooks, optionChainsOf, sizeAt } from "./option-books.ts";
import { optionHistories, optionHistoryTables, type OptionHistories } from "./option-history.ts";
import { type OpenedBook, OptionWindows, planWindows, type PlannedWindow } from "./option-windows.ts";
import { dayMs, hourMs } from "./panels.ts";
import { horizonHours, type LaboratoryTrack, partOf, type TrackContext } from "./track.ts";

/** Close-out horizons of recorded chains. */
export const chainHorizonHours: readonly number[] = [6, 24, 48];
/** An index this near to an expiry stands for the price that its options settled at. */
const settlementDistanceMs = 2 * hourMs;
const chainTables = "options_chain_";
/** Of a quick run, days taken of all. */
const quickEvery = 8;

type Table = ReturnType<DataFolders["tables"]>[number];

/** One recorded chain, not yet read. */
interface Snapshot {
  readonly table: Table;
  readonly snapshot: string;
  /** Rows of one snapshot may be minutes apart: it is as of the last. */
  readonly timeMs: number;
}

/** What the parts of one run share. */
interface Prepared {
  readonly data: DataFolders;
  readonly histories: OptionHistories;
  readonly snapshots: readonly Snapshot[];
  readonly windows: readonly PlannedWindow[];
}

const prepared = new WeakMap<TrackContext, Prepared>();

function prepare(context: TrackContext): Prepared {
  const known = prepared.get(context);
  if (known) return known;
  const data = new DataFolders(context.folders);
  const snapshots = listSnapshots(data).filter(
    ({ timeMs }) => timeMs >= context.fromMs && timeMs < context.toMs,
  );
  const windows = planWindows(
    snapshots.map(({ timeMs }) => timeMs),
    chainHorizonHours.map((hours) => ({ index: horizonHours.indexOf(hours), hours })),
  ).filter(({ startMs }) => !context.quick || Math.floor(startMs / dayMs) % quickEvery === 0);
  const made = { data, histories: optionHistories(data, context.panels().hourly), snapshots, windows };
  prepared.set(context, made);
  return made;
}

/** Every recorded chain, in order of time; of two at one instant the first by table. */
function listSnapshots(data: DataFolders): readonly Snapshot[] {
  const found = new Map<number, Snapshot>();
  for (const table of data.tables(chainTables)) {
    const times = new Map<string, number>();
    for (const row of data.rows(table, ["ts_ms"])) {
      const timeMs = row.number("ts_ms");
      const name = row.text("snapshot") || row.text("ts_ms");
      times.set(name, Math.max(times.get(name) ?? 0, timeMs));
    }
    for (const [snapshot, timeMs] of times) {
      if (!found.has(timeMs)) found.set(timeMs, { table, snapshot, timeMs });
    }
  }
  return [...found.values()].sort((a, b) => a.timeMs - b.timeMs);
}

/** Rows of snapshots, one table in memory at a time. */
function* rowsOf(data: DataFolders, snapshots: readonly Snapshot[]): Generator<readonly OptionChainRow[]> {
  let loaded:
    | { readonly table: Table; readonly groups: ReadonlyMap<string, readonly OptionChainRow[]> }
    | undefined;
  for (const { table, snapshot } of snapshots) {
    if (loaded?.table !== table) {
      loaded = { table, groups: groupBySnapshot(optionChainRows(data.text(table), { name: table.name })) };
    }
    yield loaded.groups.get(snapshot) ?? [];
  }
}

/** Rows of a snapshot are not all of one instant: the median index of each coin. */
const indicesOf = (rows: readonly OptionChainRow[]): ReadonlyMap<string, number> =>
  new Map(
    [...Map.groupBy(rows, ({ currency }) => currency)].map(([coin, own]) => [
      coin,
      median(own.map(({ indexUsd }) => indexUsd)),
    ]),
  );

/** Books of options on recorded Deribit chains: margin at one snapshot, loss at the marks of a later one. */
export const chainsTrack: LaboratoryTrack = {
  id: "options",
  parts: 4,
  tables: [chainTables, ...optionHistoryTables],
  books: () => optionBooks("options"),
  *fill(context, part, models, into, firstBook) {
    const { data, histories, snapshots, windows } = prepare(context);
    const own = partOf(windows, part);
    const startMs = own[0]?.startMs ?? Infinity;
    const endMs = own.reduce((last, window) => Math.max(last, window.endMs), -Infinity);
    const opens = Map.groupBy(own, (window) => window.startMs);
    const closes = new Set(own.map((window) => window.endMs));
    const indices: { readonly timeMs: number; readonly usd: ReadonlyMap<string, number> }[] = [];
    const open = new OptionWindows(into, (underlying, expiryMs) => {
      const near = indices
        .filter(({ timeMs }) => Math.abs(timeMs - expiryMs) <= settlementDistanceMs)
        .sort((a, b) => Math.abs(a.timeMs - expiryMs) - Math.abs(b.timeMs - expiryMs));
      return near[0]?.usd.get(underlying);
    });
    const books = optionBooks("options");
    const walked = snapshots.filter(({ timeMs }) => timeMs >= startMs && timeMs <= endMs);
    for (const rows of rowsOf(data, walked)) {
      const asOfMs = rows.reduce((last, { timeMs }) => Math.max(last, timeMs), 0);
      indices.push({ timeMs: asOfMs, usd: indicesOf(rows) });
      const due = opens.get(asOfMs) ?? [];
      if (due.length > 0 || closes.has(asOfMs)) {
        const quoted = marketFromOptionChain(rows).market;
        open.close(quoted);
        if (due.length > 0) {
          const market = withFittedSurfaces(quoted);
          open.open(market, due, openBooks({ market, books, firstBook, histories }, models));
        }
      }
      yield asOfMs;
    }
  },
};

/** The books whose turn it is, with what every model asks. */
export function openBooks(
  input: {
    readonly market: Market;
    readonly books: readonly OptionBook[];
    readonly firstBook: number;
    readonly histories: OptionHistories;
    /** Ids of models that are not asked. */
    readonly without?: ReadonlySet<string>;
  },
  models: ModelPanel,
): readonly OpenedBook[] {
  const { market, books, firstBook, histories, without } = input;
  const chains = optionChainsOf(market);
  const size = sizeAt(market.asOfMs);
  const built: { readonly book: number; readonly asked: AskedBook }[] = [];
  for (const [index, book] of books.entries()) {
    const asked = book.size === size ? book.build(chains) : undefined;
    if (asked) built.push({ book: firstBook + index, asked: without ? { ...asked, without } : asked });
  }
  const requirements = models.ask(
    built.map(({ asked }) => asked),
    market,
    histories.at(market.asOfMs),
  );
  return built.map((one, row) => ({ ...one, requirements: requirements[row]! }));
}
