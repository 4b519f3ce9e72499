import { accountFlag, houseAccount } from "../../accounts/index.ts";
import { type AccountFigures } from "../../margin/index.ts";
import { type LiquidationOutcome } from "../../protocol/index.ts";
import { type Machine } from "../machine.ts";
import { move } from "../transfers.ts";
import { targetMicros } from "./health.ts";
import { type Liquidation } from "./liquidation-table.ts";
import { chooseStep, noteFlow } from "./steps.ts";
import { tradeStep } from "./step-orders.ts";

/** Accounts in liquidation that one command looks at. */
export const maxLiquidationsPerCommand = 256;

/** Begins to liquidate an account that is below its maintenance margin, unless that has begun. Says whether it did. */
export function startLiquidation(m: Machine, account: number, figures: AccountFigures): boolean {
  const { liquidations, state } = m;
  if (liquidations.find(account) || liquidations.isFull) return false;
  const { equityMicros, maintenanceMicros } = figures;
  const liquidation = state.nextLiquidation++;
  liquidations.put({
    id: account,
    liquidation,
    stage: "stepping",
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
  });
  const target = targetMicros(m, figures);
  m.emit({
    type: "liquidationStarted",
    ...{ liquidation, account, equityMicros, maintenanceMicros, targetMicros: target },
  });
  return true;
}

/** Ends an account's liquidation and tells how it went. */
export function endLiquidation(m: Machine, record: Liquidation, outcome: LiquidationOutcome): void {
  const { state } = m;
  m.liquidations.remove(record.id);
  m.accounts.setFlag(record.id, accountFlag.marginCalled, false);
  m.emit({
    type: "liquidationEnded",
    liquidation: record.liquidation,
    account: record.id,
    outcome,
    durationMs: state.timeMs - record.startedMs,
    commands: state.sequence - record.startedSequence,
    wasSolvent: record.wasSolvent,
    steps: record.steps,
  });
  m.emit({ type: "marginRestored", account: record.id });
}

/** Takes every account in liquidation one step on, as far as its time has come. */
export function advanceLiquidations(m: Machine): void {
  const { liquidations, state } = m;
  if (liquidations.size === 0) return;
  const all = liquidations.all();
  const count = Math.min(all.length, maxLiquidationsPerCommand);
  for (let i = 0; i < count; i++) advance(m, all[(state.liquidationCursor + i) % all.length]!);
  state.liquidationCursor = (state.liquidationCursor + count) % Math.max(1, all.length);
}

function advance(m: Machine, known: Liquidation): void {
  const account = known.id;
  const figures = m.margin.figures(account);
  let record = known;
  if (figures.equityMicros <= 0 && record.wasSolvent) {
    record = { ...record, wasSolvent: false };
    m.liquidations.put(record);
  }
  if (isCured(m, figures)) {
    endLiquidation(
      m,
      record,
      record.wasCovered ? "absorbed" : m.positions.count(account) === 0 ? "closed" : "restored",
    );
    return;
  }
  if (record.stage === "stepping") step(m, record, figures);
}

/** Is the account's equity back at its target? */
const isCured = (m: Machine, figures: AccountFigures): boolean =>
  figures.equityMicros >= targetMicros(m, figures) && figures.equityMicros >= 0;

function step(m: Machine, record: Liquidation, figures: AccountFigures): void {
  const { liquidation } = m.markets;
  const { timeMs } = m.state;
  const account = record.id;
  if (timeMs - record.lastStepMs < liquidation.get("stepIntervalMs")) return;
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
  const feeUnits = Math.min(
    lots === 0 ? 0 : chosen.feeUnits,
    Math.max(0, m.ledger.available(account, settlementAsset)),
  );
  move(m, account, houseAccount.insurance, settlementAsset, feeUnits, "liquidationFee");
  const after = m.margin.figures(account);
  const next = {
    ...record,
    lastStepMs: timeMs,
    steps: record.steps + 1,
    failedSteps: lots === 0 ? record.failedSteps + 1 : 0,
  };
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
  if (isCured(m, after)) endLiquidation(m, next, m.positions.count(account) === 0 ? "closed" : "restored");
}
