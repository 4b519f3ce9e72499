import { accountBlock, accountFlag } from "../accounts/index.ts";
import { buy, none, sell } from "../book/index.ts";
import { type Side } from "../book/index.ts";
import { type TradeFill } from "../margin/index.ts";
import { endIfRestored, lookAgain, startLiquidation } from "./default/liquidate.ts";
import { reducible, sideNames } from "./fills.ts";
import { maxSweepAccounts, maxSweepDefaults, maxSweepPortfolios } from "./limits.ts";
import { type Machine } from "./machine.ts";

/** Prices or rules changed: every account is looked at once more, from where the sweep is. */
export function sweepAgain(m: Machine): void {
  m.state.sweepRemaining = m.accounts.count;
}

/** Could a change of prices bring this account below its maintenance margin? */
function isExposed(m: Machine, account: number): boolean {
  if (m.positions.count(account) > 0 || m.accounts.hasFlag(account, accountFlag.marginCalled)) return true;
  for (let asset = 0; asset < m.ledger.assetCount; asset++) {
    if (m.ledger.balance(account, asset) < 0) return true;
  }
  return false;
}

/**
 * Looks at accounts in order of their numbers, a bounded range of them, going on where it stopped. The range goes by numbers and modes alone, so
 * that the machine does the same whatever is known of the accounts; of those in it only the due ones are re-margined: the others
 * would be found as they were left.
 */
export function sweepMargins(m: Machine): void {
  const { state, accounts, watch } = m;
  if (state.sweepRemaining === 0) return;
  watch.see();
  let left = maxSweepAccounts;
  let portfolios = 0;
  const lastLiquidation = state.nextLiquidation + maxSweepDefaults;
  while (left > 0 && state.sweepRemaining > 0) {
    if (state.sweepAccount >= accounts.count) state.sweepAccount = 0;
    const from = state.sweepAccount;
    const block = Math.floor(from / accountBlock);
    portfolios += accounts.portfoliosInBlock(block);
    if (portfolios > maxSweepPortfolios) return;
    const end = Math.min(
      accounts.count,
      from + Math.min(left, state.sweepRemaining),
      (block + 1) * accountBlock,
    );
    let next = end;
    for (let account = watch.due.next(from, end); account >= 0; account = watch.due.next(account + 1, end)) {
      watchAccount(m, account);
      if (state.nextLiquidation < lastLiquidation) continue;
      next = account + 1;
      break;
    }
    left -= next - from;
    state.sweepRemaining -= next - from;
    state.sweepAccount = next;
    if (state.nextLiquidation >= lastLiquidation) return;
  }
}

/** Looks at one account, and leaves it alone for as long as nothing can happen to it. */
export function watchAccount(m: Machine, account: number): void {
  const { accounts, watch, margin } = m;
  if (accounts.isHouse(account) || !isExposed(m, account)) {
    watch.leave(account);
    return;
  }
  watch.lookCount++;
  const isCalled = callAccount(m, account);
  const hasPassed = m.orders.accountOrderCount(account) > 0 && cancelPassedOrders(m, account);
  // What was asked about orders was asked of the account as it would be.
  if (isCalled || hasPassed) return;
  watch.leaveWithinBands(margin.loaded, accounts.modeCode(account), margin.requiredMicros);
}

/**
 * Calls an account that is below its maintenance margin, or lifts the call once it meets its initial margin again.
 *
 * @returns false if it was not called and need not be: it is loaded, then.
 */
function callAccount(m: Machine, account: number): boolean {
  // An account in liquidation is looked at by that, and by what it does itself.
  if (m.liquidations.find(account)) return true;
  const isCalled = m.accounts.hasFlag(account, accountFlag.marginCalled);
  if (isCalled) restoreMargin(m, account);
  if (!m.margin.isBreached(account)) return isCalled;
  if (!isCalled) {
    m.accounts.setFlag(account, accountFlag.marginCalled, true);
    m.emit({ type: "marginCalled", account, ...m.margin.figures(account) });
  } else if (m.markets.liquidation.get("enabled") === 0) return true;
  // Its open orders may be what it cannot afford.
  cancelRiskyOrders(m, account);
  const figures = m.margin.figures(account);
  if (figures.equityMicros < figures.maintenanceMicros) startLiquidation(m, account, figures);
  return true;
}

/** Lifts an account's margin call if it meets its initial margin, and ends its liquidation if it is out of danger: by what its owner did. */
export function restoreMargin(m: Machine, account: number): void {
  if (!m.accounts.hasFlag(account, accountFlag.marginCalled)) return;
  if (m.liquidations.find(account)) {
    if (!endIfRestored(m, account)) lookAgain(m, account);
    return;
  }
  const { equityMicros, initialMicros } = m.margin.figures(account);
  if (equityMicros < initialMicros) return;
  m.accounts.setFlag(account, accountFlag.marginCalled, false);
  m.emit({ type: "marginRestored", account });
}

/** Cancels an account's resting orders, oldest first, but those that can only lessen its positions. */
function cancelRiskyOrders(m: Machine, account: number): void {
  const { orders, booker } = m;
  booker.reason = "margin";
  /** Lots that orders which stay may reduce, by instrument. */
  const kept = new Map<number, number>();
  for (let slot = orders.firstOf(account); slot !== none;) {
    const next = orders.nextOf(slot);
    const instrument = orders.instrument(slot);
    const room = roomFor(m, account, instrument, orders.side(slot)) - (kept.get(instrument) ?? 0);
    const lots = orders.remainingLots(slot);
    if (lots <= room) kept.set(instrument, (kept.get(instrument) ?? 0) + lots);
    else orders.cancel(slot);
    slot = next;
  }
}

/**
 * Cancels an account's resting orders that the mark has passed if, coming now, they would be refused for margin. Whoever trades with them takes
 * the distance to the mark from the account, and what it cannot pay from the house.
 *
 * @returns whether it had any that the mark has passed.
 */
function cancelPassedOrders(m: Machine, account: number): boolean {
  if (!isAnyPassed(m, account)) return false;
  const { orders, positions, booker } = m;
  const slots: number[] = [];
  const fills: TradeFill[] = [];
  for (let slot = orders.firstOf(account); slot !== none; slot = orders.nextOf(slot)) {
    const instrument = orders.instrument(slot);
    if (m.closings.has(instrument)) continue;
    const lots = orders.remainingLots(slot);
    const priceMicros = orders.priceTicks(slot) * m.terms(instrument).tickMicros;
    const isBuy = orders.side(slot) === buy;
    const mark = m.markets.markMicros(instrument);
    if (mark === 0 || (isBuy ? priceMicros <= mark : priceMicros >= mark)) continue;
    slots.push(slot);
    fills.push({ instrument, lots: isBuy ? lots : -lots, priceMicros, feeUnits: 0 });
  }
  if (slots.length === 0) return false;
  const count = (slot: number, change: "addOpen" | "removeOpen"): void => {
    const lots = orders.remainingLots(slot);
    const side = sideNames[orders.side(slot)];
    positions[change](account, orders.instrument(slot), side, lots, lots * orders.priceTicks(slot));
  };
  // They are looked at as if they came now: meanwhile they do not count as open.
  for (const slot of slots) {
    count(slot, "removeOpen");
    m.margin.setAside.add(slot);
  }
  const refused = m.margin.checkTrades(account, fills);
  m.margin.setAside.clear();
  for (const slot of slots) count(slot, "addOpen");
  if (!refused) return true;
  booker.reason = "margin";
  for (const slot of slots) orders.cancel(slot);
  return true;
}

/** Has the mark passed the best price of a book in which the account has orders? */
function isAnyPassed(m: Machine, account: number): boolean {
  const { positions, orders, markets } = m;
  const first = positions.first(account);
  const end = first + positions.count(account);
  for (let slot = first; slot < end; slot++) {
    const buys = positions.openBuyLots[slot]!;
    const sells = positions.openSellLots[slot]!;
    if (buys === 0 && sells === 0) continue;
    const instrument = positions.instruments[slot]!;
    const mark = markets.markMicros(instrument);
    if (mark === 0) continue;
    const { bestBidTicks, bestAskTicks } = orders.book(instrument);
    const { tickMicros } = m.terms(instrument);
    if (buys > 0 && bestBidTicks * tickMicros > mark) return true;
    if (sells > 0 && bestAskTicks * tickMicros < mark) return true;
  }
  return false;
}

function roomFor(m: Machine, account: number, instrument: number, side: Side): number {
  if (m.terms(instrument).isSpot) return 0;
  return reducible(m.positions.lotsOf(account, instrument), side === buy ? buy : sell);
}
