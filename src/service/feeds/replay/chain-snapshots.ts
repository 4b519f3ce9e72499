import { type OptionChainRow, optionChainRows } from "../../../market/readers/option-chain-csv.ts";
import { marketFromOptionChain } from "../../../market/readers/option-chain-market.ts";
import { type ChainView } from "../listing-plan.ts";
import { chainView } from "../published-surface.ts";
import { type TextFile } from "./read-file.ts";
import { type Note, tolerantRows } from "./tolerant-rows.ts";

/** What one snapshot of a recorded chain says of one coin. */
export interface ChainSnapshot extends ChainView {
  readonly timeMs: number;
}

/**
 * The snapshots of a recorded option chain (columns as docs/formats.md gives them), in order of time, each coin apart. Rows are held
 * for one snapshot at a time, and fitted when it is asked for. Snapshots from which no surface can be made are noted.
 */
export function* chainSnapshots(
  file: TextFile,
  bounds: { readonly fromMs: number; readonly toMs: number },
  note: Note,
): Generator<ChainSnapshot, void, undefined> {
  let rows: OptionChainRow[] = [];
  const read = (lines: Iterable<string>): Iterable<OptionChainRow> =>
    optionChainRows(lines, { name: file.name });
  for (const { row } of tolerantRows(file, read, note)) {
    if (row.timeMs > bounds.toMs) break;
    if (row.timeMs < bounds.fromMs) continue;
    const last = rows.at(-1);
    if (last !== undefined && last.snapshot !== row.snapshot) {
      yield* snapshotsOf(file.name, rows, note);
      rows = [];
    }
    rows.push(row);
  }
  if (rows.length > 0) yield* snapshotsOf(file.name, rows, note);
}

function* snapshotsOf(
  name: string,
  rows: readonly OptionChainRow[],
  note: Note,
): Generator<ChainSnapshot, void, undefined> {
  const { market } = marketFromOptionChain(rows, { implied: false });
  for (const underlying of market.underlyings.keys()) {
    const chain = chainView(market, underlying);
    if (chain !== undefined) yield { timeMs: market.asOfMs, ...chain };
    else {
      const what = `no usable option quotes of ${underlying}; snapshot left out`;
      note({ where: `${name} at ${market.asOfMs}`, what });
    }
  }
}
