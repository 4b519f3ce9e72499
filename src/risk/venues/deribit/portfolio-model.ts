import { expiryLabel, type Market, type Portfolio } from "../../../market/index.ts";
import { accountValue } from "../../account-value.ts";
import {
  type Diagnostic,
  type MarginComponent,
  type MarginModel,
  type MarginResult,
  type ScenarioPnl,
} from "../../margin-model.ts";
import { bookLines, type BookLine, byExpiry, byUnderlying } from "../shared/book-lines.ts";
import { missingTerm, note, unlistedResult } from "../shared/net-margin-result.ts";
import { venueResult } from "../shared/venue-result.ts";
import { deltaShock, portfolioRequirement, rollShock } from "./charges.ts";
import { collateralComponent, collateralFindings, settlementOf } from "./collateral.ts";
import { type DeribitAccountInputs, deribitSheet, type DeribitSheet } from "./parameters.ts";
import {
  columnLabel,
  columnsOf,
  movingTogether,
  offsetTotal,
  riskMatrix,
  type RiskMatrix,
  worstColumn,
} from "./risk-matrix.ts";
import { standardComponent } from "./standard-model.ts";
import { groupBy } from "../shared/group-by.ts";

const model = "deribit-portfolio";

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const equal = (id: string, label: string, value: number): MarginComponent => ({
  id,
  label,
  initial: value,
  maintenance: value,
});

const nameOf = ({ pair, currency }: RiskMatrix): string => `${pair.underlying}/${currency.currency}`;

function rollComponent(matrix: RiskMatrix): MarginComponent {
  const { currency, lines } = matrix;
  const indexUsd = lines[0]?.indexUsd ?? 0;
  const name = nameOf(matrix);
  const children = byExpiry(lines, ({ delta }) => delta).map(({ expiryMs, expiryYears, net }) => {
    const label = expiryMs === 0 ? "perpetual" : expiryLabel(expiryMs);
    const leg = { position: net, expiryYears };
    const usd = rollShock([leg], currency.minAnnualisedMove, currency.annualisedMove) * indexUsd;
    return equal(`roll-shock-${name}-${label}`, label, usd);
  });
  return {
    ...equal(`roll-shock-${name}`, `Roll shock, ${name}`, total(children.map(({ initial }) => initial))),
    rule: "Σ over expiries |delta| × max(exp(annualised move × T) − 1, minimum)",
    children,
  };
}

/** Delta shock on an underlying's total delta, whatever its contracts settle in. USD. */
function deltaShockUsd(matrices: readonly RiskMatrix[]): number {
  const [first] = matrices;
  const indexUsd = first?.lines[0]?.indexUsd ?? 0;
  if (!first || indexUsd <= 0) return 0;
  const { deltaShockThresholdUsd, deltaShockIncrement, maxDeltaShock } = first.pair;
  const delta = total(matrices.flatMap(({ lines }) => lines.map((line) => line.delta)));
  const rule = {
    threshold: deltaShockThresholdUsd / indexUsd,
    incrementPerUnit: deltaShockIncrement,
    maximumRate: maxDeltaShock,
  };
  return deltaShock(delta, rule) * indexUsd;
}

/** Contracts sorted into matrices; those on underlyings without parameters apart. */
function matricesOf(
  lines: readonly BookLine[],
  sheet: DeribitSheet,
): { readonly matrices: readonly RiskMatrix[]; readonly others: readonly BookLine[] } {
  const columns = columnsOf(sheet);
  const matrices: RiskMatrix[] = [];
  const others: BookLine[] = [];
  for (const [underlying, onUnderlying] of byUnderlying(lines)) {
    const pair = sheet.pairs.find((candidate) => candidate.underlying === underlying);
    const settled = [...groupBy(onUnderlying, settlementOf)].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, group] of settled) {
      const currency = sheet.currencies.find((candidate) => candidate.currency === name);
      if (pair && currency) matrices.push(riskMatrix(group, columns, pair, currency, sheet));
      else others.push(...group);
    }
  }
  return { matrices, others };
}

function margin(
  portfolio: Portfolio,
  market: Market,
  sheet: DeribitSheet,
  inputs: DeribitAccountInputs,
): MarginResult {
  const lines = bookLines(portfolio, market).filter(({ instrument }) => instrument.kind !== "spot");
  const { matrices, others } = matricesOf(lines, sheet);
  const alone = others.map((line) => ({ line, component: standardComponent(line, sheet) }));
  const unknown = alone.filter(({ component }) => !component).map(({ line }) => line.instrument.underlying);
  const unlisted = unlistedResult(model, unknown, "margin parameters");
  if (unlisted) return unlisted;
  const account = accountValue(portfolio, market);
  const columns = columnsOf(sheet);
  const worsts = movingTogether(matrices).map((group) => ({ group, ...worstColumn(group, columns) }));
  const worstComponents = worsts.map(({ group, at, pnl }) => {
    const names = [...new Set(group.map(({ pair }) => pair.underlying))].join(" + ");
    const label = columnLabel(
      columns[at],
      group.map(({ pair }) => pair),
    );
    return equal(`worst-${names.replaceAll(" + ", "-")}`, `${names}: ${label}`, Math.max(0, -pnl));
  });
  const rolls = matrices.map(rollComponent);
  const onOne = groupBy(matrices, ({ pair }) => pair.underlying);
  const shocks = [...onOne].map(([underlying, group]) =>
    equal(`delta-shock-${underlying}`, underlying, deltaShockUsd(group)),
  );
  const parts = {
    worstCase: total(worstComponents.map(({ initial }) => initial)),
    rollShock: total(rolls.map(({ initial }) => initial)),
    deltaShock: total(shocks.map(({ initial }) => initial)),
    correlationContingency: inputs.correlationContingencyUsd ?? 0,
    maintenanceFactor: sheet.maintenanceFactor,
    mmpMargin: inputs.mmpMarginUsd ?? 0,
    openOrdersMargin: inputs.openOrdersMarginUsd ?? 0,
    spotMargin: inputs.spotMarginUsd ?? 0,
  };
  const requirement = portfolioRequirement(parts);
  const scaled = (component: MarginComponent): MarginComponent => ({
    ...component,
    maintenance: component.maintenance * sheet.maintenanceFactor,
    ...(component.children && { children: component.children.map(scaled) }),
  });
  const initialOnly = (id: string, label: string, initial: number): readonly MarginComponent[] =>
    initial === 0 ? [] : [{ id, label, initial, maintenance: 0 }];
  const standalone = alone.flatMap(({ component }) => (component ? [component] : []));
  const components: readonly MarginComponent[] = [
    scaled({
      ...equal("risk-matrix", "Risk matrix margin", requirement.riskMatrixMargin),
      rule: "worst scenario + roll shock + delta shock + correlation contingency; maintenance 80 % of it",
      children: [
        {
          ...equal("worst-scenario", "Worst scenario of what moves together", parts.worstCase),
          children: worstComponents,
        },
        { ...equal("roll-shock", "Roll shock", parts.rollShock), children: rolls },
        { ...equal("delta-shock", "Delta shock", parts.deltaShock), children: shocks },
        equal("correlation-contingency", "Correlation contingency", parts.correlationContingency),
      ],
    }),
    ...(standalone.length > 0
      ? [
          {
            id: "standard-rates",
            label: "Without portfolio parameters, at standard rates",
            initial: total(standalone.map(({ initial }) => initial)),
            maintenance: total(standalone.map(({ maintenance }) => maintenance)),
            children: standalone,
          },
        ]
      : []),
    ...initialOnly("open-orders", "Open orders", parts.openOrdersMargin),
    ...initialOnly("mmp", "Market-maker protection", parts.mmpMargin),
    ...initialOnly("spot-orders", "Spot orders", parts.spotMargin),
    ...collateralComponent(account, market, sheet, inputs),
  ];
  return venueResult({
    model,
    account,
    components,
    ...(worsts.length > 0 && {
      worst: {
        id: worsts.map(({ at }) => columns[at]?.id ?? "").join("+"),
        label: worstComponents.map(({ label }) => label).join("; "),
        pnlUsd: -parts.worstCase,
        contributions: worsts.flatMap(({ group, at }) =>
          group.flatMap((matrix) => contributionsOf(matrix, at)),
        ),
      },
    }),
    scenarios: columns.map((column, at): ScenarioPnl => {
      const label = columnLabel(column, matrices.length > 0 ? matrices.map(({ pair }) => pair) : sheet.pairs);
      return { id: column.id, label, pnlUsd: total(matrices.map((matrix) => offsetTotal(matrix, at))) };
    }),
    diagnostics: [
      ...diagnosticsOf(
        portfolio,
        worsts.map(({ group }) => group),
        others,
        inputs,
      ),
      ...collateralFindings(account, market, lines, sheet, inputs),
    ],
  });
}

/** What each position makes in a column after damping and offset. */
function contributionsOf(matrix: RiskMatrix, at: number): readonly { item: string; pnlUsd: number }[] {
  const counted = matrix.totals[at] ?? 0;
  const factor = (matrix.damping[at] ?? 0) * (counted === 0 ? 0 : offsetTotal(matrix, at) / counted);
  return matrix.lines.map(({ instrument }, row) => ({
    item: instrument.id,
    pnlUsd: (matrix.profits[row]?.[at] ?? 0) * factor,
  }));
}

function diagnosticsOf(
  portfolio: Portfolio,
  groups: readonly (readonly RiskMatrix[])[],
  others: readonly BookLine[],
  inputs: DeribitAccountInputs,
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const nets = groups.some((group) => new Set(group.map(({ pair }) => pair.underlying)).size > 1);
  if (nets && inputs.correlationContingencyUsd === undefined) {
    diagnostics.push(
      missingTerm(
        "Correlation contingency: its rule is not published; set account.correlationContingencyUsd in a sheet.",
      ),
    );
  }
  if (portfolio.orders.length > 0 && inputs.openOrdersMarginUsd === undefined) {
    diagnostics.push(
      missingTerm(
        "Margin of resting orders: its rule is not published; set account.openOrdersMarginUsd in a sheet.",
      ),
    );
  }
  if (others.length > 0) {
    const names = [...new Set(others.map(({ instrument }) => instrument.underlying))].join(", ");
    diagnostics.push(
      missingTerm(`${names}: no portfolio margin parameters are published; margined at standard rates.`),
    );
  }
  const inCoin = groups.some((group) => group.some(({ currency }) => currency.currency !== "USD"));
  if (inCoin) {
    diagnostics.push(
      note(
        "coin-margin",
        "Coin losses are converted at the index of now, as the venue margins them in coin.",
      ),
    );
  }
  return diagnostics;
}

/** Deribit portfolio margin under a sheet of parameters: S:PM of one currency, X:PM across currencies. */
export const deribitPortfolioModel = (
  sheet: DeribitSheet = deribitSheet,
  inputs: DeribitAccountInputs = sheet.account ?? {},
): MarginModel => ({
  id: model,
  title: "Deribit portfolio margin",
  venue: "deribit",
  margin: (portfolio, market) => margin(portfolio, market, sheet, inputs),
});
