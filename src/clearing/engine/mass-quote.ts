import { none, type Side } from "../book/index.ts";
import { type OrderToCheck } from "../margin/index.ts";
import { maxPositionsPerAccount } from "../positions/index.ts";
import { type Envelope, type MassQuote, type Quote, type Rejection } from "../protocol/index.ts";
import { checkCapacity } from "./capacity.ts";
import { checkSpend } from "./cash.ts";
import { executeOrder } from "./execute.ts";
import { ownFlags, sideNames } from "./fills.ts";
import { maxOrdersPerAccount, maxQuotesPerCommand } from "./limits.ts";
import { type Machine } from "./machine.ts";
import { checkKeyLimit, checkOrderShape, intentOf } from "./order-checks.ts";
import { newTicket, type Ticket } from "./ticket.ts";
import { refuse } from "./transfers.ts";

/**
 * Two-sided quotes on many instruments in place of the account's former ones there, all or none. They only rest: whatever would trade
 * refuses them all. The account is margined once, with all of them.
 */
export function massQuote(m: Machine, command: MassQuote, envelope: Envelope): Rejection | undefined {
  const { account, quotes } = command;
  const repeated = checkRepeats(quotes);
  if (repeated) return repeated;
  const former = formerQuotes(m, account, quotes);
  const { orders } = m;
  // The former quotes are out of the way while the new ones are examined.
  for (const slot of former) {
    changeOpen(m, slot, false);
    m.margin.setAside.add(slot);
  }
  const tickets: Ticket[] = [];
  const refused =
    checkQuotes(m, command, envelope, tickets) ?? checkTogether(m, account, tickets, former.length);
  m.margin.setAside.clear();
  for (const slot of former) changeOpen(m, slot, true);
  if (refused) return refused;
  m.booker.reason = "replaced";
  for (const slot of former) orders.cancel(slot);
  for (const t of tickets) {
    const orderId = m.state.nextOrderId++;
    const { instrument, side, priceTicks, lots } = t;
    executeOrder(m, t, orderId, {
      type: "orderAccepted",
      orderId,
      account,
      instrument,
      side: sideNames[side],
      priceTicks,
      lots,
      clientOrderId: 0,
      waiting: false,
    });
  }
  return undefined;
}

function checkRepeats(quotes: readonly Quote[]): Rejection | undefined {
  if (quotes.length > maxQuotesPerCommand) {
    return refuse("malformed", "quotes", quotes.length, maxQuotesPerCommand);
  }
  const seen = new Set<number>();
  for (const [i, { instrument }] of quotes.entries()) {
    if (seen.has(instrument)) {
      return refuse("malformed", `quotes[${i}].instrument`, instrument, "each instrument once");
    }
    seen.add(instrument);
  }
  return undefined;
}

/** Slots of the account's quotes that the new ones replace. */
function formerQuotes(m: Machine, account: number, quotes: readonly Quote[]): number[] {
  const { orders } = m;
  const instruments = new Set(quotes.map(({ instrument }) => instrument));
  const slots: number[] = [];
  for (let slot = orders.firstOf(account); slot !== none; slot = orders.nextOf(slot)) {
    if ((orders.flags(slot) & ownFlags.quote) === 0 || !instruments.has(orders.instrument(slot))) continue;
    slots.push(slot);
  }
  return slots;
}

function changeOpen({ orders, positions }: Machine, slot: number, isOpen: boolean): void {
  const account = orders.account(slot);
  const instrument = orders.instrument(slot);
  const side = sideNames[orders.side(slot)];
  const lots = orders.remainingLots(slot);
  const lotTicks = lots * orders.priceTicks(slot);
  if (isOpen) positions.addOpen(account, instrument, side, lots, lotTicks);
  else positions.removeOpen(account, instrument, side, lots, lotTicks);
}

/** Each side by itself. Fills `tickets` with what is to be placed. */
function checkQuotes(
  m: Machine,
  { account, quotes }: MassQuote,
  envelope: Envelope,
  tickets: Ticket[],
): Rejection | undefined {
  for (const [i, quote] of quotes.entries()) {
    const { instrument, bidTicks, bidLots, askTicks, askLots } = quote;
    if (bidLots > 0 && askLots > 0 && bidTicks >= askTicks) {
      return refuse("wouldTake", `quotes[${i}].bidTicks`, bidTicks, `below ${askTicks}`);
    }
    const sides: readonly (readonly [Side, number, number])[] = [
      [0, bidTicks, bidLots],
      [1, askTicks, askLots],
    ];
    for (const [side, ticks, lots] of sides) {
      if (lots === 0) continue;
      const name = side === 0 ? "bid" : "ask";
      const refused = checkSide(m, account, envelope, tickets, { instrument, side, ticks, lots });
      if (refused)
        return { ...refused, field: `quotes[${i}].${name}${refused.field === "lots" ? "Lots" : "Ticks"}` };
    }
    if (bidLots === 0 && askLots === 0 && !m.markets.instruments.has(instrument)) {
      return refuse("unknownInstrument", `quotes[${i}].instrument`, instrument, "a listed instrument");
    }
  }
  return undefined;
}

function checkSide(
  m: Machine,
  account: number,
  envelope: Envelope,
  tickets: Ticket[],
  quote: { readonly instrument: number; readonly side: Side; readonly ticks: number; readonly lots: number },
): Rejection | undefined {
  const { instrument, side, ticks, lots } = quote;
  if (ticks < 1) return refuse("notATick", "ticks", ticks, "1 or more");
  const overKey = checkKeyLimit(m, envelope, account, instrument, lots, ticks);
  if (overKey) return overKey;
  const t = newTicket();
  t.account = account;
  t.instrument = instrument;
  t.side = side;
  t.priceTicks = ticks;
  t.lots = lots;
  t.flags = ownFlags.quote;
  const refused = checkOrderShape(m, t);
  if (refused) return refused;
  // The account's own orders in the way are cancelled, as of any order; those of others would trade.
  if (m.orders.book(instrument).preview(intentOf(m, t, lots)).fillableLots > 0) {
    return refuse("wouldTake", "ticks", ticks, "a price that does not cross");
  }
  tickets.push(t);
  return undefined;
}

/** All quotes beside everything else that the account has: counts, limits, cash, margin. */
function checkTogether(
  m: Machine,
  account: number,
  tickets: readonly Ticket[],
  formerCount: number,
): Rejection | undefined {
  const { orders, triggers, positions, markets } = m;
  const count = orders.accountOrderCount(account) + triggers.accountOrderCount(account) - formerCount;
  if (count + tickets.length > maxOrdersPerAccount) {
    return refuse("tooManyOrders", "quotes", count + tickets.length, maxOrdersPerAccount);
  }
  if (orders.orderCount + tickets.length > orders.maxOrders) {
    return refuse("overCapacity", "quotes", orders.orderCount, orders.maxOrders);
  }
  let newSlots = 0;
  let lastNew = -1;
  const spent = new Map<number, number>();
  const checked: OrderToCheck[] = [];
  for (const { instrument, side, lots, limitTicks, feeUnits } of tickets) {
    const terms = m.terms(instrument);
    const slot = positions.find(account, instrument);
    if (slot < 0 && instrument !== lastNew) {
      newSlots++;
      lastNew = instrument;
    }
    const held = slot < 0 ? 0 : positions.lots[slot]!;
    const open = slot < 0 ? 0 : (side === 0 ? positions.openBuyLots : positions.openSellLots)[slot]!;
    if (!terms.isSpot) {
      const after = (side === 0 ? held : -held) + open + lots;
      const limit = markets.instruments.columns.positionLimitLots[instrument]!;
      if (after > limit) return refuse("overPositionLimit", "quotes", after, limit);
    }
    const full = checkCapacity(m, terms, account, side, lots, limitTicks);
    if (full) return { ...full, field: "quotes" };
    if (terms.paysCash && (side === 0 || terms.isSpot)) {
      const asset = side === 0 ? terms.settlementAsset : terms.baseAsset;
      const units =
        side === 0 ? lots * limitTicks * terms.unitsPerLotTick + feeUnits : lots * terms.lotBaseUnits;
      spent.set(asset, (spent.get(asset) ?? 0) + units);
    }
    checked.push({
      instrument,
      side: sideNames[side],
      lots,
      worstPriceMicros: limitTicks * terms.tickMicros,
      feeUnits,
    });
  }
  if (positions.count(account) + newSlots > maxPositionsPerAccount) {
    return refuse("tooManyPositions", "quotes", positions.count(account) + newSlots, maxPositionsPerAccount);
  }
  for (const [asset, units] of spent) {
    const unpaid = checkSpend(m, account, asset, units, "quotes");
    if (unpaid) return unpaid;
  }
  return m.margin.checkOrders(account, checked);
}
