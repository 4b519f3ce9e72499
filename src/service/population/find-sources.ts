import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { linesOf } from "../../market/readers/csv.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type ReplaySource } from "../feeds/index.ts";
import { readTextFile } from "../feeds/replay/read-file.ts";
import { roleOf, type TableRole } from "./table-roles.ts";

/** One table of the folder that is used, or could be. */
export interface FoundTable {
  /** Relative to the folder. */
  readonly file: string;
  readonly role: TableRole;
  /** Coin or asset. */
  readonly coin: string;
  /** Time between rows in the span, the most usual one. */
  readonly grainMs: number;
  /** Rows in the span. */
  readonly rows: number;
  /** Of its first and last row in the span. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Sum of the traded value in the span, USD; 0 where the table doesn't say. */
  readonly volumeUsd: number;
  readonly selection: { readonly column?: string; readonly symbol?: string; readonly times?: string };
}

export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

export interface FoundSources {
  readonly sources: readonly ReplaySource[];
  readonly used: readonly FoundTable[];
  readonly leftOut: readonly LeftOut[];
  /** Of all price tables that are used, ms. */
  readonly finestGrainMs: number;
  /** Feeds with a price of their own: a stETH or USDC that no table prices is not among them. */
  readonly feeds: ReadonlySet<string>;
}

export interface SpanToFind {
  readonly fromMs: number;
  /** Included. */
  readonly toMs: number;
  /** Most coins; those with option chains come first, then finer grains, then by traded value. */
  readonly coins: number;
}

const maxFiles = 4_096;
/** A table that covers less of the span than this share of what the best one covers is no source. */
const coverageShare = 0.9;

async function tablesIn(folder: string, below = ""): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(below, entry.name);
    if (entry.isDirectory() && below === "") files.push(...(await tablesIn(folder, path)));
    else if (entry.isFile() && /\.csv(\.gz)?$/.test(entry.name)) files.push(path);
  }
  return files;
}

/**
 * Looks through a folder of recorded tables for the finest that covers a span: an index per coin, fair prices or funding of its perpetual,
 * option chains, prices of USDC and staked ether. A missing source is no failure; everything that isn't used is named.
 *
 * @throws {PlimsollError} `PLM_FILE` when the folder cannot be read, `PLM_FEED` when it holds no prices of the span.
 */
export async function findSources(folder: string, span: SpanToFind): Promise<FoundSources> {
  const files = await listed(folder);
  const leftOut: LeftOut[] = [];
  const tables: FoundTable[] = [];
  for (const file of files) {
    const found = await examine(folder, file, span);
    if (typeof found === "string") leftOut.push({ what: file, why: found });
    else tables.push(...found);
  }
  const used = choose(tables, span, leftOut);
  if (tables.length === 0 && !leftOut.some(({ why }) => why === nothingOfSpan)) {
    throw new PlimsollError("PLM_FEED", {
      field: "data",
      value: folder,
      limit: "a folder of recorded tables",
      remedy: "It holds none of the tables that docs/feeds.md describes: name another folder.",
    });
  }
  if (!used.some(({ role }) => isPrice(role) || role === "chain")) {
    throw new PlimsollError("PLM_FEED", {
      field: "data",
      value: folder,
      limit: `a table of prices between ${instant(span.fromMs)} and ${instant(span.toMs)}`,
      remedy: "Choose another span; docs/feeds.md gives the formats.",
    });
  }
  const sources = used.flatMap((table) => sourceOf(folder, table));
  const chains = new Set(used.filter(({ role }) => role === "chain").map(({ file }) => join(folder, file)));
  if (chains.size > 0) sources.push({ kind: "chain", files: [...chains].sort() });
  const grains = used.filter(({ role }) => isPrice(role)).map(({ grainMs }) => grainMs);
  return {
    sources,
    used,
    leftOut,
    finestGrainMs: Math.min(...grains, 86_400_000),
    feeds: new Set(used.filter(({ role }) => isPrice(role)).map(({ coin }) => coin)),
  };
}

async function listed(folder: string): Promise<string[]> {
  try {
    const files = await tablesIn(folder);
    return files.slice(0, maxFiles);
  } catch (cause) {
    throw new PlimsollError("PLM_FILE", {
      field: "data",
      value: folder,
      limit: "a readable folder of CSV tables",
      remedy: `Check the path; the system says ${cause instanceof Error ? cause.message : String(cause)}.`,
    });
  }
}

const isPrice = (role: TableRole): boolean =>
  role === "spot" || role === "perpetual" || role === "asset" || role === "ratio";

const nothingOfSpan = "nothing of the span";

const instant = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

interface Extent {
  rows: number;
  fromMs: number;
  toMs: number;
  lastMs: number;
  gaps: Map<number, number>;
  volumeUsd: number;
}

/** What a file holds of the span, by symbol; or why it is no source. */
async function examine(folder: string, file: string, span: SpanToFind): Promise<FoundTable[] | string> {
  let text: string;
  try {
    ({ text } = await readTextFile(join(folder, file)));
  } catch (error) {
    return error instanceof PlimsollError ? error.message : String(error);
  }
  const lines = linesOf(text);
  const columns = (lines.next().value ?? "").split(",").map((column) => column.trim());
  const role = roleOf(file, columns);
  if (typeof role === "string") return role;
  const timeAt = columns.indexOf("ts_ms");
  const symbolAt = columns.indexOf(columns.includes("expiry_ms") ? "currency" : "symbol");
  const quoteAt = columns.indexOf("quote_volume");
  const volumeAt = columns.indexOf("volume");
  const closeAt = columns.indexOf("close");
  const extents = new Map<string, Extent>();
  for (const line of lines) {
    const timeMs = Number(cellAt(line, timeAt));
    // Rows of one symbol are in order of time.
    if (timeMs > span.toMs && symbolAt < 0) break;
    if (!(timeMs >= span.fromMs && timeMs <= span.toMs)) continue;
    const cells = line.split(",");
    const symbol = symbolAt < 0 ? "" : (cells[symbolAt] ?? "");
    let extent = extents.get(symbol);
    if (extent === undefined) {
      extent = { rows: 0, fromMs: timeMs, toMs: timeMs, lastMs: timeMs, gaps: new Map(), volumeUsd: 0 };
      extents.set(symbol, extent);
    }
    extent.rows++;
    extent.toMs = Math.max(extent.toMs, timeMs);
    const gap = timeMs - extent.lastMs;
    if (gap > 0) extent.gaps.set(gap, (extent.gaps.get(gap) ?? 0) + 1);
    extent.lastMs = timeMs;
    const volume =
      quoteAt >= 0
        ? Number(cells[quoteAt])
        : volumeAt >= 0
          ? Number(cells[volumeAt]) * Number(cells[closeAt])
          : 0;
    if (volume > 0 && volume < 1e15) extent.volumeUsd += volume;
  }
  if (extents.size === 0) return nothingOfSpan;
  const found: FoundTable[] = [];
  for (const [symbol, extent] of extents) {
    for (const one of role.coins(symbol === "" ? symbolOfFile(file) : symbol)) {
      const { rows, fromMs, toMs, volumeUsd } = extent;
      const isSelected = symbol !== "" && one.role !== "chain";
      const selection = { ...(isSelected ? { symbol } : {}), ...one.selection };
      found.push({
        file,
        role: one.role,
        coin: one.coin,
        grainMs: usual(extent.gaps),
        rows,
        fromMs,
        toMs,
        volumeUsd,
        selection,
      });
    }
  }
  return found.length === 0 ? "no coin or collateral that is traded here" : found;
}

/** One cell of a line; most lines are of another time, and need no more. */
function cellAt(line: string, column: number): string {
  let start = 0;
  for (let at = 0; at < column; at++) {
    const comma = line.indexOf(",", start);
    if (comma < 0) return "";
    start = comma + 1;
  }
  const end = line.indexOf(",", start);
  return line.slice(start, end < 0 ? line.length : end);
}

const symbolOfFile = (file: string): string => basename(file).replace(/\.csv(\.gz)?$/, "");

function usual(gaps: ReadonlyMap<number, number>): number {
  let [grain, most] = [86_400_000, 0];
  for (const [gap, count] of [...gaps].sort(([a], [b]) => a - b))
    if (count > most) [grain, most] = [gap, count];
  return grain;
}

/** Of several tables for the same, the finest that covers about as much as any; spot before perpetual at the same grain. */
function best(tables: readonly FoundTable[], spanMs: number): FoundTable | undefined {
  const covered = ({ rows, grainMs }: FoundTable): number => Math.min(spanMs, rows * grainMs);
  const most = Math.max(0, ...tables.map(covered));
  return tables
    .filter((table) => covered(table) >= most * coverageShare)
    .sort((a, b) => a.grainMs - b.grainMs || rank(a) - rank(b) || (a.file < b.file ? -1 : 1))[0];
}

const rank = ({ role }: FoundTable): number => (role === "spot" ? 0 : 1);

function choose(tables: readonly FoundTable[], span: SpanToFind, leftOut: LeftOut[]): FoundTable[] {
  const chains = tables.filter(({ role }) => role === "chain");
  const used = new Set<FoundTable>(chains);
  const byCoin = new Map<string, FoundTable[]>();
  for (const table of tables) {
    if (table.role === "chain") continue;
    const known = byCoin.get(table.coin);
    if (known) known.push(table);
    else byCoin.set(table.coin, [table]);
  }
  const spanMs = span.toMs - span.fromMs;
  const indices = new Map<string, FoundTable>();
  for (const [coin, group] of byCoin) {
    const index = best(
      group.filter(({ role }) => isPrice(role)),
      spanMs,
    );
    if (index === undefined) continue;
    // Prices that begin long after the span would leave the venue without its index until then.
    if (index.fromMs - span.fromMs > Math.max(3 * index.grainMs, spanMs / 20)) {
      leftOut.push({
        what: `${coin} of ${index.file}`,
        why: `begins at ${instant(index.fromMs)}, after the span does`,
      });
    } else indices.set(coin, index);
  }
  const isCoin = ({ role }: FoundTable): boolean => role === "spot" || role === "perpetual";
  const optioned = new Set(chains.map(({ coin }) => coin));
  const ranked = [...indices.values()]
    .filter(isCoin)
    .sort(
      (a, b) =>
        Number(optioned.has(b.coin)) - Number(optioned.has(a.coin)) ||
        a.grainMs - b.grainMs ||
        b.volumeUsd - a.volumeUsd ||
        (a.coin < b.coin ? -1 : 1),
    );
  const taken = ranked.slice(0, span.coins);
  if (ranked.length > taken.length) {
    leftOut.push({
      what: `${ranked.length - taken.length} further coins: ${ranked
        .slice(span.coins, span.coins + 8)
        .map(({ coin }) => coin)
        .join(", ")}${ranked.length > span.coins + 8 ? " …" : ""}`,
      why: `--coins is ${span.coins}`,
    });
  }
  const assets = [...indices.values()].filter((table) => !isCoin(table));
  for (const index of [...taken, ...assets]) {
    used.add(index);
    const group = byCoin.get(index.coin) ?? [];
    const fair =
      index.role === "spot"
        ? best(
            group.filter(({ role }) => role === "perpetual"),
            spanMs,
          )
        : undefined;
    const funding = best(
      group.filter(({ role }) => role === "funding"),
      spanMs,
    );
    // A fair price older than the index would be a premium that nobody paid.
    if (fair !== undefined && fair.grainMs <= index.grainMs) used.add(fair);
    else if (funding !== undefined && isCoin(index)) used.add(funding);
    for (const table of group) {
      if (used.has(table)) continue;
      leftOut.push({
        what: `${table.coin} of ${table.file}`,
        why: `${table.role}: a finer or longer table is there`,
      });
    }
  }
  return [...used];
}

function sourceOf(folder: string, { file, role, coin, selection }: FoundTable): ReplaySource[] {
  const path = join(folder, file);
  const { column, symbol, times } = selection;
  const select = {
    ...(column === undefined ? {} : { column }),
    ...(symbol === undefined ? {} : { where: { column: "symbol", value: symbol } }),
  };
  switch (role) {
    case "chain":
      return [];
    case "funding":
      return [{ kind: "funding", file: path, underlying: coin, ...select }];
    case "asset":
      return [{ kind: "price", file: path, feed: coin, as: "asset", ...follows(coin), ...select }];
    case "ratio":
      return [
        {
          kind: "price",
          file: path,
          feed: coin,
          as: "asset",
          ...follows(coin),
          ...select,
          ...(times && { times }),
        },
      ];
    case "spot":
    case "perpetual":
      return [{ kind: "price", file: path, feed: coin, as: "underlying", ...select }];
    default:
      return role satisfies never;
  }
}

const follows = (coin: string): { readonly follows?: string } =>
  coin.endsWith("ETH") ? { follows: "ETH" } : {};
