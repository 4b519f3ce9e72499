import { accountFlag } from "../../clearing/accounts/index.ts";
import { type Engine } from "../../clearing/index.ts";
import { type AccountFigures } from "../../clearing/margin/index.ts";

/** `warning`: equity is near the maintenance requirement. `called`: below it, or not back at the initial one since. */
export type MarginState = "healthy" | "warning" | "called" | "liquidating";

/** Equity below maintenance × (1 + this) is near it. */
const warningPpm = 300_000;

/** How an account stands, and the equity below which it is warned, USD micros. */
export function marginStateOf(
  { stores: { accounts, liquidations } }: Engine,
  account: number,
  { equityMicros, maintenanceMicros }: AccountFigures,
): { readonly state: MarginState; readonly warningMicros: number } {
  const above = Math.ceil((maintenanceMicros / 1_000_000) * warningPpm);
  const warningMicros = Math.min(Number.MAX_SAFE_INTEGER, maintenanceMicros + above);
  const isCalled = accounts.hasFlag(account, accountFlag.marginCalled) || equityMicros < maintenanceMicros;
  if (liquidations.find(account) !== undefined) return { state: "liquidating", warningMicros };
  if (isCalled && !accounts.isHouse(account)) return { state: "called", warningMicros };
  return { state: equityMicros < warningMicros ? "warning" : "healthy", warningMicros };
}
