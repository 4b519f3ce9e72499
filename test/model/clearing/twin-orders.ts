import {
  type AmendOrder,
  type CancelOrder,
  type MassQuote,
  type PlaceOrder,
  type Rejection,
} from "../../../src/clearing/protocol/index.ts";
import {
  bestTicks,
  cancelResting,
  fillable,
  foreseen,
  type Incoming,
  lookAtMakers,
  meet,
  reducible,
  removeOrder,
  spendable,
  trimReduceOnly,
} from "./twin-book.ts";
import { feeOf, finishTaker, opposite, type Taker } from "./twin-fills.ts";
import { type Hint, marginAllows, type ProposedOrder } from "./twin-margin-checks.ts";
import {
  baseUnits,
  refuse,
  type Side,
  type TwinOrder,
  type TwinState,
  type TwinTrigger,
  valueOf,
} from "./twin-state.ts";

/** Largest worth of one order. What bounds all of an account is far beyond what these runs come to, and not modelled. */
const maxExposure = 2n ** 52n;
const maxTicks = 2 ** 31 - 1;

/** An order about to be examined. */
interface Draft {
  readonly id: number;
  readonly account: number;
  readonly instrument: number;
  readonly side: Side;
  /** 0: market. */
  readonly ticks: number;
  lots: number;
  readonly timeInForce: "gtc" | "ioc" | "fok";
  readonly selfTrade: Incoming["selfTrade"];
  readonly reduceOnly: boolean;
  readonly postOnly: boolean;
  readonly isQuote: boolean;
  readonly clientOrderId: number;
  readonly expiryMs: number;
  /** The resting order that it stands for while it is being amended. */
  readonly replaces?: TwinOrder;
  limitTicks: number;
  fee: bigint;
}

const timeInForceOf = ({ timeInForce, priceTicks }: PlaceOrder): "gtc" | "ioc" | "fok" =>
  timeInForce === "ioc" || timeInForce === "fok" ? timeInForce : priceTicks === 0 ? "ioc" : "gtc";

export function checkTrading(s: TwinState, instrument: number, lessens: boolean): Rejection | undefined {
  const { given } = s;
  if (instrument < 0 || instrument >= given.instrumentCount) return refuse("unknownInstrument", "instrument");
  if (s.status === "halted") return refuse("venueHalted", "instrument");
  const status = given.status(instrument);
  if (status === "halted") return refuse("instrumentHalted", "instrument");
  const { expiryMs } = given.instrument(instrument);
  if (status === "expired" || (expiryMs !== 0 && s.timeMs >= expiryMs))
    return refuse("instrumentExpired", "instrument");
  if ((status === "reduceOnly" || s.status === "reduceOnly") && !lessens) return refuse("reduceOnly", "lots");
  return undefined;
}

/** Lowest and highest tick that an order may have: within a share of the mark (options: of the index) about the mark. */
export function band(s: TwinState, instrument: number): readonly [low: number, high: number] {
  const spec = s.given.instrument(instrument);
  const mark = s.given.markMicros(instrument);
  const base = spec.kind === "option" ? s.given.indexMicros(s.given.underlyingOf(instrument)) : mark;
  const width = Number((BigInt(base) * BigInt(spec.priceBandPpm)) / 1_000_000n);
  const low = Math.max(1, Math.ceil((mark - width) / spec.tickMicros));
  const high = Math.min(maxTicks, Math.max(1, Math.floor((mark + width) / spec.tickMicros)));
  return low > high ? [high, high + 1] : [low, high];
}

export const isWhole = (value: number, least: number): boolean =>
  Number.isSafeInteger(value) && value >= least;

/** The order by itself: market, price, size; sets its limit and its worst fee. */
function checkShape(
  s: TwinState,
  d: Draft,
  but: readonly TwinOrder[] = d.replaces ? [d.replaces] : [],
): Rejection | undefined {
  const { given } = s;
  const { account, instrument, side } = d;
  const room = reducible(s.position(account, instrument).lots, side);
  const open = s.resting
    .filter((o) => o.account === account && o.instrument === instrument && o.side === side)
    .filter((o) => !but.includes(o))
    .reduce((sum, o) => sum + o.lots, 0);
  const lessens = d.reduceOnly || d.lots + open <= room;
  const closed = checkTrading(s, instrument, lessens);
  if (closed) return closed;
  const spec = given.instrument(instrument);
  if (d.reduceOnly) {
    const resting = s.resting
      .filter((o) => o.account === account && o.instrument === instrument && o.side === side)
      .filter((o) => o.reduceOnly && o !== d.replaces)
      .reduce((sum, o) => sum + o.lots, 0);
    const left = spec.kind === "spot" ? 0 : room - resting;
    if (left <= 0) return refuse("reduceOnly", "lots");
    d.lots = Math.min(d.lots, left);
  }
  if (!given.hasMark(instrument)) return refuse("noPrice", "instrument");
  if (!lessens && given.indexConfidencePpm(given.underlyingOf(instrument)) === 0)
    return refuse("noPrice", "instrument");
  if (!isWhole(d.ticks, 0) || d.ticks > maxTicks) return refuse("notATick", "priceTicks");
  if (!isWhole(d.lots, 1)) return refuse("notATick", "lots");
  if (d.lots > Math.min(spec.maxOrderLots, 2 ** 40)) return refuse("overOrderSize", "lots");
  const [low, high] = band(s, instrument);
  d.limitTicks = d.ticks !== 0 ? d.ticks : side === "buy" ? high : low;
  const notional =
    spec.settlement === "inverse"
      ? BigInt(d.lots) * BigInt(spec.lotUsdMicros)
      : valueOf(given, instrument, d.lots, priceOf(s, d))[1];
  if (notional > maxExposure) return refuse("overNotional", "lots");
  if (d.limitTicks < low || d.limitTicks > high) return refuse("outsidePriceBand", "priceTicks");
  const rate = d.postOnly ? spec.makerFeePpm : spec.takerFeePpm;
  const feeTicks = spec.kind === "option" && side === "sell" ? high : d.limitTicks;
  const feeValue = valueOf(given, instrument, d.lots, BigInt(feeTicks) * BigInt(spec.tickMicros))[1];
  d.fee = feeOf(s, instrument, d.lots, feeValue, rate);
  if (d.postOnly) {
    const best = bestTicks(s, instrument, opposite(side));
    if (best !== 0 && (side === "buy" ? d.limitTicks >= best : d.limitTicks <= best))
      return refuse("wouldTake", "priceTicks");
  }
  if (d.timeInForce === "fok" && fillable(s, incoming(s, d)) < d.lots) return refuse("wouldNotFill", "lots");
  return undefined;
}

const priceOf = (s: TwinState, d: Draft): bigint =>
  BigInt(d.limitTicks) * BigInt(s.given.instrument(d.instrument).tickMicros);

/** Its makers are looked at before it is: a market order reaches for any price. */
function lookFirst(s: TwinState, d: Draft, hint: Hint): void {
  const limitTicks = d.ticks !== 0 ? d.ticks : d.side === "buy" ? maxTicks : 1;
  lookAtMakers(s, { ...incoming(s, d), limitTicks }, hint);
}

function incoming(s: TwinState, d: Draft): Incoming {
  const taker: Taker = {
    id: d.id,
    account: d.account,
    instrument: d.instrument,
    side: d.side,
    left: d.lots,
    lots: 0,
    cost: 0n,
    value: 0n,
    fee: 0n,
  };
  return { taker, limitTicks: d.limitTicks, selfTrade: d.selfTrade, nowMs: s.timeMs };
}

/** Units of an asset that open orders for spot and options may take away. */
function reserved(s: TwinState, account: number, asset: number, but: readonly TwinOrder[]): bigint {
  let units = 0n;
  for (const order of s.resting) {
    if (order.account !== account || but.includes(order)) continue;
    const spec = s.given.instrument(order.instrument);
    if (spec.kind !== "spot" && spec.kind !== "option") continue;
    if (s.given.isExpired(order.instrument)) continue;
    const price = BigInt(order.ticks) * BigInt(spec.tickMicros);
    if (order.side === "buy" && s.given.settlementAssetOf(order.instrument) === asset) {
      units += valueOf(s.given, order.instrument, order.lots, price)[1];
    }
    if (order.side === "sell" && spec.kind === "spot" && s.given.baseAssetOf(order.instrument) === asset) {
      units += baseUnits(s.given, order.instrument, order.lots);
    }
  }
  return units;
}

/** Refuses to part with more than there is, or may be borrowed, beside what open orders may take. */
export function checkSpend(
  s: TwinState,
  account: number,
  asset: number,
  units: bigint,
  but: readonly TwinOrder[] = [],
): Rejection | undefined {
  if (units <= spendable(s, account, asset) - reserved(s, account, asset, but)) return undefined;
  return refuse(s.given.asset(asset).borrowable ? "overBorrowLimit" : "insufficientBalance", "units");
}

function clientIdTaken(s: TwinState, account: number, clientOrderId: number): boolean {
  return (
    clientOrderId !== 0 &&
    [...s.resting, ...s.waiting].some((o) => o.account === account && o.clientOrderId === clientOrderId)
  );
}

function checkCounts(
  s: TwinState,
  account: number,
  instrument: number,
  clientOrderId: number,
): Rejection | undefined {
  if (clientIdTaken(s, account, clientOrderId)) return refuse("duplicateClientOrderId", "clientOrderId");
  const own = [...s.resting, ...s.waiting].filter((o) => o.account === account);
  if (own.length >= 1000 || own.filter((o) => o.instrument === instrument).length >= 200) {
    return refuse("tooManyOrders", "instrument");
  }
  return undefined;
}

/** The order beside everything else that its account has. */
function checkLimits(s: TwinState, d: Draft, hint: Hint): Rejection | undefined {
  const { given } = s;
  const { account, instrument, side } = d;
  const spec = given.instrument(instrument);
  const but = d.replaces ? [d.replaces] : [];
  if (!d.replaces) {
    const crowded = checkCounts(s, account, instrument, d.clientOrderId);
    if (crowded) return crowded;
  }
  const position = s.position(account, instrument);
  const others = s.resting.filter(
    (o) => o.account === account && o.instrument === instrument && o !== d.replaces,
  );
  const open = others.filter((o) => o.side === side);
  if (position.lots === 0 && others.length === 0 && s.slotsOf(account) - (d.replaces ? 1 : 0) >= 256) {
    return refuse("tooManyPositions", "instrument");
  }
  const openLots = open.reduce((sum, o) => sum + o.lots, 0);
  const room = reducible(position.lots, side);
  if (!d.reduceOnly && spec.kind !== "spot") {
    const after = (side === "buy" ? position.lots : -position.lots) + openLots + d.lots;
    if (after > spec.positionLimitLots) return refuse("overPositionLimit", "lots");
    const opening = d.lots - room;
    const cap = spec.openInterestCapLots;
    if (cap > 0 && opening > 0 && s.openInterest(instrument) + opening > cap)
      return refuse("overOpenInterest", "lots");
  }
  const price = priceOf(s, d);
  if (spec.kind === "spot" || spec.kind === "option") {
    const asset = given.settlementAssetOf(instrument);
    let unpaid: Rejection | undefined;
    if (spec.kind === "spot" && side === "sell") {
      unpaid = checkSpend(
        s,
        account,
        given.baseAssetOf(instrument),
        baseUnits(given, instrument, d.lots),
        but,
      );
    } else if (side === "buy" && !(spec.kind === "option" && d.lots <= room)) {
      unpaid = checkSpend(s, account, asset, valueOf(given, instrument, d.lots, price)[1] + d.fee, but);
    }
    if (unpaid) return unpaid;
  }
  const proposed: ProposedOrder = { instrument, side, lots: d.lots, priceMicros: price, fee: d.fee };
  if (marginAllows(s, account, { orders: [proposed], but }, hint)) return undefined;
  // What trades at once or not at all is asked at the worst price that it would meet.
  const { worstTicks } = d.timeInForce === "gtc" ? { worstTicks: 0 } : foreseen(s, incoming(s, d));
  const atOnce = { ...proposed, priceMicros: BigInt(worstTicks) * BigInt(spec.tickMicros) };
  if (worstTicks > 0 && marginAllows(s, account, { orders: [atOnce], but }, hint)) return undefined;
  return refuse("insufficientMargin", "equityMicros");
}

/** Lets an examined order trade, then rests or cancels what is left. `announce` comes before its first effect. */
function execute(s: TwinState, d: Draft, announce: () => void): void {
  announce();
  const { id: orderId, account, instrument, side, clientOrderId } = d;
  const meeting = incoming(s, d);
  const { taker } = meeting;
  const priority = s.nextPriority++;
  const { decremented, stop } = meet(s, meeting);
  finishTaker(s, taker);
  if (d.timeInForce === "fok" && taker.lots + decremented !== d.lots)
    throw new Error("a fill-or-kill order was not filled whole");
  if (taker.left > 0 && stop === "none" && d.timeInForce === "gtc") {
    const filled = (d.replaces?.filled ?? 0) + taker.lots;
    s.resting.push({
      id: orderId,
      account,
      instrument,
      side,
      ticks: d.limitTicks,
      lots: taker.left,
      filled,
      clientOrderId,
      expiryMs: d.expiryMs,
      reduceOnly: d.reduceOnly,
      postOnly: d.postOnly,
      isQuote: d.isQuote,
      priority,
    });
    s.emit({
      type: "orderRested",
      orderId,
      account,
      instrument,
      side,
      priceTicks: d.limitTicks,
      lots: taker.left,
    });
  } else {
    const gone = taker.left + decremented;
    const reason = decremented > 0 || stop === "selfTrade" ? "selfTrade" : "unfilled";
    if (gone > 0)
      s.emit({ type: "orderCancelled", orderId, account, instrument, lots: gone, clientOrderId, reason });
  }
  trimReduceOnly(s, account, instrument);
}

export function placeOrder(s: TwinState, command: PlaceOrder, hint: Hint): Rejection | undefined {
  const { account, instrument, side, priceTicks, timeInForce, expiryMs, clientOrderId } = command;
  if (timeInForce === "gtt" && expiryMs <= s.timeMs) return refuse("malformed", "expiryMs");
  if (command.postOnly && (priceTicks === 0 || timeInForce === "ioc" || timeInForce === "fok")) {
    return refuse("malformed", "postOnly");
  }
  if (command.trigger !== "none") return placeTrigger(s, command);
  const draft: Draft = {
    id: s.nextOrder,
    account,
    instrument,
    side,
    ticks: priceTicks,
    lots: command.lots,
    timeInForce: timeInForceOf(command),
    selfTrade: command.selfTradePrevention,
    reduceOnly: command.reduceOnly,
    postOnly: command.postOnly,
    isQuote: false,
    clientOrderId,
    expiryMs: timeInForce === "gtt" ? expiryMs : 0,
    limitTicks: 0,
    fee: 0n,
  };
  lookFirst(s, draft, hint);
  const refused = checkShape(s, draft) ?? checkLimits(s, draft, hint);
  if (refused) return refused;
  s.nextOrder++;
  execute(s, draft, () =>
    s.emit({
      type: "orderAccepted",
      orderId: draft.id,
      account,
      instrument,
      side,
      priceTicks,
      lots: draft.lots,
      clientOrderId,
      waiting: false,
    }),
  );
  return undefined;
}

function placeTrigger(s: TwinState, command: PlaceOrder): Rejection | undefined {
  const { account, instrument, side, priceTicks, lots, triggerTicks, clientOrderId, trigger } = command;
  const closed = checkTrading(s, instrument, true);
  if (closed) return closed;
  if (triggerTicks < 1) return refuse("notATick", "triggerTicks");
  if (!isWhole(lots, 1)) return refuse("notATick", "lots");
  if (lots > s.given.instrument(instrument).maxOrderLots) return refuse("overOrderSize", "lots");
  const crowded = checkCounts(s, account, instrument, clientOrderId);
  if (crowded) return crowded;
  const orderId = s.nextOrder++;
  const how: TwinTrigger = {
    ticks: triggerTicks,
    rises: (trigger === "stop") === (side === "buy"),
    timeInForce: timeInForceOf(command),
    selfTrade: command.selfTradePrevention,
    due: 0,
  };
  s.waiting.push({
    id: orderId,
    account,
    instrument,
    side,
    ticks: priceTicks,
    lots,
    filled: 0,
    clientOrderId,
    expiryMs: command.timeInForce === "gtt" ? command.expiryMs : 0,
    reduceOnly: command.reduceOnly,
    postOnly: command.postOnly,
    isQuote: false,
    priority: s.nextPriority++,
    trigger: how,
  });
  s.emit({
    type: "orderAccepted",
    orderId,
    account,
    instrument,
    side,
    priceTicks,
    lots,
    clientOrderId,
    waiting: true,
  });
  if (s.given.hasMark(instrument)) crossTriggers(s, instrument, s.given.markMicros(instrument));
  return undefined;
}

/** Makes due what waits for this mark: the rising from the lowest up, then the falling from the highest down. */
export function crossTriggers(s: TwinState, instrument: number, markMicros: number): void {
  const ticks = markMicros / s.given.instrument(instrument).tickMicros;
  const crossed = (rises: boolean): TwinOrder[] =>
    s.waiting.filter((o) => {
      if (o.instrument !== instrument || o.trigger!.rises !== rises || o.trigger!.due !== 0) return false;
      return rises ? ticks >= o.trigger!.ticks : ticks <= o.trigger!.ticks;
    });
  const rising = crossed(true).sort((a, b) => a.trigger!.ticks - b.trigger!.ticks || a.priority - b.priority);
  const falling = crossed(false).sort(
    (a, b) => b.trigger!.ticks - a.trigger!.ticks || a.priority - b.priority,
  );
  for (const order of [...rising, ...falling]) order.trigger!.due = s.nextDue++;
}

/** Sends due orders to the market, the one that fired first first. One that is refused is cancelled. */
export function releaseTriggers(s: TwinState, hint: Hint): void {
  const before = s.met;
  for (let count = 0; count < s.work.triggers; count++) {
    if (s.met - before >= s.work.triggerMeetings) return;
    const [order] = s.waiting
      .filter((o) => o.trigger!.due !== 0)
      .sort((a, b) => a.trigger!.due - b.trigger!.due);
    if (!order) return;
    s.waiting = s.waiting.filter((o) => o !== order);
    const { id, account, instrument, lots, clientOrderId } = order;
    s.emit({ type: "orderTriggered", orderId: id, account, instrument });
    const draft: Draft = {
      ...order,
      timeInForce: order.trigger!.timeInForce,
      selfTrade: order.trigger!.selfTrade as Draft["selfTrade"],
      limitTicks: 0,
      fee: 0n,
    };
    const own: Hint = { ...hint, refused: hint.triggersFailed.has(id) };
    lookFirst(s, draft, hint);
    if (checkShape(s, draft) ?? checkLimits(s, draft, own)) {
      s.emit({
        type: "orderCancelled",
        orderId: id,
        account,
        instrument,
        lots,
        clientOrderId,
        reason: "triggerFailed",
      });
    } else execute(s, draft, () => {});
  }
}

function locate(
  s: TwinState,
  account: number,
  orderId: number,
  clientOrderId: number,
): TwinOrder | undefined {
  const all = [...s.resting, ...s.waiting].filter((o) => o.account === account);
  if (orderId !== 0) return all.find((o) => o.id === orderId);
  return clientOrderId === 0 ? undefined : all.find((o) => o.clientOrderId === clientOrderId);
}

export function cancelWaiting(
  s: TwinState,
  order: TwinOrder,
  reason: "requested" | "expired" | "instrumentClosed",
): void {
  const { id: orderId, account, instrument, lots, clientOrderId } = order;
  s.waiting = s.waiting.filter((o) => o !== order);
  s.emit({ type: "orderCancelled", orderId, account, instrument, lots, clientOrderId, reason });
}

export function cancelOrder(
  s: TwinState,
  { account, orderId, clientOrderId }: CancelOrder,
): Rejection | undefined {
  const order = locate(s, account, orderId, clientOrderId);
  if (!order) return refuse("unknownOrder", "orderId");
  if (order.trigger) cancelWaiting(s, order, "requested");
  else cancelResting(s, order, "requested");
  return undefined;
}

export function cancelAll(s: TwinState, account: number, instrument: number): Rejection | undefined {
  if (instrument !== -1 && (instrument < 0 || instrument >= s.given.instrumentCount)) {
    return refuse("unknownInstrument", "instrument");
  }
  const oldest = (orders: TwinOrder[]): TwinOrder[] =>
    orders
      .filter((o) => o.account === account && (instrument === -1 || o.instrument === instrument))
      .sort((a, b) => a.priority - b.priority);
  for (const order of oldest(s.resting)) cancelResting(s, order, "requested");
  for (const order of oldest(s.waiting)) cancelWaiting(s, order, "requested");
  return undefined;
}

export function amendOrder(s: TwinState, command: AmendOrder, hint: Hint): Rejection | undefined {
  const { account, priceTicks, lots } = command;
  const order = locate(s, account, command.orderId, command.clientOrderId);
  if (!order) return refuse("unknownOrder", "orderId");
  const { id: orderId, instrument } = order;
  if (!isWhole(lots, 1)) return refuse("notATick", "lots");
  if (order.trigger) {
    if (lots > s.given.instrument(instrument).maxOrderLots) return refuse("overOrderSize", "lots");
    s.waiting = s.waiting.filter((o) => o !== order);
    s.waiting.push({
      ...order,
      ticks: priceTicks,
      lots,
      priority: s.nextPriority++,
      trigger: { ...order.trigger, due: 0 },
    });
    s.emit({ type: "orderAmended", orderId, account, instrument, priceTicks, lots, keptPriority: false });
    if (s.given.hasMark(instrument)) crossTriggers(s, instrument, s.given.markMicros(instrument));
    return undefined;
  }
  const amended = (isSmaller: boolean, to: number): void =>
    s.emit({
      type: "orderAmended",
      orderId,
      account,
      instrument,
      priceTicks,
      lots: to,
      keptPriority: isSmaller,
    });
  if (priceTicks === order.ticks && lots <= order.lots) {
    if (lots === order.lots) return refuse("alreadyDone", "lots");
    order.lots = lots;
    amended(true, lots);
    return undefined;
  }
  if (priceTicks === 0) return refuse("notATick", "priceTicks");
  const draft: Draft = {
    ...order,
    ticks: priceTicks,
    lots,
    timeInForce: "gtc",
    selfTrade: "cancelResting",
    replaces: order,
    limitTicks: 0,
    fee: 0n,
  };
  lookFirst(s, draft, hint);
  const refused = checkShape(s, draft) ?? checkLimits(s, draft, hint);
  if (refused) return refused;
  // A reduce-only order that asked for more than it may close is as it was.
  if (priceTicks === order.ticks && draft.lots === order.lots) return refuse("alreadyDone", "lots");
  if (priceTicks === order.ticks && draft.lots < order.lots) {
    order.lots = draft.lots;
    amended(true, draft.lots);
    return undefined;
  }
  removeOrder(s, order);
  execute(s, draft, () => amended(false, draft.lots));
  return undefined;
}

export function massQuote(s: TwinState, { account, quotes }: MassQuote, hint: Hint): Rejection | undefined {
  if (quotes.length > 100) return refuse("malformed", "quotes");
  if (new Set(quotes.map((q) => q.instrument)).size < quotes.length) return refuse("malformed", "quotes");
  const former = s.resting
    .filter((o) => o.account === account && o.isQuote && quotes.some((q) => q.instrument === o.instrument))
    .sort((a, b) => a.priority - b.priority);
  const drafts: Draft[] = [];
  for (const { instrument, bidTicks, bidLots, askTicks, askLots } of quotes) {
    if (bidLots > 0 && askLots > 0 && bidTicks >= askTicks) return refuse("wouldTake", "quotes");
    for (const [side, ticks, lots] of [
      ["buy", bidTicks, bidLots],
      ["sell", askTicks, askLots],
    ] as const) {
      if (lots === 0) continue;
      if (ticks < 1) return refuse("notATick", "quotes");
      const draft: Draft = {
        id: 0,
        account,
        instrument,
        side,
        ticks,
        lots,
        timeInForce: "gtc",
        selfTrade: "cancelResting",
        reduceOnly: false,
        postOnly: false,
        isQuote: true,
        clientOrderId: 0,
        expiryMs: 0,
        limitTicks: 0,
        fee: 0n,
      };
      const refused = checkShape(s, draft, former);
      if (refused) return refused;
      if (fillable(s, incoming(s, draft)) > 0) return refuse("wouldTake", "quotes");
      drafts.push(draft);
    }
    if (bidLots === 0 && askLots === 0 && instrument >= s.given.instrumentCount)
      return refuse("unknownInstrument", "quotes");
  }
  const refused = checkTogether(s, account, drafts, former, hint);
  if (refused) return refused;
  for (const order of former) cancelResting(s, order, "replaced");
  for (const draft of drafts) {
    const { instrument, side, ticks, lots } = draft;
    const orderId = s.nextOrder++;
    execute(s, { ...draft, id: orderId }, () =>
      s.emit({
        type: "orderAccepted",
        orderId,
        account,
        instrument,
        side,
        priceTicks: ticks,
        lots,
        clientOrderId: 0,
        waiting: false,
      }),
    );
  }
  return undefined;
}

function checkTogether(
  s: TwinState,
  account: number,
  drafts: readonly Draft[],
  former: readonly TwinOrder[],
  hint: Hint,
): Rejection | undefined {
  const { given } = s;
  const own = [...s.resting, ...s.waiting].filter((o) => o.account === account && !former.includes(o));
  if (own.length + drafts.length > 1000) return refuse("tooManyOrders", "quotes");
  const spent = new Map<number, bigint>();
  for (const d of drafts) {
    const { instrument, side, lots } = d;
    const spec = given.instrument(instrument);
    const position = s.position(account, instrument);
    const open = own.filter((o) => !o.trigger && o.instrument === instrument && o.side === side);
    const openLots = open.reduce((sum, o) => sum + o.lots, 0);
    if (spec.kind !== "spot") {
      const after = (side === "buy" ? position.lots : -position.lots) + openLots + lots;
      if (after > spec.positionLimitLots) return refuse("overPositionLimit", "quotes");
    }
    if ((spec.kind === "spot" || spec.kind === "option") && (side === "buy" || spec.kind === "spot")) {
      const asset = side === "buy" ? given.settlementAssetOf(instrument) : given.baseAssetOf(instrument);
      const units =
        side === "buy"
          ? valueOf(given, instrument, lots, priceOf(s, d))[1] + d.fee
          : baseUnits(given, instrument, lots);
      spent.set(asset, (spent.get(asset) ?? 0n) + units);
    }
  }
  for (const [asset, units] of spent) {
    const unpaid = checkSpend(s, account, asset, units, former);
    if (unpaid) return unpaid;
  }
  const orders = drafts.map((d): ProposedOrder => ({
    instrument: d.instrument,
    side: d.side,
    lots: d.lots,
    priceMicros: priceOf(s, d),
    fee: d.fee,
  }));
  return marginAllows(s, account, { orders, but: former }, hint)
    ? undefined
    : refuse("insufficientMargin", "quotes");
}
