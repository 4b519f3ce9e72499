import { mulDivCeil, mulDivFloor } from "../../margin/mul-div.ts";
import { type CallLiquidation, type Rejection } from "../../protocol/index.ts";
import { type Machine } from "../machine.ts";
import { watchAccount } from "../margin-watch.ts";
import { move, refuse } from "../transfers.ts";

const million = 1_000_000;

/** Looks at an account now. Whoever thereby starts its liquidation is paid from its collateral: a tip, and a share of its requirement. */
export function callLiquidation(m: Machine, { account, target }: CallLiquidation): Rejection | undefined {
  const { accounts, liquidations, markets } = m;
  if (!accounts.has(target) || accounts.isHouse(target)) {
    return refuse("unknownAccount", "target", target, "an account");
  }
  if (liquidations.find(target) || !m.margin.isBreached(target)) {
    return refuse("notInDefault", "target", target, "an account below its maintenance margin");
  }
  if (markets.liquidation.get("enabled") === 0) {
    return refuse("notInDefault", "target", target, "an account of a venue that liquidates: `enabled` is 0");
  }
  watchAccount(m, target);
  const started = liquidations.find(target);
  if (started && accounts.owner(account) !== accounts.owner(target)) {
    payCaller(m, account, target, started.startMaintenanceMicros);
  }
  return undefined;
}

/** Out of what the account has of the assets, in the order of their numbers; what it does not have is not paid. */
function payCaller(m: Machine, caller: number, account: number, maintenanceMicros: number): void {
  const { markets, ledger } = m;
  const { liquidation, assets } = markets;
  let left =
    liquidation.get("tipMicros") + mulDivFloor(maintenanceMicros, liquidation.get("chipPpm"), million);
  // Never more than a tenth of what the account is worth: calls pay no one for making an account insolvent.
  left = Math.min(left, Math.max(0, Math.floor(m.margin.figures(account).equityMicros / 10)));
  for (let asset = 0; asset < ledger.assetCount && left > 0; asset++) {
    const price = markets.assetPriceMicros(asset);
    const scale = assets.columns.unitsPerOne[asset]!;
    const available = ledger.available(account, asset);
    if (price === 0 || available <= 0) continue;
    const units = Math.min(available, mulDivFloor(left, scale, price));
    if (!ledger.canCredit(caller, asset, units)) continue;
    move(m, account, caller, asset, units, "incentive");
    left -= mulDivCeil(units, price, scale);
  }
}
