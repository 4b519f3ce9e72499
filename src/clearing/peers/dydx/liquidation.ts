import { magnitude, multiply, type Rational, sumOf } from "../../../risk/venues/shared/rational.ts";
import { bankruptcyQuoteCeil } from "../../liquidation/bankruptcy-price.ts";
import { fillablePrice } from "../../liquidation/fillable-price.ts";
import { stepSizeFloor } from "../../liquidation/step-limits.ts";
import { fortyDigits, fromUnits, toUnits } from "../stated-formulas/forty-digits.ts";

/** A position of a dYdX v4 subaccount at its oracle price. */
export interface DydxPosition {
  readonly asset: string;
  /** Signed. */
  readonly size: Rational;
  readonly price: Rational;
  /** Maintenance margin as a fraction of notional. */
  readonly maintenanceFraction: Rational;
}

export interface DydxAccount {
  readonly usdc: Rational;
  readonly positions: readonly DydxPosition[];
}

const notionalOf = ({ size, price }: DydxPosition): Rational => multiply(size, price);
const requirementOf = (position: DydxPosition): Rational =>
  multiply(magnitude(notionalOf(position)), position.maintenanceFraction);

/** Net collateral and maintenance requirement. */
const totalsOf = ({ usdc, positions }: DydxAccount): { equity: bigint; requirement: bigint } => ({
  equity: toUnits(sumOf([usdc, ...positions.map(notionalOf)])),
  requirement: toUnits(sumOf(positions.map(requirementOf))),
});

/** {@link bankruptcyQuoteCeil} of changing a position by `change`. */
export function dydxBankruptcyQuote(account: DydxAccount, asset: string, change: Rational): Rational {
  const closed = account.positions.filter((position) => position.asset === asset);
  const before = toUnits(sumOf(closed.map(requirementOf)));
  const changed = closed.map((position) => ({ ...position, size: sumOf([position.size, change]) }));
  const released = before - toUnits(sumOf(changed.map(requirementOf)));
  const notional = toUnits(sumOf(closed.map(({ price }) => multiply(change, price))));
  return fromUnits(
    bankruptcyQuoteCeil({
      ...totalsOf(account),
      notionalChange: notional,
      requirementReleased: released < 0n ? -released : released,
    }),
  );
}

/** {@link fillablePrice} of a position; `undefined` when the account has none in the asset. */
export function dydxFillablePrice(
  account: DydxAccount,
  asset: string,
  terms: { readonly bankruptcyAdjustment: Rational; readonly spreadToMaintenance: Rational },
): Rational | undefined {
  const position = account.positions.find((candidate) => candidate.asset === asset);
  if (!position || position.size.numerator === 0n) return undefined;
  const price = fillablePrice(
    {
      ...totalsOf(account),
      size: toUnits(position.size),
      notional: toUnits(notionalOf(position)),
      positionRequirement: toUnits(requirementOf(position)),
    },
    { adjustment: terms.bankruptcyAdjustment, spread: terms.spreadToMaintenance },
    fortyDigits,
  );
  return fromUnits(price);
}

/** What one block may liquidate; money. Genesis parameters of the chain. */
export interface DydxBlockUse {
  /** Notional of the subaccount's liquidations in this block so far. */
  readonly liquidated: bigint;
  /** One dollar in the unit of the amounts. */
  readonly usd: bigint;
}

/** Notional of a position that may be liquidated now: a tenth of it, at least 1000 USD, and of a subaccount 100,000 USD a block. */
export const dydxLiquidatableNotional = (notional: bigint, { liquidated, usd }: DydxBlockUse): bigint =>
  stepSizeFloor(notional, notional, {
    portion: { numerator: 1n, denominator: 10n },
    minimum: 1_000n * usd,
    caps: [100_000n * usd - liquidated],
  });
