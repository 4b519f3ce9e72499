import { buy, maxPriceTicks, orderFlags, sell, type Side } from "../../book/index.ts";
import { usdCeil } from "../../margin/instrument-terms.ts";
import { type TradeFill } from "../../margin/index.ts";
import { executeOrder } from "../execute.ts";
import { feeCeil } from "../fees.ts";
import { ownFlags } from "../fills.ts";
import { maxMatchSteps } from "../limits.ts";
import { type Machine } from "../machine.ts";
import { checkTrading } from "../order-checks.ts";
import { poolQuote, routedLots } from "../route.ts";
import { type InstrumentTerms } from "../terms.ts";
import { newTicket, priceBand, type Ticket } from "../ticket.ts";

const million = 1_000_000;

/** The order of a step: one object for all, since none is under way while another is. */
const ticket = newTicket();

/** What a step would trade, and what that costs, as the book and the pool stand. */
export interface StepQuote {
  readonly fill: TradeFill;
  /** Loss against the mark with all fees, USD micros, rounded up; negative if the market is better than the mark. */
  readonly costMicros: number;
}

/** Worst price of a step in ticks: some way off the mark, and within the price band that holds for all. */
function worstTicks(m: Machine, terms: InstrumentTerms, side: Side): number {
  const { markets } = m;
  const slippagePpm = markets.liquidation.get("slippagePpm");
  const mark = markets.markMicros(terms.instrument);
  // Options are worth little beside what they move with: ten times as far, or a tenth of that of the index.
  const index = markets.indexMicros(terms.underlying);
  const base = terms.isOption ? Math.max(mark * 10, Math.floor(index / 10)) : mark;
  const width = Math.ceil((base * slippagePpm) / million);
  const band = priceBand(m, terms);
  if (side === buy) {
    return Math.min(band.highTicks, maxPriceTicks, Math.ceil((mark + width) / terms.tickMicros));
  }
  return Math.max(band.lowTicks, 1, Math.floor((mark - width) / terms.tickMicros));
}

function fillTicket(m: Machine, account: number, instrument: number, signedLots: number): Ticket {
  const t = ticket;
  t.account = account;
  t.instrument = instrument;
  t.side = signedLots > 0 ? buy : sell;
  t.lots = Math.abs(signedLots);
  t.priceTicks = worstTicks(m, m.terms(instrument), t.side);
  t.limitTicks = t.priceTicks;
  t.timeInForce = "ioc";
  t.selfTrade = "cancel-resting";
  t.flags = orderFlags.reduceOnly | ownFlags.routeBest;
  t.clientOrderId = 0;
  t.expiryMs = 0;
  t.replacedLots = 0;
  t.feeUnits = 0;
  return t;
}

/** What so many lots would trade at now, at most as far from the mark as steps may; undefined if nothing would. */
export function quoteStep(
  m: Machine,
  account: number,
  instrument: number,
  signedLots: number,
): StepQuote | undefined {
  const terms = m.terms(instrument);
  if (checkTrading(m, instrument, true) || !m.markets.hasMark(instrument)) return undefined;
  const t = fillTicket(m, account, instrument, signedLots);
  const pool = m.pools.find(instrument);
  const pooled = pool ? routedLots(m, t) : 0;
  const ofPool = pool && pooled > 0 ? poolQuote(m, pool, t, pooled) : undefined;
  const wanted = t.lots - (ofPool ? pooled : 0);
  const preview = m.orders.book(instrument).preview({
    side: t.side,
    priceTicks: t.limitTicks,
    lots: wanted,
    account,
    selfTrade: t.selfTrade,
    nowMs: m.state.timeMs,
    maxSteps: maxMatchSteps,
  });
  const lots = preview.fillableLots + (ofPool ? pooled : 0);
  if (lots === 0) return undefined;
  const tickCost = preview.costLotTicks;
  const poolMicros = ofPool ? (ofPool.amountUnits * 1e9) / terms.lotNanos : 0;
  const average = (tickCost * terms.tickMicros + poolMicros) / lots;
  const priceMicros = Math.max(1, t.side === buy ? Math.ceil(average) : Math.floor(average));
  const ratePpm = m.markets.instruments.columns.takerFeePpm[instrument]!;
  const ticks = Math.max(1, Math.ceil(average / terms.tickMicros));
  const value = terms.isInverse
    ? Math.ceil((lots * terms.inverseNumerator) / priceMicros)
    : lots * ticks * terms.unitsPerLotTick;
  const feeUnits = feeCeil(m, terms, lots, value, ratePpm) + (ofPool ? ofPool.feeUnits : 0);
  const signed = t.side === buy ? lots : -lots;
  const fill = { instrument, lots: signed, priceMicros, feeUnits };
  return { fill, costMicros: costMicros(m, terms, fill) };
}

/** What a fill costs against the mark, fees included, USD micros, rounded up. */
function costMicros(m: Machine, terms: InstrumentTerms, { lots, priceMicros, feeUnits }: TradeFill): number {
  const mark = m.markets.markMicros(terms.instrument);
  const worth = (price: number): number =>
    terms.isInverse
      ? (-lots * terms.inverseNumerator) / price
      : (lots * price * terms.unitsPerLotTick) / terms.tickMicros;
  const units = worth(priceMicros) - (mark > 0 ? worth(mark) : 0) + feeUnits;
  const asset = terms.settlementAsset;
  const scale = m.markets.assets.columns.unitsPerOne[asset]!;
  return usdCeil(Math.ceil(units), m.markets.assetPriceMicros(asset), scale);
}

/** Sends the step's order to the book and the pool. How many lots the position changed by, signed. */
export function tradeStep(m: Machine, account: number, instrument: number, signedLots: number): number {
  const before = m.positions.lotsOf(account, instrument);
  const t = fillTicket(m, account, instrument, signedLots);
  const orderId = m.state.nextOrderId++;
  const side = t.side === buy ? "buy" : "sell";
  const { limitTicks: priceTicks, lots } = t;
  const announce = {
    orderId,
    account,
    instrument,
    side,
    priceTicks,
    lots,
    clientOrderId: 0,
    waiting: false,
  } as const;
  executeOrder(m, t, orderId, { type: "orderAccepted", ...announce });
  return m.positions.lotsOf(account, instrument) - before;
}
