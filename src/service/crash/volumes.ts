import { linesOf, readCsv } from "../../market/readers/csv.ts";
import { timeOf } from "../../market/readers/option-chain-csv.ts";
import { type TextFile } from "../feeds/replay/read-file.ts";
import { type SeriesSelection } from "../feeds/replay/price-series.ts";

const dayMs = 86_400_000;
const mostTimes = 50;

/**
 * How much more or less a table's market traded than usual, by bar: the traded value of a bar over the mean of the bars in the seven days before
 * `fromMs`, or of the window itself where there are none. Bars of no volume count as usual.
 */
export function volumeFactors(
  file: TextFile,
  { where }: SeriesSelection,
  fromMs: number,
  toMs: number,
): (timeMs: number) => number {
  const table = readCsv(linesOf(file.text), {
    name: file.name,
    required: ["ts_ms", "close", ...(where ? [where.column] : [])],
  });
  const inQuote = table.columns.includes("quote_volume");
  if (!inQuote && !table.columns.includes("volume")) return () => 1;
  const bars: { readonly timeMs: number; readonly usd: number }[] = [];
  for (const row of table.rows) {
    if (where !== undefined && row.text(where.column) !== where.value) continue;
    const timeMs = timeOf(row, "ts_ms");
    if (timeMs < fromMs - 7 * dayMs || timeMs > toMs) continue;
    const volume = row.optionalNumber(inQuote ? "quote_volume" : "volume") ?? 0;
    const usd = inQuote ? volume : volume * (row.optionalNumber("close") ?? 0);
    if (usd > 0) bars.push({ timeMs, usd });
  }
  const before = bars.filter(({ timeMs }) => timeMs < fromMs);
  const usual = mean((before.length >= 8 ? before : bars).map(({ usd }) => usd));
  if (!(usual > 0)) return () => 1;
  const times = bars.map(({ timeMs }) => timeMs);
  let at = 0;
  return (timeMs) => {
    if ((times[at] ?? 0) > timeMs) at = 0;
    while (at + 1 < times.length && times[at + 1]! <= timeMs) at++;
    const bar = bars[at];
    if (bar === undefined || bar.timeMs > timeMs || timeMs - bar.timeMs > dayMs) return 1;
    return Math.min(mostTimes, Math.max(1 / mostTimes, bar.usd / usual));
  };
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
