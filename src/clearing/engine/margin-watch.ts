import { accountFlag } from "../accounts/index.ts";
import { buy, none, sell } from "../book/index.ts";
import { type Side } from "../book/index.ts";
import { reducible } from "./fills.ts";
import { maxSweepMargins, maxSweepVisits } from "./limits.ts";
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

/** Re-margins accounts, a bounded number of them, going on where it stopped. */
export function sweepMargins(m: Machine): void {
  const { state, accounts } = m;
  let margins = 0;
  let visits = 0;
  while (state.sweepRemaining > 0 && margins < maxSweepMargins && visits < maxSweepVisits) {
    if (state.sweepAccount >= accounts.count) state.sweepAccount = 0;
    const account = state.sweepAccount++;
    state.sweepRemaining--;
    visits++;
    if (accounts.isHouse(account) || !isExposed(m, account)) continue;
    margins++;
    watchAccount(m, account);
  }
}

/** Calls an account that is below its maintenance margin, or lifts the call once it meets its initial margin again. */
function watchAccount(m: Machine, account: number): void {
  const isCalled = m.accounts.hasFlag(account, accountFlag.marginCalled);
  if (isCalled) {
    restoreMargin(m, account);
    return;
  }
  if (!m.margin.isBreached(account)) return;
  // Its open orders may be what it cannot afford.
  m.accounts.setFlag(account, accountFlag.marginCalled, true);
  m.emit({ type: "marginCalled", account, ...m.margin.figures(account) });
  cancelRiskyOrders(m, account);
}

/** Lifts an account's margin call if it meets its initial margin. */
export function restoreMargin(m: Machine, account: number): void {
  if (!m.accounts.hasFlag(account, accountFlag.marginCalled)) return;
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

function roomFor(m: Machine, account: number, instrument: number, side: Side): number {
  if (m.terms(instrument).isSpot) return 0;
  return reducible(m.positions.lotsOf(account, instrument), side === buy ? buy : sell);
}
