import { type Market, type Portfolio } from "../../../market/index.ts";
import { type AccountValue, accountValue, assetPriceUsd } from "../../account-value.ts";
import {
  type Diagnostic,
  type MarginComponent,
  type MarginModel,
  type MarginResult,
} from "../../margin-model.ts";
import { bookLines, byUnderlying } from "../shared/book-lines.ts";
import { heldAssets, namesOf } from "../shared/held-assets.ts";
import { valueOf } from "../shared/named-values.ts";
import { missingTerm, note, unlistedResult } from "../shared/net-margin-result.ts";
import { venueResult } from "../shared/venue-result.ts";
import { okxClassOf, type OkxAccountInputs, okxSheet, type OkxSheet } from "./parameters.ts";
import { riskUnitMargin, type UnitMargin } from "./risk-unit-margin.ts";

const model = "okx-portfolio";

/** Units of a coin that the account holds: balances, coin profits, and spot positions. */
function holdingOf(account: AccountValue, portfolioSpot: ReadonlyMap<string, number>, coin: string): number {
  const balance = account.holdings.find(({ asset }) => asset === coin);
  return (balance ? balance.balance + balance.unrealised : 0) + (portfolioSpot.get(coin) ?? 0);
}

/** What collateral discounts keep from equity, and borrowings ask for. */
function collateralComponents(
  account: AccountValue,
  market: Market,
  inputs: OkxAccountInputs,
  diagnostics: Diagnostic[],
): readonly MarginComponent[] {
  const undiscounted: string[] = [];
  const held = heldAssets(account, market);
  const children = held.flatMap(({ asset, valueUsd, isDollar }): readonly MarginComponent[] => {
    if (valueUsd <= 0 || isDollar) return [];
    const rate = valueOf(inputs.discountRate, asset);
    if (rate === undefined) undiscounted.push(asset);
    const kept = valueUsd * (1 - Math.min(1, Math.max(0, rate ?? 1)));
    return kept > 0 ? [{ id: `discount-${asset}`, label: asset, initial: kept, maintenance: kept }] : [];
  });
  if (undiscounted.length > 0) {
    const names = undiscounted.join(", ");
    diagnostics.push(
      missingTerm(
        `${names}: the discount rate as collateral is not given; set account.discountRate in a sheet.`,
      ),
    );
  }
  const kept = children.reduce((sum, { initial }) => sum + initial, 0);
  const owed = held.filter(({ valueUsd }) => valueUsd < 0);
  if (owed.length > 0 && !inputs.borrow)
    diagnostics.push(
      missingTerm(
        `${namesOf(owed)} owed: MR8 (borrowing margin) depends on tiers that are not given; set account.borrow in a sheet.`,
      ),
    );
  return [
    ...(inputs.borrow ? [{ id: "mr8", label: "MR8 borrowing", ...inputs.borrow }] : []),
    ...(kept > 0
      ? [{ id: "discount", label: "Collateral discount", initial: kept, maintenance: kept, children }]
      : []),
  ];
}

/** One diagnostic for each missing term, naming all units that miss it. */
function missingTerms(units: readonly UnitMargin[]): readonly Diagnostic[] {
  const unitsByTerm = new Map<string, string[]>();
  for (const { underlying, missing } of units) {
    for (const term of missing) unitsByTerm.set(term, [...(unitsByTerm.get(term) ?? []), underlying]);
  }
  return [...unitsByTerm].map(([term, names]) => missingTerm(`${names.join(", ")}: ${term}`));
}

/** Per scenario index, summed over the units that have it. */
function sumScenarios(
  units: readonly UnitMargin[],
): readonly { id: string; label: string; pnlUsd: number }[] {
  const sums = new Map<string, { moves: Set<number>; vol: string; pnlUsd: number }>();
  for (const { scenarios, pnl } of units) {
    scenarios.forEach(({ id, move, vol }, at) => {
      const entry = sums.get(id) ?? { moves: new Set<number>(), vol, pnlUsd: 0 };
      entry.moves.add(move);
      entry.pnlUsd += pnl[at] ?? 0;
      sums.set(id, entry);
    });
  }
  return [...sums].map(([id, { moves, vol, pnlUsd }]) => ({
    id,
    label: `price ${[...moves].map((move) => `${Math.round(move * 100)}%`).join(" / ")}, volatility ${vol}`,
    pnlUsd,
  }));
}

function margin(
  portfolio: Portfolio,
  market: Market,
  sheet: OkxSheet,
  inputs: OkxAccountInputs,
): MarginResult {
  const account = accountValue(portfolio, market);
  const groups = [...byUnderlying(bookLines(portfolio, market))];
  const names = groups.map(([underlying]) => underlying);
  const unlisted = unlistedResult(
    model,
    names.filter((name) => !okxClassOf(sheet, name)),
    "class",
  );
  if (unlisted) return unlisted;
  const spot = new Map(
    groups.map(([underlying, lines]) => [
      underlying,
      lines.reduce((sum, { instrument, units }) => sum + (instrument.kind === "spot" ? units : 0), 0),
    ]),
  );
  const diagnostics: Diagnostic[] = [];
  const units = groups.flatMap(([underlying, all]): readonly UnitMargin[] => {
    const lines = all.filter(({ instrument }) => instrument.kind !== "spot");
    const parameters = okxClassOf(sheet, underlying);
    if (!parameters || lines.length === 0) return [];
    const holding = assetPriceUsd(market, underlying) > 0 ? holdingOf(account, spot, underlying) : 0;
    return [riskUnitMargin({ underlying, lines, holding }, parameters, sheet, inputs)];
  });
  const linearOptions = groups.some(([, lines]) =>
    lines.some(({ instrument }) => instrument.kind === "option" && instrument.settlement === "linear"),
  );
  if (linearOptions) {
    diagnostics.push(
      note(
        "translated",
        "The venue lists coin-settled options; dollar-settled ones are margined in dollars.",
      ),
    );
  }
  if (portfolio.orders.length > 0) {
    diagnostics.push(
      missingTerm("Resting orders are not margined: how the venue adds them to a unit is not published."),
    );
  }
  const collateral = collateralComponents(account, market, inputs, diagnostics);
  return venueResult({
    model,
    account,
    components: [...units.map(({ component }) => component), ...collateral],
    ...(units.length > 0 && {
      worst: {
        id: "units",
        label: units.map(({ worst }) => worst.label).join("; "),
        pnlUsd: units.reduce((sum, { worst }) => sum + worst.pnlUsd, 0),
        contributions: units.flatMap(({ worst }) => worst.contributions),
      },
    }),
    scenarios: sumScenarios(units),
    diagnostics: [...diagnostics, ...missingTerms(units)],
  });
}

/** OKX portfolio margin under a sheet of parameters; what the venue doesn't publish comes by `inputs`. */
export const okxPortfolioModel = (
  sheet: OkxSheet = okxSheet,
  inputs: OkxAccountInputs = sheet.account ?? {},
): MarginModel => ({
  id: model,
  title: "OKX portfolio margin",
  venue: "okx",
  margin: (portfolio, market) => margin(portfolio, market, sheet, inputs),
});
