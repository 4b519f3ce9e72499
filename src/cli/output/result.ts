import {
  type CapitalMetrics,
  type LiquidationDistance,
  type MarginComponent,
  type MarginResult,
  type RiskFactor,
} from "../../risk/index.ts";
import { formatUsdMicros } from "../../quantity/index.ts";
import { formatMultiple, formatPercent, formatPrice, formatUsd } from "./format.ts";
import { textTable } from "./table.ts";

/** Requirement, excess and capital metrics of one result. */
export function summaryText(result: MarginResult, metrics: CapitalMetrics): string {
  const rows = [
    ["equity", `${formatUsd(result.equity)} USD`],
    ["initial margin", `${formatUsd(result.initialMargin)} USD`],
    ["initial excess", `${formatUsd(Number(result.initialExcess) / 1e6)} USD`],
    ["maintenance margin", `${formatUsd(result.maintenanceMargin)} USD`],
    [
      "liquidity buffer",
      `${formatUsd(metrics.liquidityBufferUsd)} USD (${formatPercent(metrics.liquidityBufferShare)} of equity)`,
    ],
    ["capital utilization", formatPercent(metrics.capitalUtilization)],
    [
      "efficiency by notional",
      `${formatMultiple(metrics.efficiencyByNotional)} (${formatUsd(metrics.grossNotionalUsd)} USD held)`,
    ],
    [
      "efficiency by risk",
      `${formatMultiple(metrics.efficiencyByRisk)} (${formatUsd(metrics.riskValueUsd)} USD lost at the reference moves, each position alone)`,
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name!.length));
  return rows.map(([name, value]) => `  ${name!.padEnd(width)}  ${value}`).join("\n");
}

/** Rows of a requirement's tree down to `depth` levels, children indented under their parent. */
export function componentsText(components: readonly MarginComponent[], depth: number): string {
  const rows: string[][] = [];
  const visit = (component: MarginComponent, level: number): void => {
    const label = `${"  ".repeat(level)}${component.label}`;
    const mark = component.informative ? "·" : "";
    rows.push([
      label,
      formatUsd(component.initial) + mark,
      formatUsd(component.maintenance) + mark,
      component.rule ?? "",
    ]);
    if (level + 1 < depth) for (const child of component.children ?? []) visit(child, level + 1);
  };
  for (const component of components) visit(component, 0);
  const table = textTable(
    [
      { title: "Requirement, USD" },
      { title: "initial", align: "right" },
      { title: "maintenance", align: "right" },
      { title: "rule" },
    ],
    rows,
  );
  return rows.some((row) => row[1]!.endsWith("·"))
    ? `${table}\n· for information: not added to its parent`
    : table;
}

/** `BTC`, `BTC volatility`, `stETH peg`. */
export const factorName = (factor: RiskFactor): string =>
  factor.kind === "spot"
    ? factor.underlying
    : factor.kind === "vol"
      ? `${factor.underlying} volatility`
      : `${factor.asset} peg`;

/** One row per risk factor: how far it may go before the account is liquidated. */
export function distancesText(distances: readonly LiquidationDistance[]): string {
  const side = (distance: LiquidationDistance, which: "down" | "up"): string => {
    const { priceUsd, move } = distance[which];
    if (distance.liquidatable) return "in breach";
    if (move === undefined)
      return `none to ${formatPercent(distance.searched[which === "down" ? 0 : 1], 0, true)}`;
    const percent = formatPercent(move, 1, true);
    return priceUsd === undefined ? percent : `${formatPrice(priceUsd)} (${percent})`;
  };
  return textTable(
    [
      { title: "Liquidation, all else equal" },
      { title: "now, USD", align: "right" },
      { title: "falling to", align: "right" },
      { title: "rising to", align: "right" },
    ],
    distances.map((distance) => [
      factorName(distance.factor),
      distance.priceUsd === undefined ? "" : formatPrice(distance.priceUsd),
      side(distance, "down"),
      side(distance, "up"),
    ]),
  );
}

/** A result as data: bigints as decimal text of dollars. */
export function resultJson(result: MarginResult): unknown {
  return {
    ...result,
    initialExcess: formatUsdMicros(result.initialExcess),
    maintenanceExcess: formatUsdMicros(result.maintenanceExcess),
  };
}
