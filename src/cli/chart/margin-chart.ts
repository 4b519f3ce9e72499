import type { TopLevelSpec } from "vega-lite";
import { type HeatMap, type ScenarioPnl } from "../../risk/index.ts";

export interface MarginChart {
  readonly title: string;
  readonly subtitle: string;
  readonly scenarios: readonly ScenarioPnl[];
  /** The scenario that sets the requirement; it need not be one of `scenarios`. */
  readonly worst?: Pick<ScenarioPnl, "label" | "pnlUsd">;
  readonly heatMaps: readonly HeatMap[];
}

/** Widest label, pixels by Vega's own estimate, which is about twice what a font takes: no label of ours is cut. */
const labelLimit = 700;

const labelShown = 64;
const shortened = (label: string): string =>
  label.length > labelShown ? `${label.slice(0, labelShown - 1)}…` : label;

/** Most bars drawn: the worst scenarios, which are what one looks for. */
const barsShown = 25;

/** Profit by scenario, worst first, above one spot × volatility heat map per underlying. Losses are red. */
export function marginChart({
  title,
  subtitle,
  scenarios,
  worst: sets,
  heatMaps,
}: MarginChart): TopLevelSpec {
  const others = scenarios
    .filter(({ pnlUsd, label }) => pnlUsd !== 0 && label !== sets?.label)
    .sort((a, b) => a.pnlUsd - b.pnlUsd || (a.id < b.id ? -1 : 1))
    .slice(0, barsShown);
  const worst = [...(sets ? [{ ...sets, label: `▸ ${shortened(sets.label)}` }] : []), ...others].map(
    ({ label, pnlUsd }, order) => ({ order, label, pnlUsd }),
  );
  const bars = {
    title: `▸ what sets the requirement, and the worst ${others.length} of ${scenarios.length} joint scenarios`,
    width: 560,
    height: { step: 14 },
    data: { values: worst },
    mark: { type: "bar" as const },
    encoding: {
      y: {
        field: "label",
        type: "nominal" as const,
        sort: { field: "order" },
        title: null,
        axis: { labelLimit },
      },
      x: {
        field: "pnlUsd",
        type: "quantitative" as const,
        title: "P&L, USD",
        axis: { format: "~s" },
        // Without bars there is no range to take the axis from.
        ...(worst.length > 0 ? {} : { scale: { domain: [-1, 1] } }),
      },
      color: {
        condition: { test: "datum.pnlUsd < 0", value: "#c0392b" },
        value: "#2471a3",
      },
    },
  };
  const maps = heatMaps.map(({ underlying, spotMoves, volMoves, pnlUsd }) => {
    const cells = volMoves.flatMap((volMove, row) =>
      spotMoves.map((spotMove, column) => ({
        spot: 100 * spotMove,
        vol: 100 * volMove,
        pnlUsd: pnlUsd[row]?.[column] ?? 0,
      })),
    );
    const largest = Math.max(1, ...cells.map(({ pnlUsd }) => Math.abs(pnlUsd)));
    return {
      title: `${underlying}: P&L by spot and volatility move`,
      width: 340,
      height: 230,
      data: { values: cells },
      mark: { type: "rect" as const },
      encoding: {
        x: {
          field: "spot",
          type: "ordinal" as const,
          title: "spot move, %",
          axis: { labelAngle: 0, format: ".0f", labelOverlap: "greedy" as const },
        },
        y: {
          field: "vol",
          type: "ordinal" as const,
          sort: "descending" as const,
          title: "volatility move, %",
          axis: { format: ".0f" },
        },
        color: {
          field: "pnlUsd",
          type: "quantitative" as const,
          title: "P&L, USD",
          scale: { domain: [-largest, 0, largest], range: ["#c0392b", "#f7f7f7", "#2471a3"] },
          legend: { format: "~s" },
        },
      },
    };
  });
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, subtitle, anchor: "start" },
    background: "white",
    padding: 16,
    vconcat: [
      bars,
      ...(maps.length > 0
        ? [{ concat: maps, columns: 2, resolve: { scale: { color: "independent" as const } } }]
        : []),
    ],
    resolve: { scale: { color: "independent" } },
  };
}

/** One model's bar of the comparison chart. */
export interface ModelBar {
  readonly title: string;
  readonly initialMargin: number;
  readonly maintenanceMargin: number;
}

/** Requirements of one book side by side. */
export function compareChart(title: string, subtitle: string, bars: readonly ModelBar[]): TopLevelSpec {
  const values = bars.flatMap(({ title: model, initialMargin, maintenanceMargin }, order) => [
    { order, model, kind: "initial", usd: initialMargin },
    { order, model, kind: "maintenance", usd: maintenanceMargin },
  ]);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, subtitle, anchor: "start" },
    background: "white",
    padding: 16,
    width: 760,
    data: { values },
    mark: { type: "bar" },
    encoding: {
      y: {
        field: "model",
        type: "nominal",
        sort: { field: "order" },
        title: null,
        axis: { labelLimit },
      },
      yOffset: { field: "kind" },
      x: { field: "usd", type: "quantitative", title: "requirement, USD", axis: { format: "~s" } },
      color: { field: "kind", type: "nominal", title: "margin", scale: { range: ["#1f618d", "#85c1e9"] } },
    },
  };
}
