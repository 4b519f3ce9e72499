import { type Decimal } from "../../../quantity/decimal.ts";
import { compoundGrowth, linearGrowth, rayMul } from "./accrual.ts";

/** One user's stake in one reserve, with the reserve's state. Amounts and indices are Aave's own integers. */
export interface AaveReserve {
  /** Fraction digits of the token. */
  readonly decimals: number;
  /** USD per token, 8 fraction digits. */
  readonly price: bigint;
  /** Loan to value, basis points. */
  readonly ltvBps: bigint;
  /** Liquidation threshold, basis points; 0 keeps the reserve from being collateral outside an e-mode. */
  readonly ltBps: bigint;
  /** Deposit index at `lastUpdateSeconds`, ray. */
  readonly liquidityIndex: bigint;
  /** Deposit rate per year, ray. */
  readonly liquidityRate: bigint;
  /** Variable debt index at `lastUpdateSeconds`, ray. */
  readonly variableBorrowIndex: bigint;
  /** Variable debt rate per year, ray. */
  readonly variableBorrowRate: bigint;
  readonly lastUpdateSeconds: bigint;
  /** Whether the reserve is collateral of the account's e-mode category. */
  readonly emodeCollateral: boolean;
  /** Deposit before the index, token units. */
  readonly scaledSupply: bigint;
  /** Debt before the index, token units. */
  readonly scaledDebt: bigint;
  readonly useAsCollateral: boolean;
}

export interface AaveAccount {
  readonly nowSeconds: bigint;
  /** Loan to value and threshold of the e-mode the account is in; absent outside any. Basis points. */
  readonly emode?: { readonly ltvBps: bigint; readonly ltBps: bigint };
  readonly reserves: readonly AaveReserve[];
}

/** What an account holds, may borrow, and how far it is from liquidation. Amounts exact; ratios to ~1e-15. */
export interface AaveSummary {
  /** Collateral × threshold ÷ debt; liquidation below 1. Null without debt. */
  readonly healthFactor: number | null;
  /** Value-weighted fraction, 0 without collateral. */
  readonly currentLtv: number;
  /** Value-weighted fraction, 0 without collateral. */
  readonly currentLiquidationThreshold: number;
  readonly totalCollateralUsd: Decimal;
  readonly totalBorrowsUsd: Decimal;
  /** max(0, Σ collateral × LTV − debt). */
  readonly availableBorrowsUsd: Decimal;
  /** Every supplied reserve, collateral or not, minus debt. */
  readonly netWorthUsd: Decimal;
  /** Whole tokens, with interest up to now, one per reserve in order. */
  readonly balances: readonly { readonly supplied: Decimal; readonly borrowed: Decimal }[];
}

const priceDecimals = 8;
const bpsDecimals = 4;

/** The float64 nearest to numerator/denominator, both ≥ 0 and the latter > 0, to 25 significant digits before rounding. */
function ratio(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0;
  const shift = Math.max(0, 25 + denominator.toString().length - numerator.toString().length);
  return Number(`${(numerator * 10n ** BigInt(shift)) / denominator}e-${shift}`);
}

/**
 * Aave v3's account summary: interest accrued to `nowSeconds` in rays, then health from exact sums.
 *
 * @see docs/venues/aave.md for the rule; pinned by test/vectors/aave-health.json.
 */
export function aaveSummary({ nowSeconds, emode, reserves }: AaveAccount): AaveSummary {
  const tokenScale = reserves.reduce((most, reserve) => Math.max(most, reserve.decimals), 0);
  const usdScale = tokenScale + priceDecimals;
  let collateral = 0n;
  let supplied = 0n;
  let debt = 0n;
  // Both carry four more fraction digits than the amounts: the basis points.
  let borrowable = 0n;
  let thresholded = 0n;
  const balances = reserves.map((reserve) => {
    const elapsed = nowSeconds > reserve.lastUpdateSeconds ? nowSeconds - reserve.lastUpdateSeconds : 0n;
    const supply = rayMul(
      reserve.scaledSupply,
      rayMul(linearGrowth(reserve.liquidityRate, elapsed), reserve.liquidityIndex),
    );
    const borrowed = rayMul(
      reserve.scaledDebt,
      rayMul(compoundGrowth(reserve.variableBorrowRate, elapsed), reserve.variableBorrowIndex),
    );
    const usd = reserve.price * 10n ** BigInt(tokenScale - reserve.decimals);
    supplied += supply * usd;
    debt += borrowed * usd;
    const inEmode = emode !== undefined && reserve.emodeCollateral;
    if (reserve.useAsCollateral && (reserve.ltBps > 0n || inEmode)) {
      collateral += supply * usd;
      borrowable += supply * usd * (inEmode ? emode.ltvBps : reserve.ltvBps);
      thresholded += supply * usd * (inEmode ? emode.ltBps : reserve.ltBps);
    }
    return {
      supplied: { coefficient: supply, scale: reserve.decimals },
      borrowed: { coefficient: borrowed, scale: reserve.decimals },
    };
  });
  const bps = 10n ** BigInt(bpsDecimals);
  const available = borrowable - debt * bps;
  return {
    healthFactor: debt === 0n ? null : ratio(thresholded, debt * bps),
    currentLtv: collateral === 0n ? 0 : ratio(borrowable, collateral * bps),
    currentLiquidationThreshold: collateral === 0n ? 0 : ratio(thresholded, collateral * bps),
    totalCollateralUsd: { coefficient: collateral, scale: usdScale },
    totalBorrowsUsd: { coefficient: debt, scale: usdScale },
    availableBorrowsUsd: { coefficient: available > 0n ? available : 0n, scale: usdScale + bpsDecimals },
    netWorthUsd: { coefficient: supplied - debt, scale: usdScale },
    balances,
  };
}
