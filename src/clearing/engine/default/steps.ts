import { mulDivCeil, mulDivFloor } from "../../margin/mul-div.ts";
import { type AccountFigures } from "../../margin/index.ts";
import { type Machine } from "../machine.ts";
import { deltasOf } from "./deltas.ts";
import { isHealthier, lackMicros } from "./health.ts";
import { quoteStep, type StepQuote } from "./step-orders.ts";
import { figuresWork } from "./work.ts";

const million = 1_000_000;
/** Positions that a step looks at: the largest, if there are more. Fewer of an account whose figures take long. */
const maxCandidates = 64;
const leastCandidates = 8;
/** Work that they may take together. */
const candidateWork = 1_024;
/** Halvings that look for the smallest size. */
const maxHalvings = 24;

/** A trade that brings an account nearer to its target. */
export interface Step {
  readonly instrument: number;
  /** Signed change of the position. */
  readonly lots: number;
  readonly quote: StepQuote;
  /** To the fund, settlement units: part of what `after` counts. */
  readonly feeUnits: number;
  readonly after: AccountFigures;
}

/** USD micros of lots of an instrument, of options by their underlying; what parameters bound steps by. */
export function notionalMicros(m: Machine, instrument: number, lots: number): number {
  const terms = m.terms(instrument);
  const size = Math.abs(lots);
  if (terms.isInverse) return size * terms.lotUsdMicros;
  const { markets } = m;
  const mark = markets.markMicros(instrument);
  const price = terms.isOption || mark === 0 ? markets.indexMicros(terms.underlying) : mark;
  return mulDivCeil(size * terms.lotNanos, price, 1e9);
}

/** Most lots of a position that one step may close: a share of it, all of a small one, and no more than the market's interval has left. */
function allowedLots(m: Machine, instrument: number, held: number): number {
  const { liquidation } = m.markets;
  const size = Math.abs(held);
  const whole = notionalMicros(m, instrument, held);
  const share = Math.max(1, mulDivCeil(size, liquidation.get("stepSharePpm"), million));
  const least = liquidation.get("stepMinimumMicros");
  let lots = share;
  if (whole <= least) lots = size;
  else if (notionalMicros(m, instrument, share) < least)
    lots = Math.max(share, mulDivCeil(size, least, whole));
  const room = liquidation.get("marketStepMicros") - flowMicros(m, instrument);
  const worth = notionalMicros(m, instrument, lots);
  if (worth > room) lots = room <= 0 ? 0 : mulDivFloor(lots, room, worth);
  return Math.min(lots, size);
}

/** Notional that steps traded in an instrument in its running interval. */
function flowMicros(m: Machine, instrument: number): number {
  const flow = m.stepFlows.find(instrument);
  const intervalMs = m.markets.liquidation.get("stepIntervalMs");
  return flow && m.state.timeMs - flow.startMs < intervalMs ? flow.micros : 0;
}

/** Counts a step's notional towards its market's interval. */
export function noteFlow(m: Machine, instrument: number, lots: number): void {
  const { stepFlows, state } = m;
  const micros = flowMicros(m, instrument);
  const startMs = micros > 0 ? stepFlows.find(instrument)!.startMs : state.timeMs;
  if (!stepFlows.find(instrument) && stepFlows.isFull) {
    const intervalMs = m.markets.liquidation.get("stepIntervalMs");
    for (const flow of stepFlows.all())
      if (state.timeMs - flow.startMs >= intervalMs) stepFlows.remove(flow.id);
    if (stepFlows.isFull) return;
  }
  stepFlows.put({ id: instrument, startMs, micros: micros + notionalMicros(m, instrument, lots) });
}

/**
 * The step to take now: of all trades that make the account healthier and keep hedges whole, the one that brings it nearest to its target
 * for what it costs, as small as restores it. Undefined if the markets offer none.
 */
export function chooseStep(m: Machine, account: number, before: AccountFigures): Step | undefined {
  const { positions } = m;
  const deltas = deltasOf(m, account);
  const first = positions.first(account);
  const held: { readonly instrument: number; readonly lots: number; readonly micros: number }[] = [];
  for (let slot = first; slot < first + positions.count(account); slot++) {
    const instrument = positions.instruments[slot]!;
    const lots = positions.lots[slot]!;
    if (lots !== 0) held.push({ instrument, lots, micros: notionalMicros(m, instrument, lots) });
  }
  held.sort((a, b) => b.micros - a.micros || a.instrument - b.instrument);
  let best: Step | undefined;
  let bestRelief = 0;
  let bestCost = 1;
  let candidates = candidatesOf(m, account);
  for (const { instrument, lots } of held) {
    const close = -Math.sign(lots) * allowedLots(m, instrument, lots);
    if (close === 0 || opensHedge(m, instrument, close, deltas)) continue;
    if (candidates-- === 0) break;
    const step = evaluate(m, account, instrument, close, before);
    if (!step) continue;
    const relief = lackMicros(m, before) - lackMicros(m, step.after);
    const cost = Math.max(1, step.quote.costMicros);
    if (relief <= 0) continue;
    // relief ÷ cost > bestRelief ÷ bestCost, multiplied out
    if (best && BigInt(relief) * BigInt(bestCost) <= BigInt(bestRelief) * BigInt(cost)) continue;
    [best, bestRelief, bestCost] = [step, relief, cost];
  }
  return best && shrink(m, account, before, best);
}

/** Positions of an account that a step looks at, at most. */
const candidatesOf = (m: Machine, account: number): number =>
  Math.max(leastCandidates, Math.min(maxCandidates, Math.floor(candidateWork / figuresWork(m, account))));

/** Looks at the account that {@link chooseStep} takes at most: at each candidate with and without a fee, and for the size of the best. */
export const stepLooks = (m: Machine, account: number): number =>
  2 * Math.min(candidatesOf(m, account), m.positions.count(account)) + maxHalvings;

/** Would closing leave the account with more of its underlying, either way, than it has net? Then what it closes is a hedge. */
function opensHedge(
  m: Machine,
  instrument: number,
  lots: number,
  { ofLot, net }: ReturnType<typeof deltasOf>,
): boolean {
  const before = net.get(m.terms(instrument).underlying) ?? 0;
  const change = lots * (ofLot.get(instrument) ?? 0);
  return Math.abs(before + change) > Math.abs(before) + 1e-9 && Math.sign(change) === Math.sign(before);
}

function evaluate(
  m: Machine,
  account: number,
  instrument: number,
  lots: number,
  before: AccountFigures,
): Step | undefined {
  const quote = quoteStep(m, account, instrument, lots);
  if (!quote) return undefined;
  const { fill } = quote;
  // With the fund's fee if the account is healthier all the same, without it if not.
  for (const feeUnits of [fundFee(m, account, instrument, fill.lots), 0]) {
    const charged = { ...fill, feeUnits: fill.feeUnits + feeUnits };
    const after = m.margin.figuresAfter(account, [charged]);
    if (isHealthier(before, after)) return { instrument, lots: fill.lots, quote, feeUnits, after };
    if (feeUnits === 0) break;
  }
  return undefined;
}

/** The fund's share of a step's notional, settlement units; no more than the account has. */
function fundFee(m: Machine, account: number, instrument: number, lots: number): number {
  const { markets, ledger } = m;
  const { settlementAsset: asset } = m.terms(instrument);
  const price = markets.assetPriceMicros(asset);
  if (price === 0) return 0;
  const micros = mulDivFloor(
    notionalMicros(m, instrument, lots),
    markets.liquidation.get("liquidationFeePpm"),
    million,
  );
  const units = mulDivFloor(micros, markets.assets.columns.unitsPerOne[asset]!, price);
  return Math.min(units, Math.max(0, ledger.available(account, asset)));
}

/** The smallest part of a step that still brings the account to its target; the step itself if it does not. */
function shrink(m: Machine, account: number, before: AccountFigures, step: Step): Step {
  if (lackMicros(m, step.after) > 0 || m.markets.liquidation.get("stepsCloseAll") === 1) return step;
  const sign = Math.sign(step.lots);
  let low = 0;
  let high = Math.abs(step.lots);
  let found = step;
  for (let i = 0; i < maxHalvings && high - low > 1; i++) {
    const middle = low + Math.floor((high - low) / 2);
    const smaller = evaluate(m, account, step.instrument, sign * middle, before);
    if (smaller && Math.abs(smaller.lots) === middle && lackMicros(m, smaller.after) <= 0)
      [high, found] = [middle, smaller];
    else low = middle;
  }
  return found;
}
