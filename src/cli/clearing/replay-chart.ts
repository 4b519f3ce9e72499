import type { TopLevelSpec } from "vega-lite";
import { type ReplayResult } from "../../service/population/index.ts";
import { type ReplayRequest } from "./replay.ts";

/** Index, margin calls by hour, open interest and what negative equity comes to, one above the other. */
export function replayChart(
  { traders, seed }: ReplayRequest,
  { hours, tally, firstMs, lastMs }: ReplayResult,
): TopLevelSpec {
  const domain = [firstMs, lastMs];
  const time = {
    field: "timeMs",
    type: "temporal" as const,
    title: null,
    scale: { domain, type: "utc" as const },
    axis: { format: "%d %b %H:%M", labelOverlap: "greedy" as const },
  };
  const prices = hours.flatMap(({ census: { timeMs }, indices }) =>
    indices.slice(0, 4).map(({ coin, share }) => ({ timeMs, coin, percent: 100 * share })),
  );
  const calls = [...tally.margin.byHour].map(([timeMs, count]) => ({ timeMs, count }));
  const interest = hours.flatMap(({ census: { timeMs, openInterestUsd } }) =>
    Object.entries(openInterestUsd)
      .filter(([, usd]) => usd > 0)
      .map(([product, usd]) => ({ timeMs, product, millions: usd / 1e6 })),
  );
  const lack = hours.flatMap(({ census: { timeMs, shortfallUsd, negativeUsd } }) => [
    { timeMs, what: "to maintenance", millions: shortfallUsd / 1e6 },
    { timeMs, what: "to zero", millions: negativeUsd / 1e6 },
  ]);
  const panel = { width: 760, height: 150 };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: {
      text: "Recorded prices, made-up traders",
      subtitle: `${traders} traders, seed ${seed}; no liquidation`,
      anchor: "start",
    },
    background: "white",
    padding: 16,
    vconcat: [
      {
        ...panel,
        data: { values: prices },
        mark: "line",
        encoding: {
          x: time,
          y: {
            field: "percent",
            type: "quantitative",
            title: "index, % since the start",
            scale: { zero: false },
          },
          color: { field: "coin", type: "nominal", title: null },
        },
      },
      {
        ...panel,
        data: { values: calls },
        mark: { type: "bar", width: 2, color: "#c0392b" },
        encoding: { x: time, y: { field: "count", type: "quantitative", title: "margin calls per hour" } },
      },
      {
        ...panel,
        data: { values: interest },
        mark: "area",
        encoding: {
          x: time,
          y: { field: "millions", type: "quantitative", title: "open interest, M USD", stack: "zero" },
          color: { field: "product", type: "nominal", title: null },
        },
      },
      {
        ...panel,
        data: { values: lack },
        mark: "line",
        encoding: {
          x: time,
          y: { field: "millions", type: "quantitative", title: "equity lacking, M USD" },
          color: { field: "what", type: "nominal", title: null },
        },
      },
    ],
    resolve: { scale: { color: "independent" } },
  };
}
