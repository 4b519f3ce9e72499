import { usdMicrosFloor } from "../../../quantity/index.ts";
import { type AccountValue, excessMicros } from "../../account-value.ts";
import { type Diagnostic, type MarginComponent, type MarginResult } from "../../margin-model.ts";

/** One item's part in a rule that yields a net margin: what it adds to equity, and what of that the venue counts. USD. */
export interface NetMarginTerm {
  /** Component that the item belongs to, kebab-case: `collateral`, `debt`, `perpetuals`. */
  readonly group: string;
  /** Asset or underlying. */
  readonly item: string;
  readonly equityUsd: number;
  /** Signed: collateral after its weight is positive, a requirement negative. */
  readonly initialNet: number;
  readonly maintenanceNet: number;
}

export interface NetMarginRule {
  readonly model: string;
  readonly value: AccountValue;
  /** Name and rule reference of each group, in the order shown. */
  readonly groups: Readonly<Record<string, { readonly label: string; readonly rule: string }>>;
  readonly terms: readonly NetMarginTerm[];
  /** Why an asset may be held and count for nothing, as the middle of a sentence: `no collateral of dYdX, which takes USDC`. */
  readonly uncounted: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Below this, USD, a difference is rounding. */
const dustUsd = 1e-9;

const asksForCapital = ({ equityUsd, initialNet, maintenanceNet }: NetMarginTerm): boolean =>
  Math.abs(equityUsd - initialNet) > dustUsd || Math.abs(equityUsd - maintenanceNet) > dustUsd;

/** A hundred trillion dollars. Premiums for size, which grow without bound, stop here. */
const mostUsd = 1e14;

const payable = (usd: number): number => Math.min(mostUsd, Math.max(0, usd));

/** Adding 0 turns −0 into 0. */
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0) + 0;

/** Names the assets that are held and add nothing to the net margin: their whole value is in the requirement. */
function uncountedCollateral({ terms, uncounted }: NetMarginRule): readonly Diagnostic[] {
  const assets = terms.filter(
    ({ group, equityUsd, initialNet, maintenanceNet }) =>
      (group === "collateral" || group === "not-collateral") &&
      equityUsd > dustUsd &&
      initialNet === 0 &&
      maintenanceNet === 0,
  );
  if (assets.length === 0) return [];
  const names = assets.map(({ item, equityUsd }) => `${item} (${equityUsd.toFixed(2)} USD)`).join(", ");
  return [
    note("uncounted-collateral", `${names}: ${uncounted}; its whole value is part of the requirement.`),
  ];
}

/** Terms of balances where the settlement asset alone is collateral. */
export const settlementOnlyTerms = (
  holdings: readonly { readonly asset: string; readonly equityUsd: number }[],
  settlementAsset: string,
): readonly NetMarginTerm[] =>
  holdings.map(({ asset, equityUsd }) => {
    const net = asset === settlementAsset ? equityUsd : 0;
    return { group: "collateral", item: asset, equityUsd, initialNet: net, maintenanceNet: net };
  });

/**
 * The result of a rule that yields a net margin N: the requirement is equity − N, never negative. Each component is what
 * its items add to equity less what they add to N, so that components add up to the requirement.
 */
export function netMarginResult(rule: NetMarginRule): MarginResult {
  const { model, value, groups, terms } = rule;
  const diagnostics = [...rule.diagnostics, ...uncountedCollateral(rule)];
  const components = Object.entries(groups).flatMap(([id, { label, rule: reference }]): MarginComponent[] => {
    // What counts in full asks for nothing, so it has no line.
    const members = terms.filter((term) => term.group === id && asksForCapital(term));
    if (members.length === 0) return [];
    const children = members.map((term): MarginComponent => ({
      id: `${id}-${term.item}`,
      label: term.item,
      initial: term.equityUsd - term.initialNet,
      maintenance: term.equityUsd - term.maintenanceNet,
    }));
    const initial = sum(children.map((child) => child.initial));
    const maintenance = sum(children.map((child) => child.maintenance));
    return [{ id, label, initial, maintenance, rule: reference, children }];
  });
  const maintenance = sum(components.map((component) => component.maintenance));
  const alone = sum(components.map((component) => component.initial));
  if (alone < maintenance) {
    components.push({
      id: "at-least-maintenance",
      label: "A book below maintenance cannot open",
      initial: maintenance - alone,
      maintenance: 0,
    });
  }
  const initial = Math.max(alone, maintenance);
  const initialMargin = payable(initial);
  const maintenanceMargin = payable(maintenance);
  if (initialMargin !== initial || maintenanceMargin !== maintenance) {
    components.push({
      id: "bounds",
      label: "A requirement is never negative, nor beyond what any account could hold",
      initial: initialMargin - initial,
      maintenance: maintenanceMargin - maintenance,
    });
  }
  return {
    model,
    status: diagnostics.some(({ id }) => id === "missing-term") ? "partial" : "complete",
    equity: value.equityUsd,
    initialMargin,
    maintenanceMargin,
    initialExcess: excessMicros(value, initialMargin),
    maintenanceExcess: excessMicros(value, maintenanceMargin),
    components,
    diagnostics,
  };
}

/** The result for a book that the venue does not margin: zeros that must not be shown, and the reasons. */
export function unsupportedResult(
  model: string,
  reasons: readonly string[],
  diagnostics: readonly Diagnostic[] = [],
): MarginResult {
  return {
    model,
    status: "unsupported",
    equity: 0,
    initialMargin: 0,
    maintenanceMargin: 0,
    initialExcess: usdMicrosFloor(0),
    maintenanceExcess: usdMicrosFloor(0),
    components: [],
    diagnostics: [
      ...reasons.map((message): Diagnostic => ({ severity: "warning", id: "unsupported-position", message })),
      ...diagnostics,
    ],
  };
}

/** The result for a book on underlyings that a sheet has no `what` for; absent when there are none. */
export function unlistedResult(
  model: string,
  underlyings: Iterable<string>,
  what: string,
): MarginResult | undefined {
  const names = [...new Set(underlyings)];
  if (names.length === 0) return undefined;
  return unsupportedResult(
    model,
    names.map((name) => `The parameter sheet has no ${what} for ${name}.`),
  );
}

/** A figure that no public source gives and the sheet does not hold. Makes the result partial. */
export const missingTerm = (message: string): Diagnostic => ({
  severity: "warning",
  id: "missing-term",
  message,
});

/** A note that changes no figure. */
export const note = (id: string, message: string): Diagnostic => ({ severity: "info", id, message });
