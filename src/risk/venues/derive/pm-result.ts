import {
  type Contribution,
  type Diagnostic,
  type MarginResult,
  type ScenarioPnl,
} from "../../margin-model.ts";
import { type Fixed18, fixed18ToNumber, mul, one, sum } from "../shared/fixed18.ts";
import { type NetMarginTerm, netMarginResult, note } from "../shared/net-margin-result.ts";
import { type DeriveAccount, type DeriveBook } from "./derive-book.ts";

/** Parts of a portfolio-margin requirement. */
export type PmPart =
  | "worst-scenario"
  | "perpetual-contingency"
  | "option-contingency"
  | "collateral-haircut"
  | "confidence-contingency";

const document = "docs/venues/derive.md";

const groups: Readonly<
  Record<PmPart | "valuation" | "not-collateral", { readonly label: string; readonly rule: string }>
> = {
  "worst-scenario": { label: "Worst scenario", rule: `${document}, scenarios` },
  "perpetual-contingency": { label: "Perpetual contingency", rule: `${document}, contingencies` },
  "option-contingency": { label: "Short option contingency", rule: `${document}, contingencies` },
  "collateral-haircut": { label: "Collateral haircut", rule: `${document}, contingencies` },
  "confidence-contingency": { label: "Low price confidence", rule: `${document}, contingencies` },
  valuation: { label: "Mark less the venue's own value", rule: `${document}, valuation` },
  "not-collateral": { label: "Not collateral at the venue", rule: `${document}, collateral` },
};

/** One portfolio-margin account of a book, margined without cash. Amounts in the settlement asset. */
export interface MarginedAccount {
  readonly underlying: string;
  /** What the account's positions and collateral add to the book's equity, USD. */
  readonly equityUsd: number;
  /** The venue's value of the same. */
  readonly markToMarket: Fixed18;
  /** Requirements by part, ≥ 0 but for a scenario part that gains. */
  readonly parts: readonly {
    readonly group: PmPart;
    readonly initial: Fixed18;
    readonly maintenance: Fixed18;
  }[];
  readonly worst: { readonly id: string; readonly label: string; readonly pnl: Fixed18 };
  readonly contributions: readonly { readonly item: string; readonly pnl: Fixed18 }[];
  readonly scenarios: readonly { readonly id: string; readonly label: string; readonly pnl: Fixed18 }[];
}

/** What the venue lets one account hold. */
export interface AccountLimits {
  readonly maxExpiries: number;
  readonly maxAssets: number;
}

/**
 * A book over accounts of one underlying each, as the venue keeps them. Net margins add up, because cash can be moved to
 * the account that lacks it; gains on one underlying offset nothing on another.
 */
export function pmResult(
  model: string,
  book: DeriveBook,
  limits: AccountLimits,
  accounts: readonly MarginedAccount[],
  refused: readonly { readonly asset: string; readonly equityUsd: number }[],
): MarginResult {
  const stableUsd = fixed18ToNumber(book.stablePrice);
  const usd = (amount: Fixed18): number => fixed18ToNumber(amount) * stableUsd;
  const terms: NetMarginTerm[] = accounts.flatMap(({ underlying, equityUsd, markToMarket, parts }) => [
    ...parts.map(({ group, initial, maintenance }) => ({
      group,
      item: underlying,
      equityUsd: 0,
      initialNet: -usd(initial),
      maintenanceNet: -usd(maintenance),
    })),
    valuation(underlying, equityUsd, usd(markToMarket)),
  ]);
  terms.push(valuation("cash", book.cashUsd, usd(book.cash)));
  for (const { asset, equityUsd } of refused) {
    terms.push({ group: "not-collateral", item: asset, equityUsd, initialNet: 0, maintenanceNet: 0 });
  }
  const diagnostics: Diagnostic[] = [...book.diagnostics];
  if (accounts.length > 1) {
    const names = accounts.map(({ underlying }) => underlying).join(", ");
    diagnostics.push(
      note(
        "one-account-per-underlying",
        `Margined as ${accounts.length} accounts (${names}) that share the cash: the venue offsets nothing between them.`,
      ),
    );
  }
  diagnostics.push(...overLimits(book, limits));
  // A term that changes nothing would only show as a row of zeros.
  const telling = terms.filter(
    ({ equityUsd, initialNet, maintenanceNet }) => equityUsd !== initialNet || equityUsd !== maintenanceNet,
  );
  const result = netMarginResult({
    model,
    value: book.value,
    groups,
    terms: telling,
    uncounted: "not collateral here",
    diagnostics,
  });
  if (accounts.length === 0) return result;
  const single = accounts.length === 1 ? accounts[0] : undefined;
  return {
    ...result,
    worst: {
      id: accounts.map(({ worst }) => worst.id).join("+"),
      label: accounts
        .map(({ underlying, worst }) => (single ? worst.label : `${underlying}: ${worst.label}`))
        .join("; "),
      pnlUsd: accounts.reduce((total, { worst }) => total + usd(worst.pnl), 0),
      contributions: accounts.flatMap(({ contributions }) =>
        contributions.map(({ item, pnl }): Contribution => ({ item, pnlUsd: usd(pnl) })),
      ),
    },
    ...(single && {
      scenarios: single.scenarios.map(({ id, label, pnl }): ScenarioPnl => ({ id, label, pnlUsd: usd(pnl) })),
    }),
  };
}

/** Notes on accounts that the venue would not let be opened. */
function overLimits({ accounts }: DeriveBook, { maxExpiries, maxAssets }: AccountLimits): Diagnostic[] {
  return accounts.flatMap(({ underlying, expiries, options, perps }) => {
    const assets = options.length + Math.min(1, perps.length);
    const over = [
      ...(expiries.length > maxExpiries ? [`${expiries.length} expiries, of at most ${maxExpiries}`] : []),
      ...(assets > maxAssets ? [`${assets} positions, of at most ${maxAssets}`] : []),
    ];
    return over.map((what): Diagnostic => ({
      severity: "warning",
      id: "account-limit",
      message: `${underlying}: the venue's account would hold ${what}.`,
    }));
  });
}

const valuation = (item: string, equityUsd: number, venueUsd: number): NetMarginTerm => ({
  group: "valuation",
  item,
  equityUsd,
  initialNet: venueUsd,
  maintenanceNet: venueUsd,
});

/** An account's one perpetual position, split over the contracts that make it. */
export function perpContributions(
  { perps }: DeriveAccount,
  total: Fixed18,
  scenario: { readonly spotShock: Fixed18; readonly dampeningFactor?: Fixed18 } | undefined,
): readonly { readonly item: string; readonly pnl: Fixed18 }[] {
  const position = sum(perps.map(({ units }) => units));
  return perps.map(({ item, units, price }) => {
    if (position !== 0n) return { item, pnl: (total * units) / position };
    const move = scenario ? mul(scenario.spotShock - one, scenario.dampeningFactor ?? one) : 0n;
    return { item, pnl: mul(mul(units, price), move) };
  });
}
