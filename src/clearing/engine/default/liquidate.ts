import { accountFlag } from "../../accounts/index.ts";
import { type AccountFigures } from "../../margin/index.ts";
import { clampMoney } from "../../margin/mul-div.ts";
import { type AuctionEnded, type LiquidationOutcome } from "../../protocol/index.ts";
import { type Machine } from "../machine.ts";
import { auctionOf, endAuction, renewalDue, renewAuction, startAuction } from "./auctions.ts";
import { deleverage } from "./deleverage.ts";
import { contribute } from "./fund.ts";
import { isCured, isHealthier, isRestored, isThin, targetMicros } from "./health.ts";
import { type Liquidation } from "./liquidation-table.ts";
import { settleLoss } from "./losses.ts";
import { chooseStep, noteFlow, notionalMicros, stepLooks } from "./steps.ts";
import { tradeStep } from "./step-orders.ts";
import { figuresWork, newWork, type Work } from "./work.ts";

/** Accounts in liquidation that one command looks at, as far as its work goes. */
export const maxLiquidationsPerCommand = 256;

/** Begins to liquidate an account that is below its maintenance margin, unless that has begun. Says whether it did. */
export function startLiquidation(m: Machine, account: number, figures: AccountFigures): boolean {
  const { liquidations, state } = m;
  if (liquidations.find(account) || liquidations.isFull || m.markets.liquidation.get("enabled") === 0)
    return false;
  const { equityMicros, maintenanceMicros } = figures;
  const liquidation = state.nextLiquidation++;
  const record: Liquidation = {
    id: account,
    liquidation,
    stage: "stepping",
    auction: 0,
    instrument: largestPosition(m, account),
    shortfallMicros: 0,
    startedMs: state.timeMs,
    startedSequence: state.sequence,
    startEquityMicros: equityMicros,
    startMaintenanceMicros: maintenanceMicros,
    // The first step may come at once.
    lastStepMs: state.timeMs - m.markets.liquidation.get("stepIntervalMs"),
    steps: 0,
    failedSteps: 0,
    wasSolvent: equityMicros > 0,
    wasCovered: false,
  };
  liquidations.put(record);
  noteShortfall(m, record, equityMicros);
  m.emit({
    type: "liquidationStarted",
    liquidation,
    account,
    equityMicros,
    maintenanceMicros,
    targetMicros: targetMicros(m, figures),
  });
  return true;
}

function largestPosition(m: Machine, account: number): number {
  const { positions } = m;
  const first = positions.first(account);
  let found = -1;
  let most = 0;
  for (let slot = first; slot < first + positions.count(account); slot++) {
    const micros = notionalMicros(m, positions.instruments[slot]!, positions.lots[slot]!);
    if (micros > most) [found, most] = [positions.instruments[slot]!, micros];
  }
  return found;
}

/**
 * Takes every account in liquidation one step on, as far as its time has come. What is past the budget of work comes first with the next
 * command: a crash makes more commands' work, never a long one.
 */
export function advanceLiquidations(m: Machine): void {
  const { liquidations, state } = m;
  if (liquidations.size === 0) return;
  const all = liquidations.all();
  const count = Math.min(all.length, maxLiquidationsPerCommand);
  const work = newWork();
  let seen = 0;
  while (seen < count && work.left > 0) {
    lookAgain(m, all[(state.liquidationCursor + seen) % all.length]!.id, work);
    seen++;
  }
  state.liquidationCursor = (state.liquidationCursor + seen) % all.length;
}

/** Figures of an account in liquidation, before an order of its owner; undefined if it is in none. */
export const figuresBefore = (m: Machine, account: number): AccountFigures | undefined =>
  m.liquidations.size > 0 && m.liquidations.find(account) ? m.margin.figures(account) : undefined;

/** Ends the liquidation of an account that an order of its owner made healthier and that is out of danger: an order that only waits does nothing. */
export function endIfLessened(m: Machine, account: number, before: AccountFigures | undefined): void {
  if (before && isHealthier(before, m.margin.figures(account))) endIfRestored(m, account);
}

/** Ends the liquidation of an account whose owner brought it out of danger, with whatever leverage is left. Says whether it did. */
export function endIfRestored(m: Machine, account: number): boolean {
  const record = m.liquidations.find(account);
  if (!record) return false;
  if (!isRestored(m, m.margin.figures(account))) return false;
  end(m, record, isEmpty(m, account) ? "closed" : "restored");
  return true;
}

/** Does for an account in liquidation what is to be done now. */
export function lookAgain(m: Machine, account: number, work: Work = newWork()): void {
  const known = m.liquidations.find(account);
  if (!known) return;
  work.left -= figuresWork(m, account);
  const figures = m.margin.figures(account);
  const record = noteShortfall(m, known, figures.equityMicros);
  if (isCured(m, record, figures)) end(m, record, isEmpty(m, account) ? "closed" : "restored");
  // Nobody can trade or bid: nothing is held against the account for that.
  else if (m.state.status === "halted") return;
  else if (record.stage === "stepping") step(m, record, figures, work);
  else auctionOn(m, record, figures, work);
}

const isEmpty = (m: Machine, account: number): boolean => m.positions.count(account) === 0;

/** Keeps count of what insolvent accounts lack, which withdrawals are gated by. */
function noteShortfall(m: Machine, record: Liquidation, equityMicros: number): Liquidation {
  const shortfallMicros = Math.max(0, -equityMicros);
  const wasSolvent = record.wasSolvent && equityMicros > 0;
  if (shortfallMicros === record.shortfallMicros && wasSolvent === record.wasSolvent) return record;
  const { state } = m;
  const total = state.shortfallMicros - record.shortfallMicros + shortfallMicros;
  state.shortfallMicros = clampMoney(Math.max(0, total));
  // All is settled: what was taken out meanwhile counts for no later gate.
  if (total <= 0 && m.gated.size > 0) for (const { id } of m.gated.all()) m.gated.remove(id);
  const next = { ...record, shortfallMicros, wasSolvent };
  m.liquidations.put(next);
  return next;
}

/** Ends an account's liquidation and tells how it went. */
function end(
  m: Machine,
  known: Liquidation,
  outcome: LiquidationOutcome,
  reason: AuctionEnded["reason"] = outcome === "restored" ? "restored" : "sold",
): void {
  const { state } = m;
  const record = noteShortfall(m, known, 0);
  const auction = auctionOf(m, record);
  if (auction) endAuction(m, auction, reason);
  m.liquidations.remove(record.id);
  m.accounts.setFlag(record.id, accountFlag.marginCalled, false);
  m.emit({
    type: "liquidationEnded",
    liquidation: record.liquidation,
    account: record.id,
    outcome: record.wasCovered ? "absorbed" : outcome,
    durationMs: state.timeMs - record.startedMs,
    commands: state.sequence - record.startedSequence,
    wasSolvent: known.wasSolvent,
    steps: record.steps,
  });
  m.emit({ type: "marginRestored", account: record.id });
}

function step(m: Machine, record: Liquidation, figures: AccountFigures, work: Work): void {
  if (isForAuction(m, record, figures)) {
    const moved = startAuction(m, record, figures);
    if (moved) {
      auctionOn(m, moved, figures, work);
      return;
    }
    // There is no room for another auction: steps go on.
  }
  tryStep(m, record, figures, work);
}

/** Trades the best step that there is, once its time has come. */
function tryStep(m: Machine, record: Liquidation, figures: AccountFigures, work: Work): void {
  const { liquidation } = m.markets;
  const { timeMs } = m.state;
  const account = record.id;
  if (timeMs - record.lastStepMs < liquidation.get("stepIntervalMs") * slowness(m, account)) return;
  work.left -= figuresWork(m, account) * stepLooks(m, account);
  const chosen = chooseStep(m, account, figures);
  if (!chosen) {
    m.liquidations.put({ ...record, lastStepMs: timeMs, failedSteps: record.failedSteps + 1 });
    return;
  }
  const { instrument, quote } = chosen;
  const lots = tradeStep(m, account, instrument, chosen.lots);
  noteFlow(m, instrument, lots);
  const { settlementAsset } = m.terms(instrument);
  // What was realised may have left less than the fee.
  const free = Math.max(0, m.ledger.available(account, settlementAsset));
  const feeUnits = lots === 0 ? 0 : Math.min(chosen.feeUnits, free);
  contribute(m, account, instrument, settlementAsset, feeUnits, "liquidationFee");
  const after = m.margin.figures(account);
  const failedSteps = lots === 0 ? record.failedSteps + 1 : 0;
  const next = { ...record, lastStepMs: timeMs, steps: record.steps + 1, failedSteps };
  m.liquidations.put(next);
  m.emit({
    type: "liquidationStepped",
    liquidation: record.liquidation,
    account,
    instrument,
    lots,
    costMicros: quote.costMicros,
    feeUnits,
    equityMicros: after.equityMicros,
    maintenanceMicros: after.maintenanceMicros,
  });
  if (isCured(m, next, after)) end(m, next, isEmpty(m, account) ? "closed" : "restored");
}

/** Of the pace of steps: half of it while a price that the account depends on is doubted, a quarter while one is stale. Never a stop. */
function slowness(m: Machine, account: number): 1 | 2 | 4 {
  const { positions, markets } = m;
  let worst: 1 | 2 | 4 = 1;
  const first = positions.first(account);
  for (let slot = first; slot < first + positions.count(account); slot++) {
    const { underlying } = m.terms(positions.instruments[slot]!);
    const confidence = markets.indexConfidencePpm(underlying);
    if (confidence === 0) return 4;
    if (confidence < 500_000) worst = 2;
  }
  return worst;
}

/** Do steps no longer help: is equity too thin for them, did the markets offer none, or has it taken too long? */
function isForAuction(m: Machine, record: Liquidation, figures: AccountFigures): boolean {
  const { liquidation } = m.markets;
  return (
    isThin(m, figures) ||
    record.failedSteps >= liquidation.get("failedSteps") ||
    m.state.timeMs - record.startedMs >= liquidation.get("steppingMs")
  );
}

function auctionOn(m: Machine, record: Liquidation, figures: AccountFigures, work: Work): void {
  const account = record.id;
  const auction = auctionOf(m, record);
  // Nothing is left to sell but a debt: those who insure and share losses settle it now.
  if (isEmpty(m, account) && !hasCollateral(m, account)) {
    settle(m, record, work);
    return;
  }
  if (!auction) return;
  // Nobody wanted what would only lessen its leverage further.
  if (renewalDue(m, auction, figures) === "solvent" && endIfRestored(m, account)) return;
  if (!renewAuction(m, auction, figures)) {
    // A book that has come back is used beside the auction, which sells what steps leave; not where a fixed bonus is all there is.
    const isFixed = m.markets.liquidation.get("fixedBonusPpm") > 0;
    if (!isFixed && !isEmpty(m, account) && !isThin(m, figures)) tryStep(m, record, figures, work);
    return;
  }
  if (deleverage(m, record, figures, auction.asset, work)) settle(m, record, work, "noBids");
}

/** Has the account anything that a bidder could take? */
function hasCollateral(m: Machine, account: number): boolean {
  const { ledger, markets } = m;
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    if (ledger.available(account, asset) > 0 && markets.assetPriceMicros(asset) > 0) return true;
  }
  return false;
}

function settle(m: Machine, known: Liquidation, work: Work, reason: AuctionEnded["reason"] = "sold"): void {
  // Winners may have borne a part of it meanwhile.
  const record = m.liquidations.find(known.id) ?? known;
  const figures = m.margin.figures(record.id);
  const wasBorne = figures.equityMicros < 0 && settleLoss(m, record, work);
  end(m, { ...record, wasCovered: record.wasCovered || wasBorne }, "closed", reason);
}
