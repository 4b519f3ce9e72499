import { houseAccount } from "../../accounts/index.ts";
import { apportion, apportionWithin } from "../../fund/index.ts";
import { mulDivFloor } from "../../margin/mul-div.ts";
import { largestBalance } from "../../ledger/index.ts";
import { type Machine } from "../machine.ts";
import { move } from "../transfers.ts";
import { announceFund, payFromFund, tranchesInOrder } from "./fund.ts";
import { type Liquidation } from "./liquidation-table.ts";
import { type Work } from "./work.ts";

/**
 * Settles what an account without positions owes and cannot pay: all it still has goes to the fund, the fund pays its debts in the order
 * of its tranches, and what that leaves is shared by those who hold the asset, to the last unit. Afterwards it owns and owes nothing.
 *
 * @returns whether anyone but the account itself bore a loss.
 */
export function settleLoss(m: Machine, record: Liquidation, work: Work): boolean {
  const { ledger } = m;
  const account = record.id;
  for (let asset = 0; asset < ledger.assetCount; asset++) ledger.settleInterest(account, asset);
  surrender(m, account);
  let wasBorne = false;
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    // What a pending withdrawal holds has left the account, whatever comes of it: it pays no debt.
    const owed = Math.max(0, -ledger.available(account, asset));
    if (owed === 0) continue;
    wasBorne = true;
    const paid = payFromFund(m, record, account, asset, owed);
    if (paid === owed) continue;
    // Everyone is asked: nothing else is done with this command.
    work.left = 0;
    shareLoss(m, record, asset, owed - paid);
  }
  return wasBorne;
}

/** What the account has goes to the house's tranche; of an asset that a withdrawal holds, what is free. */
function surrender(m: Machine, account: number): void {
  const { ledger } = m;
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    const room = largestBalance - ledger.balance(houseAccount.insurance, asset);
    const units = Math.min(room, Math.max(0, ledger.available(account, asset)));
    if (units === 0) continue;
    move(m, account, houseAccount.insurance, asset, units, "insurance");
    announceFund(m, tranchesInOrder(m, -1)[0]!, asset);
  }
}

/**
 * Shares a loss over those who hold the asset, in proportion: first those with an open position, up to what they hold; only if that is not
 * enough everyone, and at last the house itself. What the fund has in other assets is theirs in return, at its worth, as far as it goes.
 */
function shareLoss(m: Machine, record: Liquidation, asset: number, units: number): void {
  let left = units;
  for (const withPositions of [true, false]) {
    if (left === 0) break;
    left -= shareAmong(m, record, asset, left, withPositions);
  }
  // Nobody holds any of it: the house's fee account owes it. Every account sums to zero all the same.
  if (left > 0) move(m, houseAccount.fees, record.id, asset, left, "socialisedLoss");
}

function shareAmong(
  m: Machine,
  record: Liquidation,
  asset: number,
  units: number,
  withPositions: boolean,
): number {
  const { accounts, ledger, positions } = m;
  const holders: number[] = [];
  const weights: number[] = [];
  for (let account = 0; account < accounts.count; account++) {
    if (accounts.isHouse(account) || account === record.id) continue;
    if (positions.count(account) > 0 !== withPositions) continue;
    const available = ledger.available(account, asset);
    if (available <= 0) continue;
    holders.push(account);
    weights.push(available);
  }
  const parts = apportionWithin(units, Float64Array.from(weights));
  const { liquidation } = record;
  let shared = 0;
  for (let i = 0; i < holders.length; i++) {
    const taken = parts[i]!;
    if (taken === 0) continue;
    shared += taken;
    const account = holders[i]!;
    move(m, account, record.id, asset, taken, "socialisedLoss");
    m.emit({ type: "lossShared", liquidation, account, asset, units: taken });
  }
  compensate(m, record, asset, holders, parts, shared);
  return shared;
}

/** What the fund has in other assets goes to those who bore a loss, at most at its worth, in proportion to what they bore. */
function compensate(
  m: Machine,
  record: Liquidation,
  asset: number,
  holders: readonly number[],
  parts: Float64Array,
  shared: number,
): void {
  if (shared === 0) return;
  const { markets, ledger } = m;
  const scaleOf = (of: number): number => markets.assets.columns.unitsPerOne[of]!;
  let dueMicros = mulDivFloor(shared, markets.assetPriceMicros(asset), scaleOf(asset));
  for (let other = 0; other < ledger.assetCount && dueMicros > 0; other++) {
    const price = markets.assetPriceMicros(other);
    if (other === asset || price === 0) continue;
    for (const tranche of tranchesInOrder(m, record.instrument)) {
      const has = Math.max(0, ledger.balance(tranche.account, other));
      const units = Math.min(has, mulDivFloor(dueMicros, scaleOf(other), price));
      if (units === 0) continue;
      const back = splitBack(units, parts, shared);
      for (const [i, part] of back.entries()) {
        move(m, tranche.account, holders[i]!, other, part, "insurance");
      }
      // A tranche that has more than is due has paid it: what rounding leaves of it is no matter for the next.
      dueMicros = units < has ? 0 : dueMicros - mulDivFloor(units, price, scaleOf(other));
      const { tranche: kind, instrument } = tranche;
      const { liquidation, id: account } = record;
      m.emit({ type: "lossCovered", liquidation, account, asset: other, units, tranche: kind, instrument });
      announceFund(m, tranche, other);
    }
  }
}

/** Splits over what each bore; quicker when it is less than that, which it may be in another asset. */
const splitBack = (units: number, parts: Float64Array, shared: number): Float64Array =>
  units < shared
    ? apportionWithin(units, parts)
    : Float64Array.from(
        apportion(
          BigInt(units),
          Array.from(parts, BigInt),
          Array.from(parts, () => BigInt(units)),
        ),
        Number,
      );
