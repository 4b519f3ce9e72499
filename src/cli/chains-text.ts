import { type ChainStudy, type Distribution, type ExpiryStudy, type RepricedRow } from "../pricing/index.ts";
import { formatNumber, formatPercent } from "./output/format.ts";
import { textTable } from "./output/table.ts";
import { describeFinding, expiryName } from "./surface-words.ts";

/** A file that was found in a folder and not studied, with the reason. */
export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

const right = (title: string): { title: string; align: "right" } => ({ title, align: "right" });
const integer = (value: number): string => formatNumber(value, 0);
/** Most snapshots listed for their errors. */
const snapshotsListed = 10;

const quantile = (distribution: Distribution, probability: number): number =>
  distribution.quantiles.get(probability) ?? NaN;

/** The report for people: four parts, each with its figures, then what stands out. */
export function chainsText(
  study: ChainStudy,
  files: readonly string[],
  skipped: readonly SkippedFile[],
): string {
  const head = `${integer(files.length)} ${files.length === 1 ? "file" : "files"}, ${integer(study.snapshots)} ${study.snapshots === 1 ? "snapshot" : "snapshots"}, ${integer(study.rows)} quotes`;
  const left = [...Map.groupBy(skipped, ({ reason }) => reason)]
    .map(([reason, files]) => `\nSkipped, ${reason}: ${shortList(files.map(({ file }) => file))}`)
    .join("");
  if (study.rows === 0) return `${head}${left}`;
  return [
    head + left,
    repriceText(study),
    inversionText(study),
    surfacesText(study),
    arbitrageText(study),
  ].join("\n\n");
}

function shortList(files: readonly string[]): string {
  const shown = files.slice(0, 3).join(", ");
  return files.length <= 3 ? shown : `${shown} and ${files.length - 3} more (--json lists them)`;
}

function repriceText({ reprice }: ChainStudy): string {
  const { absoluteDifference, forwardGapBps, withoutVol, worst } = reprice;
  const coin = (value: number): string => value.toExponential(2);
  const at = (probability: number): string => coin(quantile(absoluteDifference, probability));
  const lines = [
    "PRICE from the quoted volatility less mark, absolute, coin",
    `  mean ${coin(absoluteDifference.mean)}, median ${at(0.5)}, 75% ${at(0.75)}, 95% ${at(0.95)}, 99% ${at(0.99)}, most ${at(1)}`,
    `  A row's forward and its mark are not taken at the same instant. The forward would have to move, in basis points:`,
    `  ${[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map((p) => `${formatPercent(p, 0)} ${formatNumber(quantile(forwardGapBps, p), 2)}`).join(", ")}`,
    ...(withoutVol > 0 ? [`  ${integer(withoutVol)} rows without a volatility`] : []),
    "  The worst rows, each with the forward that its mark belongs to, and the forwards of the same expiry in the same snapshot:",
    indent(
      textTable(
        [
          { title: "snapshot" },
          { title: "option" },
          right("mark"),
          right("priced"),
          right("difference"),
          right("forward"),
          right("mark's"),
          right("bps"),
          right("others' forwards"),
        ],
        worst.map(worstRow),
      ),
    ),
  ];
  return lines.join("\n");
}

function worstRow(row: RepricedRow): readonly string[] {
  const gap = row.markForward === undefined ? NaN : 1e4 * (row.markForward / row.forward - 1);
  return [
    row.snapshot,
    row.instrument,
    row.mark.toFixed(6),
    row.price.toFixed(6),
    (row.price - row.mark).toFixed(6),
    formatNumber(row.forward, 2),
    row.markForward === undefined ? "none" : formatNumber(row.markForward, 2),
    formatNumber(gap, 1),
    row.forwardRange.map((forward) => formatNumber(forward, 2)).join(" to "),
  ];
}

function inversionText({ inversion }: ChainStudy): string {
  const meanings: Readonly<Record<string, string>> = {
    identified: "a volatility, its digits carried by the mark",
    "rounding-dominated":
      "a volatility, but half a unit of the mark's last place is over 1/64 of the time value",
    "zero-mark": "none: the mark is rounded to zero",
    "at-intrinsic": "none: no time value",
    "below-intrinsic": "none: below the intrinsic value at the row's forward",
    "above-maximum": "none: at or above the most that any volatility gives",
    expired: "none: no time left",
  };
  const outcomes = [...inversion.outcomes].map(([outcome, count]) => [
    outcome,
    integer(count),
    meanings[outcome] ?? "",
  ]);
  const buckets = inversion.byVega.map(({ minVegaCoin, difference }) => [
    minVegaCoin === 0 ? "below 1e-6" : `from ${minVegaCoin.toExponential(0)}`,
    integer(difference.count),
    ...[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map((p) => formatNumber(quantile(difference, p), 3)),
  ]);
  return [
    "VOLATILITY from the mark",
    indent(textTable([{ title: "outcome" }, right("quotes"), { title: "volatility" }], outcomes)),
    `  Priced again it gives the mark back to ${inversion.worstRoundTrip.toExponential(1)} × forward at worst.`,
    "  Less the quoted volatility, in volatility points, by vega (coin per point):",
    indent(
      textTable(
        [{ title: "vega" }, right("quotes"), ...["1%", "5%", "25%", "50%", "75%", "95%", "99%"].map(right)],
        buckets,
      ),
    ),
  ].join("\n");
}

const horizons: readonly (readonly [string, number])[] = [
  ["under 6 hours", 6 / 8760],
  ["under 1 day", 1 / 365],
  ["under 1 week", 7 / 365],
  ["under 1 month", 30 / 365],
  ["under 6 months", 182 / 365],
  ["longer", Infinity],
];

function surfacesText({ surfaces }: ChainStudy): string {
  const { expiries, unfitted, withinOnePoint, rmseVolPoints, meanErrorVolPoints, between } = surfaces;
  const groups = Map.groupBy(
    expiries,
    ({ fit }) => horizons.find(([, years]) => fit.expiryYears < years)?.[0] ?? "longer",
  );
  const rows = horizons.flatMap(([name]) => {
    const group = groups.get(name);
    return group === undefined ? [] : [horizonRow(name, group)];
  });
  const methods = Map.groupBy(expiries, ({ fit }) => fit.method);
  const at = (distribution: Distribution, p: number): string => formatNumber(quantile(distribution, p), 2);
  return [
    "SURFACES, error in volatility points, weighted by vega",
    `  ${integer(expiries.length)} expiries fitted, ${integer(unfitted)} without a usable quote; ${formatPercent(withinOnePoint, 2)} within one point (root mean square)`,
    `  root mean square: median ${at(rmseVolPoints, 0.5)}, 95% ${at(rmseVolPoints, 0.95)}, 99% ${at(rmseVolPoints, 0.99)}; mean absolute: median ${at(meanErrorVolPoints, 0.5)}, 95% ${at(meanErrorVolPoints, 0.95)}, 99% ${at(meanErrorVolPoints, 0.99)}`,
    `  by method: ${[...methods].map(([method, group]) => `${method} ${integer(group.length)}`).join(", ")}; not identified by their quotes: ${integer(expiries.filter(({ fit }) => !fit.identified).length)}`,
    `  repair added at least 0.05 points: butterfly ${integer(expiries.filter(({ fit }) => fit.butterflyCostVolPoints >= 0.05).length)}, calendar ${integer(expiries.filter(({ fit }) => fit.calendarCostVolPoints >= 0.05).length)}`,
    `  between expiries: butterflies at ${integer(between.butterflies)} of ${integer(between.instants)} instants, the largest ${between.largest.toExponential(1)} × forward`,
    indent(
      textTable(
        [
          { title: "time left" },
          right("expiries"),
          right("within 1"),
          right("median"),
          right("95%"),
          right("most"),
        ],
        rows,
      ),
    ),
    "  Furthest off, by snapshot:",
    ...worstSnapshots(expiries),
  ].join("\n");
}

/** The snapshots with the worst expiries, how many of theirs are above one point, and the worst of each. */
function worstSnapshots(expiries: readonly ExpiryStudy[]): readonly string[] {
  const above = expiries.filter(({ fit }) => fit.rmseVolPoints > 1);
  const groups = [...Map.groupBy(above, ({ snapshot, underlying }) => `${snapshot} ${underlying}`)].map(
    ([name, group]) => ({
      name,
      count: group.length,
      worst: group.reduce((p, q) => (q.fit.rmseVolPoints > p.fit.rmseVolPoints ? q : p)).fit,
    }),
  );
  const shown = groups
    .sort((p, q) => q.worst.rmseVolPoints - p.worst.rmseVolPoints)
    .slice(0, snapshotsListed);
  const rest = groups.length - shown.length;
  return [
    ...shown.map(
      ({ name, count, worst }) =>
        `    ${name}: ${count} above one point, most ${expiryName(worst.expiryMs)} by ${formatNumber(worst.rmseVolPoints, 2)} over ${worst.quotesUsed} quotes; ${worst.worst.instrument} by ${formatNumber(worst.worst.errorVolPoints, 1)}`,
    ),
    ...(rest > 0 ? [`    … and ${rest} more (--json lists every expiry)`] : []),
  ];
}

function horizonRow(name: string, group: readonly ExpiryStudy[]): readonly string[] {
  const errors = group.map(({ fit }) => fit.rmseVolPoints).sort((p, q) => p - q);
  const at = (share: number): string =>
    formatNumber(errors[Math.min(errors.length - 1, Math.floor(share * errors.length))] ?? NaN, 2);
  return [
    name,
    integer(group.length),
    formatPercent(errors.filter((error) => error <= 1).length / errors.length, 1),
    at(0.5),
    at(0.95),
    at(1),
  ];
}

function arbitrageText({ arbitrage }: ChainStudy): string {
  const { counts, largest } = arbitrage;
  if (counts.size === 0) return "ARBITRAGE: none found";
  const kinds = [...counts.keys()].sort();
  return [
    "ARBITRAGE, findings by source and kind, the largest of each (--json lists all)",
    ...kinds.flatMap((kind) => [
      `  ${kind}: ${integer(counts.get(kind) ?? 0)}`,
      ...(largest.get(kind) ?? [])
        .slice(0, 3)
        .map(
          ({ snapshot, underlying, finding }) => `    ${snapshot} ${underlying} ${describeFinding(finding)}`,
        ),
    ]),
  ].join("\n");
}

const indent = (text: string): string => text.replaceAll(/^/gm, "  ");
