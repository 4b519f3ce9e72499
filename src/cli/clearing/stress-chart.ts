import type { TopLevelSpec } from "vega-lite";
import { type StressReport } from "./stress.ts";

/** For each of the worst scenarios: losses of the largest two and of all beyond their equity, beside what the fund has, with and without its options. */
export function stressChart({ source, sizing }: StressReport): TopLevelSpec {
  const { worst, hedges } = sizing;
  const values = worst.flatMap(({ label, coverTwoUsd, allUsd, resourcesUsd, withoutHedges }) => [
    { label, what: "two largest losers", usd: Number(coverTwoUsd) },
    { label, what: "all losers", usd: Number(allUsd) },
    { label, what: "the fund", usd: Number(resourcesUsd) },
    ...(hedges.length > 0
      ? [{ label, what: "the fund without its options", usd: Number(withoutHedges.resourcesUsd) }]
      : []),
  ]);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: "Losses beyond equity and the insurance fund", subtitle: source, anchor: "start" },
    background: "white",
    padding: 16,
    width: 640,
    height: { step: 14 },
    data: { values },
    mark: "bar",
    encoding: {
      y: {
        field: "label",
        type: "nominal",
        sort: worst.map(({ label }) => label),
        title: null,
        axis: { labelLimit: 520 },
      },
      yOffset: {
        field: "what",
        sort: ["two largest losers", "all losers", "the fund", "the fund without its options"],
      },
      x: { field: "usd", type: "quantitative", title: "USD", axis: { format: "~s" } },
      color: {
        field: "what",
        type: "nominal",
        title: null,
        legend: { labelLimit: 260 },
        sort: ["two largest losers", "all losers", "the fund", "the fund without its options"],
        scale: { range: ["#c0392b", "#e6a59d", "#1f618d", "#a9c6dc"] },
      },
    },
  };
}
