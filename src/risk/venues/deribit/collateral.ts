import { type Market } from "../../../market/index.ts";
import { type AccountValue } from "../../account-value.ts";
import { type Diagnostic, type MarginComponent } from "../../margin-model.ts";
import { type BookLine } from "../shared/book-lines.ts";
import { heldAssets, namesOf } from "../shared/held-assets.ts";
import { type NamedValue, valueOf } from "../shared/named-values.ts";
import { missingTerm } from "../shared/net-margin-result.ts";
import { type DeribitAccountInputs, type DeribitSheet } from "./parameters.ts";

/** What a contract settles in: a coin, or `USD` for dollars and stablecoins alike. */
export const settlementOf = ({ instrument }: BookLine): string =>
  instrument.settlement === "inverse" ? instrument.underlying : "USD";

/** Haircuts by asset: the account's own before the sheet's. */
const haircutsOf = (
  sheet: DeribitSheet,
  { collateralHaircut }: DeribitAccountInputs,
): readonly NamedValue[] => [...(collateralHaircut ?? []), ...(sheet.collateralHaircut ?? [])];

/** What collateral haircuts keep from the initial margin's equity; nothing when there are none. */
export function collateralComponent(
  account: AccountValue,
  market: Market,
  sheet: DeribitSheet,
  inputs: DeribitAccountInputs,
): readonly MarginComponent[] {
  const haircuts = haircutsOf(sheet, inputs);
  const children = heldAssets(account, market).flatMap(({ asset, valueUsd }): readonly MarginComponent[] => {
    const haircut = valueOf(haircuts, asset) ?? 0;
    const initial = Math.max(0, valueUsd) * Math.min(1, Math.max(0, haircut));
    return initial > 0 ? [{ id: `collateral-haircut-${asset}`, label: asset, initial, maintenance: 0 }] : [];
  });
  if (children.length === 0) return [];
  const initial = children.reduce((sum, child) => sum + child.initial, 0);
  return [{ id: "collateral-haircut", label: "Collateral haircut", initial, maintenance: 0, children }];
}

/**
 * What is left out of a book's collateral. A book of one currency is a segregated account, whose coin backs its own contracts
 * whole; with more than one it needs cross collateral, where some coins have a haircut.
 */
export function collateralFindings(
  account: AccountValue,
  market: Market,
  lines: readonly BookLine[],
  sheet: DeribitSheet,
  inputs: DeribitAccountInputs,
): readonly Diagnostic[] {
  const haircuts = haircutsOf(sheet, inputs);
  const held = heldAssets(account, market);
  const currencies = new Set([
    ...held.map(({ asset, isDollar }) => (isDollar ? "USD" : asset)),
    ...lines.map(settlementOf),
  ]);
  const unknown = held.filter(
    ({ asset, valueUsd, isDollar }) =>
      valueUsd > 0 && !isDollar && currencies.size > 1 && valueOf(haircuts, asset) === undefined,
  );
  const owed = held.filter(({ valueUsd }) => valueUsd < 0);
  return [
    ...(unknown.length > 0
      ? [
          missingTerm(
            `${namesOf(unknown)}: the haircut as cross collateral is not given; set account.collateralHaircut in a sheet.`,
          ),
        ]
      : []),
    ...(owed.length > 0
      ? [
          missingTerm(
            `${namesOf(owed)} owed: what the venue asks on a negative balance is not published; it counts at its value.`,
          ),
        ]
      : []),
  ];
}
