import { type AccountValue } from "../../account-value.ts";
import { type MarginComponent } from "../../margin-model.ts";
import { type NamedValue, valueOf } from "../shared/named-values.ts";

/** What collateral haircuts keep from the initial margin's equity; nothing when there are none. */
export function collateralComponent(
  account: AccountValue,
  haircuts: readonly NamedValue[] | undefined,
): readonly MarginComponent[] {
  if (!haircuts) return [];
  const children = account.holdings.flatMap(({ asset, valueUsd }): readonly MarginComponent[] => {
    const haircut = valueOf(haircuts, asset) ?? 0;
    const initial = Math.max(0, valueUsd) * Math.min(1, Math.max(0, haircut));
    return initial > 0 ? [{ id: `collateral-haircut-${asset}`, label: asset, initial, maintenance: 0 }] : [];
  });
  if (children.length === 0) return [];
  const initial = children.reduce((sum, child) => sum + child.initial, 0);
  return [{ id: "collateral-haircut", label: "Collateral haircut", initial, maintenance: 0, children }];
}
