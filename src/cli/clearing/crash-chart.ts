import type { TopLevelSpec } from "vega-lite";
import { methods, ratiosOf } from "../../service/crash/index.ts";
import { type CrashPart } from "./crash.ts";

const titleOf = (name: string): string => methods.find((method) => method.name === name)?.title ?? name;

/** Price, accounts in liquidation, the fund, and what those in breach got back, by method. */
export function crashChart({ name, depth, scene, results }: CrashPart): TopLevelSpec {
  const { fromMs, toMs, traders, seed } = scene.options;
  const x = {
    field: "timeMs",
    type: "temporal" as const,
    title: null,
    scale: { domain: [fromMs, toMs], type: "utc" as const },
    axis: { format: "%d %b %H:%M", labelOverlap: "greedy" as const },
  };
  const color = {
    field: "method",
    type: "nominal" as const,
    title: null,
    sort: null,
    legend: { labelLimit: 260 },
  };
  const points = results.flatMap(({ method, track }) =>
    track.map((point) => ({ ...point, method: titleOf(method), fundK: point.fundUsd / 1e3 })),
  );
  const disturbed = points.map(({ timeMs, method, price, undisturbed }) => ({
    timeMs,
    method,
    basisPoints: (price / undisturbed - 1) * 1e4,
  }));
  const prices = (results[0]?.track ?? []).map(({ timeMs, undisturbed }) => ({ timeMs, price: undisturbed }));
  const steps = Array.from({ length: 101 }, (_, i) => i / 100);
  const recovered = results.flatMap((one) => {
    const ratios = ratiosOf([one]).toSorted((a, b) => a - b);
    return steps.map((share) => ({
      method: titleOf(one.method),
      accounts: 100 * share,
      equity: Math.min(
        200,
        100 * (ratios[Math.min(ratios.length - 1, Math.floor(share * ratios.length))] ?? 0),
      ),
    }));
  });
  const panel = { width: 760, height: 130 };
  const over = (field: string, title: string, values: readonly object[]) => ({
    ...panel,
    data: { values: [...values] },
    mark: { type: "line" as const, strokeWidth: 1.2 },
    encoding: {
      x,
      y: { field, type: "quantitative" as const, title, scale: { zero: false } },
      ...(field === "price" ? {} : { color }),
    },
  });
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: {
      text: `${name}: recorded prices, made-up traders`,
      subtitle: `${traders} traders, seed ${seed}, depth: ${depth}`,
      anchor: "start",
    },
    background: "white",
    padding: 16,
    vconcat: [
      over("price", `${scene.coins[0]?.name ?? ""}, USD`, prices),
      over("basisPoints", "forced trades move it by, bp", disturbed),
      over("inLiquidation", "accounts in liquidation", points),
      over("fundK", "insurance fund, thousand USD", points),
      {
        ...panel,
        height: 180,
        data: { values: recovered },
        mark: { type: "line" as const, strokeWidth: 1.2 },
        encoding: {
          x: {
            field: "accounts",
            type: "quantitative" as const,
            title: "accounts in breach, % from the worst off",
          },
          y: {
            field: "equity",
            type: "quantitative" as const,
            title: "equity at the end, % of that at breach",
          },
          color,
        },
      },
    ],
  };
}
