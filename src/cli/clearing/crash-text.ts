import {
  type CrashFigures,
  crashes,
  inSampleUntil,
  methods,
  quantile,
  type Recovery,
  recoveryOf,
  solventOf,
} from "../../service/crash/index.ts";
import { isConserved } from "../../service/population/index.ts";
import {
  formatInstant,
  formatInteger,
  formatMultiple,
  formatNumber,
  formatPercent,
} from "../output/format.ts";
import { textTable } from "../output/table.ts";
import { type CrashCommandOptions, type CrashPart } from "./crash.ts";

const right = (title: string): { title: string; align: "right" } => ({ title, align: "right" });
const left = (title: string): { title: string } => ({ title });
const count = (value: number): string => formatInteger(Math.round(value));
const thousands = (usd: number): string => formatNumber(usd / 1e3, 1);
const titleOf = (name: string): string => methods.find((method) => method.name === name)?.title ?? name;
const duration = (ms: number): string =>
  !Number.isFinite(ms)
    ? "–"
    : ms < 120_000
      ? `${formatNumber(ms / 1e3, 0)} s`
      : `${formatNumber(ms / 60_000, 1)} min`;

/** The report for people: each window, and all of them pooled. */
export function crashText(parts: readonly CrashPart[], options: CrashCommandOptions): string {
  const texts = parts.map((part) => partText(part));
  if (new Set(parts.map(({ name }) => name)).size > 1) texts.push(pooledText(parts));
  texts.push(conservationText(parts));
  if (options.chart !== undefined) texts.push(`charts in ${options.chart}`);
  return texts.join("\n\n");
}

function partText({ name, scene, depth, results }: CrashPart): string {
  const { fromMs, toMs, traders, seed } = scene.options;
  const seconds = results.reduce((sum, one) => sum + one.seconds, 0);
  const coins = scene.coins.map(
    ({ name: coin, path, volumeUsd }) =>
      `${coin} low ${formatPercent(Math.min(...low(path)) / path[0]! - 1, 1)}, ${formatNumber(volumeUsd / 1e6, 1)} M a day`,
  );
  return [
    `${name}: ${formatInstant(fromMs)} to ${formatInstant(toMs)}, ${count(traders)} traders, seed ${seed}, depth ${depth}; ${count(seconds)} s of processors' time`,
    `${coins.join("; ")}; open interest aimed at ${formatNumber(scene.interestUsd / 1e6, 1)} M USD; USDC ${scene.dollar === undefined ? "at par" : "as recorded"}`,
    "",
    textTable(
      [
        left("method"),
        right("breached"),
        right("solvent"),
        right("recovered ¼"),
        right("median"),
        right("¾"),
        right("of money"),
        right("fund paid, k"),
        right("fund loss, k"),
        right("ADL, k"),
        right("winners gave, k"),
        right("shared, k"),
        right("impact"),
        right("bidders, k"),
      ],
      results.map((one) => {
        const { lower, median, upper, ofMoney } = recoveryOf([one]);
        return [
          titleOf(one.method),
          count(one.breached.length),
          count(solventOf(one)),
          formatPercent(lower),
          formatPercent(median),
          formatPercent(upper),
          formatPercent(ofMoney),
          thousands(one.fundPaidUsd),
          thousands(one.fundLossUsd),
          thousands(one.deleveragedUsd),
          thousands(one.takenUsd),
          thousands(one.sharedUsd),
          worstImpact(one),
          thousands(one.bidderProfitUsd),
        ];
      }),
    ),
    "",
    textTable(
      [
        left("method"),
        right("liquidations"),
        right("restored"),
        right("closed"),
        right("absorbed"),
        right("open at end"),
        right("steps"),
        right("auctions"),
        right("bids"),
        right("stepped, M"),
        right("sold, M"),
        right("step cost, k"),
        right("fees, k"),
        right("discounts, k"),
        right("final: ½"),
        right("90 %"),
        right("99 %"),
        right("longest"),
      ],
      results.map((one) => [
        titleOf(one.method),
        count(one.liquidations),
        count(one.restored),
        count(one.closed),
        count(one.absorbed),
        count(one.stillOpen),
        count(one.steps),
        count(one.auctions),
        count(one.bids),
        formatNumber(one.steppedUsd / 1e6, 2),
        formatNumber(one.soldUsd / 1e6, 2),
        thousands(one.stepCostUsd),
        thousands(one.feesUsd),
        thousands(one.discountUsd),
        ...[0.5, 0.9, 0.99, 1].map((share) => duration(quantile(one.durationsMs, share))),
      ]),
    ),
  ].join("\n");
}

function low(path: Float64Array): [number] {
  return [path.reduce((least, value) => Math.min(least, value), Infinity)];
}

function worstImpact({ impacts }: CrashFigures): string {
  const worst = impacts.toSorted((a, b) => Math.abs(b.worst) - Math.abs(a.worst))[0];
  return worst === undefined ? "–" : `${worst.coin} ${formatPercent(worst.worst, 2, true)}`;
}

const isInSample = (name: string): boolean =>
  crashes.some((one) => one.name === name && one.to <= inSampleUntil);

/** By window, each with its own sign, and over all accounts of all windows. */
function pooledText(parts: readonly CrashPart[]): string {
  const names = methods
    .map(({ name }) => name)
    .filter((name) => parts.some((part) => of([part], name).length > 0));
  const beside = ["ours", "keepTrade"]
    .flatMap((one) => ["atOnce", "untilRestored", "fixedSpread"].map((other) => ({ one, other })))
    .filter(({ one, other }) => names.includes(one) && names.includes(other));
  const tables = [...new Set(parts.map(({ depth }) => depth))].map((depth) => {
    const group = parts.filter((part) => part.depth === depth);
    const inside = group.filter(({ name }) => isInSample(name));
    const rows = (row: (label: string, of: readonly CrashPart[]) => string[]): (string[] | null)[] => {
      const lines: (string[] | null)[] = group.map((part) =>
        row(`${part.name}${isInSample(part.name) ? "" : " *"}`, [part]),
      );
      lines.push(null, row("all", group));
      if (inside.length > 0 && inside.length < group.length) {
        lines.push(row("to 2022", inside));
        lines.push(
          row(
            "after, out of sample *",
            group.filter((part) => !inside.includes(part)),
          ),
        );
      }
      return lines;
    };
    const recovered = (title: string, pick: (recovery: Recovery) => number): string =>
      textTable(
        [
          left(title),
          ...names.map((name) => right(name)),
          ...beside.map(({ one, other }) => right(`${one} ÷ ${other}`)),
        ],
        rows((label, some) => {
          const figure = (name: string): number => pick(recoveryOf(of(some, name)));
          return [
            label,
            ...names.map((name) => formatPercent(figure(name))),
            ...beside.map(({ one, other }) =>
              formatMultiple(figure(other) > 0 ? figure(one) / figure(other) : NaN),
            ),
          ];
        }),
      );
    const money = (title: string, figure: (one: CrashFigures) => number): string =>
      textTable(
        [left(title), ...names.map((name) => right(name))],
        rows((label, some) => [
          label,
          ...names.map((name) => thousands(of(some, name).reduce((sum, one) => sum + figure(one), 0))),
        ]),
      );
    return [
      `pooled, depth ${depth}`,
      recovered("recovered, median", ({ median }) => median),
      recovered("recovered, lower quartile", ({ lower }) => lower),
      recovered("recovered, of all money", ({ ofMoney }) => ofMoney),
      money("fund paid, k USD", (one) => one.fundPaidUsd),
      money("fund's loss net of its fees, k USD", (one) => one.fundLossUsd),
      money("winners gave up and holders shared, k USD", (one) => one.takenUsd + one.sharedUsd),
    ].join("\n\n");
  });
  return tables.join("\n\n");
}

const of = (parts: readonly CrashPart[], method: string): CrashFigures[] =>
  parts.flatMap(({ results }) => results.filter((one) => one.method === method));

function conservationText(parts: readonly CrashPart[]): string {
  const runs = parts.flatMap(({ name, results }) => results.map((one) => ({ name, one })));
  const off = runs.filter(({ one }) => !one.conservation.every(isConserved));
  if (off.length > 0) {
    return `CONSERVATION FAILS: ${off.map(({ name, one }) => `${name} ${one.method}`).join(", ")}`;
  }
  const assets = runs.reduce((sum, { one }) => sum + one.conservation.length, 0);
  return `conservation: in each of ${runs.length} runs all accounts sum to exactly 0 units of every asset (${assets} sums), and the vaults hold what was deposited, to the unit`;
}
