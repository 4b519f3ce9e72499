import { leverageOf } from "../risk/optimize/index.ts";
import { type LeverageReport, type LeverageRow } from "./optimize-leverage.ts";
import {
  formatInstant,
  formatInteger,
  formatMultiple,
  formatNumber,
  formatPercent,
  formatUsd,
} from "./output/format.ts";
import { heading, marketHeading, noteLines } from "./output/heading.ts";
import { textTable } from "./output/table.ts";

const worstShown = 5;
const hourMs = 3_600_000;

const hours = (ms: number): string => {
  const count = ms / hourMs;
  if (count === 1) return "hour";
  if (count >= 48 && count % 24 === 0) return `${count / 24} days`;
  return `${formatNumber(count, count < 1 ? 2 : 0)} hours`;
};

const interval = ({ estimate: { interval: range } }: LeverageRow): string =>
  `${formatPercent(range.low, 2)} to ${formatPercent(range.high, 2)}`;

const factorWords = (kind: string, symbol: string): string =>
  kind === "spot" ? symbol : kind === "peg" ? `${symbol} peg` : `${symbol} volatility`;

function rowsTable(rows: readonly (readonly [string, LeverageRow])[], confidence: number): string {
  const line = (name: string, of: (row: LeverageRow) => string): string[] => [
    name,
    ...rows.map(([, row]) => of(row)),
  ];
  return textTable(
    [{ title: "" }, ...rows.map(([title]) => ({ title, align: "right" as const }))],
    [
      line("leverage", ({ leverage }) => formatMultiple(leverage)),
      line("scale of the position", ({ scale }) => formatNumber(scale, 4)),
      line("liquidated", ({ estimate }) => `${estimate.liquidated} of ${estimate.stretches}`),
      line("rate", ({ estimate }) => formatPercent(estimate.rate, 2)),
      line(`${formatPercent(confidence, 0)} interval, exact`, interval),
      line("initial margin, USD", ({ figures }) => formatUsd(figures.initialMargin)),
      line("maintenance margin", ({ figures }) => formatUsd(figures.maintenanceMargin)),
      line("initial excess", ({ figures }) => formatUsd(Number(figures.initialExcess) / 1e6)),
      line("carry a year, of equity", ({ carryPerYear }) => formatPercent(carryPerYear, 2, true)),
    ],
  );
}

/** The report for people. */
export function leverageText(report: LeverageReport): string {
  const { book, scalable, study, probability, confidence, horizonMs, best, sure, now } = report;
  const { paths, critical } = study;
  const limit = formatPercent(probability, 2);
  const over = hours(paths.steps * paths.stepMs);
  const columns = [
    ...(now ? ([["as it is", now]] as const) : []),
    ...(best ? ([[`rate ≤ ${limit}`, best]] as const) : []),
    ...(sure ? ([[`interval ≤ ${limit}`, sure]] as const) : []),
  ];
  const verdict = best
    ? [
        `Best leverage: ${formatMultiple(best.leverage)}: liquidated in ${best.estimate.liquidated} of ${best.estimate.stretches} stretches of ${over}.`,
        ...(report.limitedByOpening
          ? [
              `The initial requirement is what limits it: no more than ${formatMultiple(report.openLeverage)} can be opened.`,
            ]
          : [`The initial requirement would let ${formatMultiple(report.openLeverage)} be opened.`]),
        sure
          ? `With ${formatPercent(confidence, 0)} confidence that the rate is at most ${limit}: ${formatMultiple(sure.leverage)}.`
          : `No leverage can be said with ${formatPercent(confidence, 0)} confidence to be liquidated at a rate of at most ${limit}: ${critical.length} stretches are too few.`,
      ]
    : [`Even the least leverage was liquidated more often than ${limit}.`];
  const curve = textTable(
    [
      { title: "rate at most", align: "right" },
      { title: "leverage", align: "right" },
      { title: "liquidated", align: "right" },
      { title: "interval", align: "right" },
    ],
    report.curve.map(({ probability: at, row }) => [
      formatPercent(at, 1),
      formatMultiple(row.leverage),
      `${row.estimate.liquidated} of ${row.estimate.stretches}`,
      interval(row),
    ]),
  );
  const worst = critical
    .toSorted((a, b) => a.scale - b.scale || a.startMs - b.startMs)
    .slice(0, worstShown)
    .map(({ startMs, scale, step }) => [
      formatInstant(startMs),
      formatMultiple(leverageOf(scalable, scale)),
      step * paths.stepMs === hourMs ? "an hour" : hours(step * paths.stepMs),
    ]);
  const worstTable = textTable(
    [
      { title: "stretch from" },
      { title: "lives at most", align: "right" },
      { title: "worst after", align: "right" },
    ],
    worst,
  );
  const { missing, gaps, factors } = paths;
  const moving = factors.map(({ kind, symbol }) => factorWords(kind, symbol)).join(", ");
  const notes = [
    `${formatInteger(critical.length)} stretches of the past that do not overlap, looked at every ${hours(paths.stepMs)}; ${moving} move together, each rescaled to today's volatility (7).`,
    "Liquidation: equity below the maintenance requirement at any step, both by the whole model in the market as it stands then, with carry until then.",
    "Basis, term structure, skew and time to expiry stand still. Stretches are taken to be independent: clustered trouble makes intervals wider than stated.",
    ...(missing.length > 0
      ? [
          `No history of ${missing.map(({ kind, symbol }) => factorWords(kind, symbol)).join(", ")}: it stands still.`,
        ]
      : []),
    ...factors.flatMap(({ kind, symbol }, at) => {
      const seen = paths.observed[at] ?? 0;
      return seen < paths.paths.length
        ? [
            `${factorWords(kind, symbol)} was observed in ${seen} of ${paths.paths.length} stretches; in the others it stands still.`,
          ]
        : [];
    }),
    ...(gaps > 0 ? [`${gaps} stretches were left out for gaps in the history.`] : []),
    ...(book.history?.synthetic ? ["The history is SYNTHETIC: generated, no real past."] : []),
    ...(report.cutShort
      ? [
          `The time limit ended the count after ${critical.length} of ${paths.paths.length} stretches, the oldest first: raise --time-limit.`,
        ]
      : []),
  ];
  return [
    now
      ? heading(book.portfolio, book.market)
      : `${scalable.name}: ${formatUsd(scalable.equityUsd)} USD of equity\n${marketHeading(book.market)}`,
    `Sought: the most leverage that is liquidated within ${hours(horizonMs)} with a probability of at most ${limit}.`,
    "",
    rowsTable(columns, confidence),
    "",
    ...verdict,
    "",
    curve,
    "",
    worstTable,
    "",
    ...notes,
    ...noteLines(book.notes),
  ].join("\n");
}
