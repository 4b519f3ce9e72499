import { mulDivFloor } from "../../quantity/money.ts";

/** Shares that nobody holds, and their worth, which count in every price: they make inflating the first share's price a loss. */
const virtualShares = 1_000_000n;

/** Shares of a pool outstanding, and what the pool is worth. */
export interface PoolShares {
  readonly shares: number;
  /** Signed. */
  readonly equityUnits: number;
  /** Units per share at the first mint. > 0. */
  readonly initialShareUnits: number;
}

const priceOf = ({
  shares,
  equityUnits,
  initialShareUnits,
}: PoolShares): { worth: bigint; count: bigint } => ({
  worth: BigInt(equityUnits) + virtualShares * BigInt(initialShareUnits),
  count: BigInt(shares) + virtualShares,
});

/** Shares for `units` paid in, rounded down; 0 when it buys none, or the pool is worth nothing, or has too many shares. */
export function mintSharesFloor(units: number, pool: PoolShares): number {
  const { worth, count } = priceOf(pool);
  if (worth <= 0n) return 0;
  const minted = Number(mulDivFloor(BigInt(units), count, worth));
  return Number.isSafeInteger(minted + pool.shares) ? minted : 0;
}

/** Units that `shares` of those outstanding redeem for, rounded down: never more than their part of what the pool is worth. */
export function redeemUnitsFloor(shares: number, pool: PoolShares): number {
  if (shares === 0 || pool.equityUnits <= 0) return 0;
  const { worth, count } = priceOf(pool);
  const atPrice = mulDivFloor(BigInt(shares), worth, count);
  const part = mulDivFloor(BigInt(shares), BigInt(pool.equityUnits), BigInt(pool.shares));
  return Number(atPrice < part ? atPrice : part);
}
