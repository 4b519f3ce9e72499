import { type Market } from "../../../market/index.ts";
import { type AccountValue } from "../../account-value.ts";
import { type Diagnostic } from "../../margin-model.ts";
import { note } from "./net-margin-result.ts";

/** One asset of a book: its balance, the unrealised profit that is paid in it, and spot positions. */
export interface HeldAsset {
  readonly asset: string;
  /** USD, negative is a debt. */
  readonly valueUsd: number;
  /** Fiat or a stablecoin. */
  readonly isDollar: boolean;
}

/** Every asset that a book holds or owes, those of no value left out. Sorted by asset. */
export function heldAssets({ holdings, positions }: AccountValue, market: Market): readonly HeldAsset[] {
  const values = new Map(holdings.map(({ asset, valueUsd }) => [asset, valueUsd]));
  for (const { instrument, valueUsd } of positions) {
    const listed = market.instruments.get(instrument);
    if (listed?.kind !== "spot") continue;
    values.set(listed.underlying, (values.get(listed.underlying) ?? 0) + valueUsd);
  }
  return [...values]
    .filter(([, valueUsd]) => valueUsd !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([asset, valueUsd]) => {
      const kind = market.assets.get(asset)?.kind;
      return { asset, valueUsd, isDollar: kind === "fiat" || kind === "stablecoin" };
    });
}

/** `BTC, stETH`. */
export const namesOf = (held: readonly HeldAsset[]): string => held.map(({ asset }) => asset).join(", ");

/** What a method that is about positions alone leaves out of a book, and that it does. */
export function positionsOnly(
  account: AccountValue,
  market: Market,
  orders: readonly unknown[],
): readonly Diagnostic[] {
  const held = heldAssets(account, market);
  const coins = held.filter(({ valueUsd, isDollar }) => valueUsd > 0 && !isDollar);
  const debts = held.filter(({ valueUsd }) => valueUsd < 0);
  const left = [
    ...(coins.length > 0 ? [`${namesOf(coins)} held without a haircut`] : []),
    ...(debts.length > 0 ? [`${namesOf(debts)} owed without a margin`] : []),
  ];
  return [
    ...(left.length > 0
      ? [
          note(
            "positions-only",
            `The method margins positions; balances count at their value: ${left.join("; ")}.`,
          ),
        ]
      : []),
    ...(orders.length > 0
      ? [note("orders-ignored", "The method margins positions; resting orders are not in it.")]
      : []),
  ];
}
