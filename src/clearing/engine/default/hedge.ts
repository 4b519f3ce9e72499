import { houseAccount } from "../../accounts/index.ts";
import { buy, sell } from "../../book/index.ts";
import { mulDivFloor } from "../../margin/mul-div.ts";
import { type HedgeFund, type Rejection } from "../../protocol/index.ts";
import { executeOrder } from "../execute.ts";
import { type Machine } from "../machine.ts";
import { checkOrderShape, checkTrading } from "../order-checks.ts";
import { newTicket } from "../ticket.ts";
import { refuse } from "../transfers.ts";
import { announceFund, tranchesInOrder } from "./fund.ts";

const million = 1_000_000;
const ticket = newTicket();

/** Worth of the options that the fund holds, at their marks, units of an asset, rounded down. */
export function hedgeUnits(m: Machine, asset: number): number {
  const { positions, markets } = m;
  const first = positions.first(houseAccount.insurance);
  let units = 0;
  for (let slot = first; slot < first + positions.count(houseAccount.insurance); slot++) {
    const terms = m.terms(positions.instruments[slot]!);
    if (terms.settlementAsset !== asset) continue;
    const mark = markets.markMicros(terms.instrument);
    units += mulDivFloor(positions.lots[slot]! * terms.unitsPerLotTick, mark, terms.tickMicros);
  }
  return units;
}

/** Trades options for the house's tranche of the insurance fund. It never sells what it does not hold, and never spends beyond its budget. */
export function hedgeFund(m: Machine, { instrument, lots, priceTicks }: HedgeFund): Rejection | undefined {
  const { positions, markets, ledger } = m;
  const closed = checkTrading(m, instrument, lots < 0);
  if (closed) return closed;
  const terms = m.terms(instrument);
  if (!terms.isOption) return refuse("invalidSpec", "instrument", instrument, "an option");
  if (lots === 0) return refuse("notATick", "lots", lots, "whole, not 0");
  // A price is what the budget is reckoned by.
  if (priceTicks < 1) return refuse("notATick", "priceTicks", priceTicks, "1 or more");
  const account = houseAccount.insurance;
  const held = positions.lotsOf(account, instrument);
  if (lots < 0 && -lots > held) return refuse("reduceOnly", "lots", lots, -held);
  const asset = terms.settlementAsset;
  const balance = Math.max(0, ledger.balance(account, asset));
  const budget = mulDivFloor(balance, markets.liquidation.get("hedgeBudgetPpm"), million);
  const cost = lots > 0 ? lots * priceTicks * terms.unitsPerLotTick : 0;
  const after = hedgeUnits(m, asset) + cost;
  if (cost > 0 && after > budget) return refuse("insufficientBudget", "lots", after, budget);
  const t = ticket;
  t.account = account;
  t.instrument = instrument;
  t.side = lots > 0 ? buy : sell;
  t.priceTicks = priceTicks;
  t.lots = Math.abs(lots);
  t.timeInForce = "ioc";
  t.selfTrade = "cancel-resting";
  t.flags = 0;
  t.clientOrderId = 0;
  t.expiryMs = 0;
  t.replacedLots = 0;
  const refused = checkOrderShape(m, t);
  if (refused) return refused;
  const orderId = m.state.nextOrderId++;
  const side = lots > 0 ? "buy" : "sell";
  const order = {
    orderId,
    account,
    instrument,
    side,
    priceTicks,
    lots: t.lots,
    clientOrderId: 0,
    waiting: false,
  } as const;
  const unfilled = executeOrder(m, t, orderId, { type: "orderAccepted", ...order });
  if (unfilled) return unfilled;
  announceFund(m, tranchesInOrder(m, -1)[0]!, asset);
  return undefined;
}
