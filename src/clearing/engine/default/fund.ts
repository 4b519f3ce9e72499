import { houseAccount } from "../../accounts/index.ts";
import { mulDivFloor } from "../../margin/mul-div.ts";
import { type MovementReason, type Tranche } from "../../protocol/index.ts";
import { type Machine } from "../machine.ts";
import { move } from "../transfers.ts";
import { type Liquidation } from "./liquidation-table.ts";

/** A part of the insurance fund, with an account of its own. */
export interface FundTranche {
  readonly tranche: Tranche;
  /** Of a market's tranche; 0 for others. */
  readonly instrument: number;
  readonly account: number;
}

const protocol: FundTranche = { tranche: "protocol", instrument: 0, account: houseAccount.insurance };

/** Label of the house account of the staked tranche. */
export const stakedLabel = "fund:staked";
const marketLabel = (m: Machine, instrument: number): string =>
  `fund:${m.markets.instruments.label(instrument)}`;

/** A market's own tranche, opened when it first gets money; undefined if it has none yet and none may be opened. */
function marketTranche(m: Machine, instrument: number, opens: boolean): FundTranche | undefined {
  const label = marketLabel(m, instrument);
  const known = m.accounts.houseAccountOf(label);
  if (known >= 0) return { tranche: "market", instrument, account: known };
  if (!opens || !m.accounts.hasRoom) return undefined;
  return { tranche: "market", instrument, account: m.accounts.openHouse(label) };
}

/** The staked tranche, once someone has staked. */
export function stakedTranche(m: Machine): FundTranche | undefined {
  const account = m.accounts.houseAccountOf(stakedLabel);
  return account < 0 ? undefined : { tranche: "staked", instrument: 0, account };
}

/** All parts of the fund that a loss in this market may use, in the order of use. `instrument` −1: no market. */
export function tranchesInOrder(m: Machine, instrument: number): FundTranche[] {
  const market = instrument < 0 ? undefined : marketTranche(m, instrument, false);
  const staked = stakedTranche(m);
  return [...(market ? [market] : []), protocol, ...(staked ? [staked] : [])];
}

/** Every part of the fund that there is: the house's, what is staked, and those of markets. */
export function fundTranches(m: Machine): FundTranche[] {
  const all = tranchesInOrder(m, -1);
  for (let i = 0; i < m.markets.instruments.count; i++) {
    const market = marketTranche(m, i, false);
    if (market) all.push(market);
  }
  return all;
}

const has = (m: Machine, { account }: FundTranche, asset: number): number =>
  Math.max(0, m.ledger.balance(account, asset));

/** What the fund can pay of an asset for a loss in a market. */
export const fundUnits = (m: Machine, asset: number, instrument: number = -1): number =>
  tranchesInOrder(m, instrument).reduce((sum, tranche) => sum + has(m, tranche, asset), 0);

/** Tells of a tranche's balance. */
export function announceFund(m: Machine, { tranche, instrument, account }: FundTranche, asset: number): void {
  const balanceUnits = m.ledger.balance(account, asset);
  m.emit({ type: "fundChanged", tranche, instrument, asset, balanceUnits });
}

/**
 * Pays up to `units` on behalf of an account in liquidation: its market's tranche first, then the house's, then what is staked.
 *
 * @returns what was paid.
 */
export function payFromFund(
  m: Machine,
  record: Liquidation,
  to: number,
  asset: number,
  units: number,
): number {
  let left = units;
  for (const tranche of tranchesInOrder(m, record.instrument)) {
    const part = Math.min(left, has(m, tranche, asset));
    if (part === 0) continue;
    move(m, tranche.account, to, asset, part, "insurance");
    left -= part;
    m.emit({
      type: "lossCovered",
      liquidation: record.liquidation,
      account: record.id,
      asset,
      units: part,
      tranche: tranche.tranche,
      instrument: tranche.instrument,
    });
    announceFund(m, tranche, asset);
  }
  return units - left;
}

/** Money for the fund that came from a market: its own tranche up to its cap, then the house's. Only what was moved is credited. */
export function contribute(
  m: Machine,
  from: number,
  instrument: number,
  asset: number,
  units: number,
  reason: MovementReason,
): void {
  if (units === 0) return;
  const { markets } = m;
  const price = markets.assetPriceMicros(asset);
  const capMicros = markets.liquidation.get("marketTrancheMicros");
  const cap = price === 0 ? 0 : mulDivFloor(capMicros, markets.assets.columns.unitsPerOne[asset]!, price);
  const market = cap > 0 ? marketTranche(m, instrument, true) : undefined;
  const room = market ? Math.max(0, cap - m.ledger.balance(market.account, asset)) : 0;
  const own = Math.min(units, room);
  if (market && own > 0) {
    move(m, from, market.account, asset, own, reason);
    announceFund(m, market, asset);
  }
  if (units > own) {
    move(m, from, protocol.account, asset, units - own, reason);
    announceFund(m, protocol, asset);
  }
}

/** Gives a tranche money for nothing. */
export function donateTo(
  m: Machine,
  from: number,
  tranche: Tranche,
  instrument: number,
  asset: number,
  units: number,
): void {
  const part =
    tranche === "market"
      ? marketTranche(m, instrument, true)
      : tranche === "staked"
        ? stakedTranche(m)
        : protocol;
  const to = part ?? protocol;
  move(m, from, to.account, asset, units, "insurance");
  announceFund(m, to, asset);
}
