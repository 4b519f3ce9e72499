import { log } from "../../numerics/exp-log.ts";
import { buildHistory, type HistoryBuilderOptions, type HistoryReading } from "../history-builder.ts";
import { readCsv } from "./csv.ts";
import { timeOf } from "./option-chain-csv.ts";

/** One expiry of one snapshot. */
interface ExpirySummary {
  readonly years: number;
  readonly atmVol: number;
  /** 25-delta call volatility minus put volatility; undefined when one of them is missing. */
  readonly skew: number | undefined;
  /** ln(forward/index). */
  readonly logBasis: number;
}

const year = 365;

/**
 * A history of volatility factors from a table of expiry summaries: columns `ts_ms`, `currency`, `expiry_ms`, `forward`,
 * `index`, `atm_iv`, `c25_iv`, `p25_iv`. Each snapshot is read at constant maturities: 30-day volatility and 180-day minus
 * 30-day volatility (total variance linear in time), 30-day skew and 90-day annualised basis (linear in time), and spot from
 * the index. A maturity outside the listed expiries is not observed; nothing is extrapolated.
 *
 * @throws {PlimsollError} `PLM_CSV_SYNTAX` naming file, line and column.
 */
export function historyFromSurfaceSummaries(
  lines: Iterable<string> | string,
  options: HistoryBuilderOptions & { readonly name?: string },
): HistoryReading {
  const builder = buildHistory(options);
  const required = ["ts_ms", "currency", "expiry_ms", "forward", "index", "atm_iv", "c25_iv", "p25_iv"];
  const table = readCsv(lines, { name: options.name ?? "surface.csv", required });
  const snapshots = new Map<
    string,
    { timeMs: number; currency: string; index: number; expiries: ExpirySummary[] }
  >();
  for (const row of table.rows) {
    const timeMs = timeOf(row, "ts_ms");
    const currency = row.text("currency");
    const forward = row.number("forward");
    const index = row.number("index");
    if (forward <= 0) row.fail("forward", "a number > 0");
    if (index <= 0) row.fail("index", "a number > 0");
    const atmVol = row.optionalNumber("atm_iv");
    const years = (timeOf(row, "expiry_ms") - timeMs) / (year * 86_400_000);
    if (atmVol === undefined || atmVol <= 0 || years <= 0) continue;
    const call = row.optionalNumber("c25_iv");
    const put = row.optionalNumber("p25_iv");
    const key = `${timeMs} ${currency}`;
    const snapshot = snapshots.get(key) ?? { timeMs, currency, index, expiries: [] };
    snapshots.set(key, snapshot);
    snapshot.expiries.push({
      years,
      atmVol,
      skew: call === undefined || put === undefined ? undefined : call - put,
      logBasis: log(forward / index),
    });
  }
  for (const { timeMs, currency, index, expiries } of snapshots.values()) {
    expiries.sort((a, b) => a.years - b.years);
    builder.observe("spot", currency, timeMs, index);
    const short = volAt(expiries, 30 / year);
    const long = volAt(expiries, 180 / year);
    if (short !== undefined) builder.observe("vol", currency, timeMs, short);
    if (short !== undefined && long !== undefined) builder.observe("term", currency, timeMs, long - short);
    const skewed = expiries.flatMap(({ years, skew }) =>
      skew === undefined ? [] : [{ years, value: skew }],
    );
    const skew = between(skewed, 30 / year);
    if (skew !== undefined) builder.observe("skew", currency, timeMs, skew);
    const logBasis = between(
      expiries.map(({ years, logBasis }) => ({ years, value: logBasis })),
      90 / year,
    );
    if (logBasis !== undefined) builder.observe("basis", currency, timeMs, (logBasis * year) / 90);
  }
  return builder.build();
}

function volAt(expiries: readonly ExpirySummary[], years: number): number | undefined {
  const points = expiries.map(({ years, atmVol }) => ({ years, value: atmVol * atmVol * years }));
  const variance = between(points, years);
  return variance === undefined ? undefined : Math.sqrt(Math.max(0, variance) / years);
}

/** Linear between the neighbouring points, undefined outside them. */
function between(
  points: readonly { readonly years: number; readonly value: number }[],
  years: number,
): number | undefined {
  for (const [index, far] of points.entries()) {
    if (far.years < years) continue;
    const near = points[index - 1];
    if (far.years === years) return far.value;
    if (!near) return undefined;
    return near.value + ((far.value - near.value) * (years - near.years)) / (far.years - near.years);
  }
  return undefined;
}
