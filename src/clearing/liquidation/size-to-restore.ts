import { mulDivCeil, mulDivFloor } from "../../quantity/money.ts";

/** What one step of a liquidation can do for an account's health. */
export type StepSize =
  /** Taking `size` brings health to its target, and no more than the rounding named beyond it. */
  | { readonly kind: "restores"; readonly size: bigint }
  /** Taking all of it improves health and does not restore it: another position must follow. */
  | { readonly kind: "exhausts"; readonly size: bigint }
  /** No size improves health: the step costs at least what it relieves. For an auction, the fund or deleveraging. */
  | { readonly kind: "routedOnward" };

/** How a step moves an account's health, per {@link RestoreTerms.per} units taken. */
export interface RestoreTerms {
  /** How far health lies below its target, money. ≤ 0: nothing to do. */
  readonly shortage: bigint;
  /** Requirement that falls away per `per` units, money. ≥ 0. */
  readonly relief: bigint;
  /** Equity, or weighted collateral, that the step costs per `per` units: fees, bonus, distance from the mark. */
  readonly cost: bigint;
  /** Units that `relief` and `cost` are stated for, > 0. */
  readonly per: bigint;
  /** Units that there are to take, ≥ 0. Absent: as many as it takes. */
  readonly available?: bigint;
}

/** Whether steps on these terms leave health where it is, or lower: relief ≤ cost. Then it is routed onward, whatever its size. */
export const cannotImprove = ({ relief, cost }: Pick<RestoreTerms, "relief" | "cost">): boolean =>
  relief <= cost;

function sizeToRestore(terms: RestoreTerms, round: (a: bigint, b: bigint, d: bigint) => bigint): StepSize {
  const { shortage, relief, cost, per, available } = terms;
  if (shortage <= 0n) return { kind: "restores", size: 0n };
  if (cannotImprove(terms) || available === 0n) return { kind: "routedOnward" };
  const size = round(shortage, per, relief - cost);
  return available === undefined || size <= available
    ? { kind: "restores", size }
    : { kind: "exhausts", size: available };
}

/**
 * The least whole size after which health is at or above its target: ⌈shortage × per ÷ (relief − cost)⌉. What a venue that must not be
 * left short takes.
 *
 * Sources of the shape: Drift's base amount to cover a margin shortage; Mango v4's x = −h ÷ (liability weight × price − asset weight ×
 * price with fees); Aave v4's debt to a target health factor, in debt-to-restore.ts.
 */
export const sizeToRestoreCeil = (terms: RestoreTerms): StepSize => sizeToRestore(terms, mulDivCeil);

/** The largest whole size after which health is at or below its target: ⌊shortage × per ÷ (relief − cost)⌋. Never takes too much; may be 0. */
export const sizeToRestoreFloor = (terms: RestoreTerms): StepSize => sizeToRestore(terms, mulDivFloor);
