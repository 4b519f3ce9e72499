import { expiryLabel, type Market, type Portfolio } from "../../../market/index.ts";
import { accountValue } from "../../account-value.ts";
import {
  type Diagnostic,
  type MarginComponent,
  type MarginModel,
  type MarginResult,
  type ScenarioPnl,
} from "../../margin-model.ts";
import {
  bookLines,
  type BookLine,
  byExpiry,
  byUnderlying,
  daysToExpiry,
  unfixedShare,
} from "../shared/book-lines.ts";
import { missingTerm, note, unsupportedResult } from "../shared/net-margin-result.ts";
import { venueResult } from "../shared/venue-result.ts";
import { deltaShock, portfolioRequirement, rollShock } from "./charges.ts";
import { collateralComponent, percent } from "./collateral.ts";
import {
  type DeribitAccountInputs,
  type DeribitPortfolioCurrency,
  deribitSheet,
  type DeribitSheet,
} from "./parameters.ts";
import { dampenExtendedPnl, mainTableMoves, offsetPnl, scaleExtendedPnl } from "./scenario-vectors.ts";
import { shockedVolatility } from "./volatility-shock.ts";

const model = "deribit-portfolio";

/** One column of the risk matrix. Indices agree between currencies, whatever their ranges. */
interface Column {
  readonly id: string;
  /** Share of the range for the main table; the move itself for the extended one. */
  readonly step: number;
  readonly vol: "down" | "same" | "up";
  readonly table: "main" | "extended";
}

function columnsOf(sheet: DeribitSheet): readonly Column[] {
  const steps = mainTableMoves(1, sheet.bucketsPerSide);
  const main = steps.flatMap((step) =>
    (["down", "same", "up"] as const).map((vol): Column => ({
      id: `main-${percent(step)}-${vol}`,
      step,
      vol,
      table: "main",
    })),
  );
  const extended = sheet.extendedMoves.map((step): Column => ({
    id: `extended-${percent(step)}`,
    step,
    vol: "up",
    table: "extended",
  }));
  return [...main, ...extended];
}

/** A currency's risk matrix, in US dollars at the index. Coin profits are margined in coin: converted at today's index. */
interface CurrencyMatrix {
  readonly parameters: DeribitPortfolioCurrency;
  readonly lines: readonly BookLine[];
  /** [line][column], before aggregation. */
  readonly profits: readonly (readonly number[])[];
  /** Per column, damped, before the offset. */
  readonly totals: readonly number[];
  /** Per column: the total after damping over the one before. What positions' contributions are scaled with. */
  readonly damping: readonly number[];
}

function lineProfit(
  line: BookLine,
  column: Column,
  parameters: DeribitPortfolioCurrency,
  sheet: DeribitSheet,
): number {
  const { priceRange } = parameters;
  const isOption = line.instrument.kind === "option";
  const shocked = shockedVolatility(line.vol, daysToExpiry(line), {
    up: parameters.volUp,
    down: parameters.volDown,
    minimumUp: parameters.minVolUp,
    shortPower: sheet.shortVegaPower,
    longPower: sheet.longVegaPower,
  });
  const vol = column.vol === "same" ? line.vol : shocked[column.vol];
  const share = unfixedShare(line, sheet.settlementWindowMinutes * 60_000);
  const unit = line.settleUsd * share;
  if (column.table === "main") return line.settled({ spot: column.step * priceRange, vol }) * unit;
  if (!isOption) return line.settled({ spot: Math.sign(column.step) * priceRange }) * unit;
  const inCoin = line.instrument.settlement === "inverse";
  const extreme = line.settled({ spot: column.step, vol });
  return scaleExtendedPnl(extreme, column.step, priceRange, inCoin) * unit * parameters.extendedTableFactor;
}

function currencyMatrix(
  lines: readonly BookLine[],
  columns: readonly Column[],
  parameters: DeribitPortfolioCurrency,
  sheet: DeribitSheet,
): CurrencyMatrix {
  const profits = lines.map((line) => columns.map((column) => lineProfit(line, column, parameters, sheet)));
  const raw = columns.map((_, at) => profits.reduce((sum, row) => sum + (row[at] ?? 0), 0));
  const totals = raw.map((pnl, at) => {
    const column = columns[at];
    if (column?.table !== "extended") return pnl;
    return dampenExtendedPnl(pnl, column.step, parameters.priceRange, parameters.extendedDampenerUsd);
  });
  const damping = totals.map((total, at) => (raw[at] === 0 ? 0 : total / (raw[at] ?? 1)));
  return { parameters, lines, profits, totals, damping };
}

/** Currencies that move through the same column together: the correlated group, and each other currency alone. */
function movingTogether(matrices: readonly CurrencyMatrix[]): readonly (readonly CurrencyMatrix[])[] {
  const correlated = matrices.filter(({ parameters }) => parameters.correlationSet);
  const alone = matrices.filter(({ parameters }) => !parameters.correlationSet);
  return [...(correlated.length > 0 ? [correlated] : []), ...alone.map((matrix) => [matrix])];
}

const offsetTotal = ({ parameters, totals }: CurrencyMatrix, at: number): number =>
  offsetPnl(totals[at] ?? 0, parameters.pnlOffset, parameters.maxOffsetablePnlUsd);

function worstColumn(
  group: readonly CurrencyMatrix[],
  columns: readonly Column[],
): { at: number; pnl: number } {
  let worst = { at: 0, pnl: Infinity };
  columns.forEach((_, at) => {
    const pnl = group.reduce((sum, matrix) => sum + offsetTotal(matrix, at), 0);
    if (pnl < worst.pnl) worst = { at, pnl };
  });
  return worst;
}

function rollComponent(matrix: CurrencyMatrix): MarginComponent {
  const { parameters, lines } = matrix;
  const indexUsd = lines[0]?.indexUsd ?? 0;
  const legs = byExpiry(
    lines.filter(({ instrument }) => instrument.kind !== "spot"),
    ({ delta }) => delta,
  );
  const children = legs.map(({ expiryMs, expiryYears, net }): MarginComponent => {
    const leg = { position: net, expiryYears };
    const usd = rollShock([leg], parameters.minAnnualisedMove, parameters.annualisedMove) * indexUsd;
    const label = expiryMs === 0 ? "perpetual" : expiryLabel(expiryMs);
    return { id: `roll-shock-${parameters.currency}-${label}`, label, initial: usd, maintenance: usd };
  });
  const total = children.reduce((sum, { initial }) => sum + initial, 0);
  return {
    id: `roll-shock-${parameters.currency}`,
    label: `Roll shock, ${parameters.currency}`,
    initial: total,
    maintenance: total,
    rule: "Σ over expiries |delta| × max(exp(annualised move × T) − 1, minimum)",
    children,
  };
}

function deltaShockUsd({ parameters, lines }: CurrencyMatrix): number {
  const indexUsd = lines[0]?.indexUsd ?? 0;
  const delta = lines.reduce((sum, line) => sum + (line.instrument.kind === "spot" ? 0 : line.delta), 0);
  const threshold = indexUsd > 0 ? parameters.deltaShockThresholdUsd / indexUsd : Infinity;
  const { deltaShockIncrement: incrementPerUnit, maxDeltaShock: maximumRate } = parameters;
  return deltaShock(delta, { threshold, incrementPerUnit, maximumRate }) * indexUsd;
}

function margin(
  portfolio: Portfolio,
  market: Market,
  sheet: DeribitSheet,
  inputs: DeribitAccountInputs,
): MarginResult {
  const groups = [...byUnderlying(bookLines(portfolio, market))];
  const known = new Map(sheet.portfolio.map((currency) => [currency.currency, currency]));
  const unknown = groups.filter(([symbol, lines]) => !known.has(symbol) && lines.some(isDerivative));
  if (unknown.length > 0) {
    return unsupportedResult(
      model,
      unknown.map(([symbol]) => `The parameter sheet has no portfolio margin parameters for ${symbol}.`),
    );
  }
  const account = accountValue(portfolio, market);
  const columns = columnsOf(sheet);
  const matrices = groups.flatMap(([symbol, all]) => {
    const parameters = known.get(symbol);
    const lines = all.filter(isDerivative);
    return parameters && lines.length > 0 ? [currencyMatrix(lines, columns, parameters, sheet)] : [];
  });
  const together = movingTogether(matrices);
  const worsts = together.map((group) => ({ group, ...worstColumn(group, columns) }));

  const scale = sheet.maintenanceFactor;
  const scenarioChildren = worsts.map(({ group, at, pnl }): MarginComponent => {
    const names = group.map(({ parameters }) => parameters.currency).join(" + ");
    const loss = Math.max(0, -pnl);
    const label = `${names}: ${labelOf(columns[at], group)}`;
    return { id: `worst-${names.replaceAll(" + ", "-")}`, label, initial: loss, maintenance: loss };
  });
  const rolls = matrices.map(rollComponent);
  const shocks = matrices.map((matrix) => deltaShockUsd(matrix));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const diagnostics: Diagnostic[] = [];
  const netting = together.some((group) => group.length > 1);
  if (netting && inputs.correlationContingencyUsd === undefined) {
    diagnostics.push(
      missingTerm("Correlation contingency: its rule is not published; pass correlationContingencyUsd."),
    );
  }
  if (portfolio.orders.length > 0 && inputs.openOrdersMarginUsd === undefined) {
    diagnostics.push(
      missingTerm("Margin of resting orders: its rule is not published; pass openOrdersMarginUsd."),
    );
  }
  if (matrices.length > 0)
    diagnostics.push(
      note(
        "coin-margin",
        "Coin losses are converted at the index of now, as the venue margins them in coin.",
      ),
    );
  const parts = {
    worstCase: sum(scenarioChildren.map(({ initial }) => initial)),
    rollShock: sum(rolls.map(({ initial }) => initial)),
    deltaShock: sum(shocks),
    correlationContingency: inputs.correlationContingencyUsd ?? 0,
    maintenanceFactor: scale,
    mmpMargin: inputs.mmpMarginUsd ?? 0,
    openOrdersMargin: inputs.openOrdersMarginUsd ?? 0,
    spotMargin: inputs.spotMarginUsd ?? 0,
  };
  const requirement = portfolioRequirement(parts);
  const scaled = (component: MarginComponent): MarginComponent => ({
    ...component,
    maintenance: component.maintenance * scale,
    ...(component.children && { children: component.children.map(scaled) }),
  });
  const simple = (id: string, label: string, value: number): MarginComponent => ({
    id,
    label,
    initial: value,
    maintenance: value,
  });
  const matrixComponent = scaled({
    id: "risk-matrix",
    label: "Risk matrix margin",
    initial: requirement.riskMatrixMargin,
    maintenance: requirement.riskMatrixMargin,
    rule: "worst scenario + roll shock + delta shock + correlation contingency; maintenance 80 % of it",
    children: [
      {
        ...simple("worst-scenario", "Worst scenario of each group", parts.worstCase),
        children: scenarioChildren,
      },
      { ...simple("roll-shock", "Roll shock", parts.rollShock), children: rolls },
      simple("delta-shock", "Delta shock", parts.deltaShock),
      simple("correlation-contingency", "Correlation contingency", parts.correlationContingency),
    ],
  });
  const initialOnly = (id: string, label: string, initial: number): MarginComponent[] =>
    initial === 0 ? [] : [{ id, label, initial, maintenance: 0 }];
  const components = [
    matrixComponent,
    ...initialOnly("open-orders", "Open orders", parts.openOrdersMargin),
    ...initialOnly("mmp", "Market-maker protection", parts.mmpMargin),
    ...initialOnly("spot-orders", "Spot orders", parts.spotMargin),
    ...collateralComponent(account, inputs.collateralHaircut),
  ];
  return venueResult({
    model,
    account,
    components,
    ...(worsts.length > 0 && {
      worst: {
        id: worsts.map(({ at }) => columns[at]?.id ?? "").join("+"),
        label: scenarioChildren.map(({ label }) => label).join("; "),
        pnlUsd: -parts.worstCase,
        contributions: worsts.flatMap(({ group, at }) =>
          group.flatMap((matrix) => {
            const total = matrix.totals[at] ?? 0;
            const factor = (matrix.damping[at] ?? 0) * (total === 0 ? 0 : offsetTotal(matrix, at) / total);
            return matrix.lines.map((line, row) => ({
              item: line.instrument.id,
              pnlUsd: (matrix.profits[row]?.[at] ?? 0) * factor,
            }));
          }),
        ),
      },
    }),
    scenarios: columns.map((column, at): ScenarioPnl => ({
      id: column.id,
      label: labelOf(column, matrices),
      pnlUsd: sum(matrices.map((matrix) => offsetTotal(matrix, at))),
    })),
    diagnostics,
  });
}

const isDerivative = ({ instrument }: BookLine): boolean => instrument.kind !== "spot";

function labelOf(column: Column | undefined, group: readonly CurrencyMatrix[]): string {
  if (!column) return "no scenario";
  const ranges = [...new Set(group.map(({ parameters }) => parameters.priceRange))];
  const moves = column.table === "extended" ? [column.step] : ranges.map((range) => column.step * range);
  const vol = column.vol === "same" ? "volatility same" : `volatility ${column.vol}`;
  const shown = (moves.length > 0 ? moves : [0]).map(percent).join(" / ");
  return `price ${shown}, ${vol}${column.table === "extended" ? ", extended table" : ""}`;
}

/** Deribit portfolio margin under a sheet of parameters: S:PM of one currency, X:PM across currencies. */
export const deribitPortfolioModel = (
  sheet: DeribitSheet = deribitSheet,
  inputs: DeribitAccountInputs = {},
): MarginModel => ({
  id: model,
  title: "Deribit portfolio margin",
  venue: "deribit",
  margin: (portfolio, market) => margin(portfolio, market, sheet, inputs),
});
