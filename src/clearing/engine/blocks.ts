import { houseAccount } from "../accounts/index.ts";
import { type TradeFill } from "../margin/index.ts";
import {
  type AcceptQuote,
  type Envelope,
  type OfferQuote,
  type Rejection,
  type RequestQuote,
} from "../protocol/index.ts";
import { maxPositionsPerAccount } from "../positions/index.ts";
import { checkCapacity } from "./capacity.ts";
import { checkSpend } from "./cash.ts";
import { trimReduceOnly } from "./execute.ts";
import { feeCeil, makerFee, valueCeil, valueFloor } from "./fees.ts";
import { bookPosition, reducible, sideNames } from "./fills.ts";
import {
  equityPerRequestMicros,
  largestExposureUnits,
  maxLegs,
  maxOffersPerRequest,
  maxRequestsPerAccount,
  maxRequestsPerOwner,
  requestsLookedAt,
} from "./limits.ts";
import { type Machine } from "./machine.ts";
import { checkKeyLimit, checkPrice, checkTrading } from "./order-checks.ts";
import { type QuoteRequest, type RequestLeg } from "./records.ts";
import { priceBand } from "./ticket.ts";
import { move, refuse, settle } from "./transfers.ts";

/** Asks for prices of several legs, to be traded all at once outside the books. */
export function requestQuote(m: Machine, command: RequestQuote): Rejection | undefined {
  const { account, legs, counterparty, expiryMs } = command;
  const { requests, state, accounts } = m;
  if (legs.length < 1 || legs.length > maxLegs) {
    return refuse("malformed", "legs", legs.length, `1 to ${maxLegs}`);
  }
  if (expiryMs <= state.timeMs) return refuse("malformed", "expiryMs", expiryMs, `above ${state.timeMs}`);
  if (counterparty === account) return refuse("malformed", "counterparty", counterparty, "another account");
  const repeated = legs.findIndex(
    ({ instrument }, i) => legs.findIndex((leg) => leg.instrument === instrument) < i,
  );
  if (repeated >= 0) {
    return refuse(
      "malformed",
      `legs[${repeated}].instrument`,
      legs[repeated]!.instrument,
      "each instrument once",
    );
  }
  if (counterparty !== -1 && (!accounts.has(counterparty) || accounts.isHouse(counterparty))) {
    return refuse("unknownAccount", "counterparty", counterparty, "an account, or −1");
  }
  const refused = checkLegs(m, account, legs);
  if (refused) return refused;
  const crowded = checkShare(m, account);
  if (crowded) return crowded;
  const displaced = requests.isFull ? findUncovered(m) : undefined;
  if (requests.isFull && !displaced) {
    return refuse("overCapacity", "account", requests.size, requests.capacity);
  }
  if (displaced) {
    requests.remove(displaced.id);
    m.emit({ type: "quoteExpired", request: displaced.id });
  }
  const request = state.nextRequest++;
  const kept = legs.map(({ instrument, lots }) => ({ instrument, lots }));
  requests.put({ id: request, account, counterparty, legs: kept, expiryMs, offers: [] });
  m.emit({ type: "quoteRequested", request, account, counterparty, legs: kept, expiryMs });
  return undefined;
}

/** Holds each account and each owner to their share of the table, and from its half on to requests that they have the equity for. */
function checkShare(m: Machine, account: number): Rejection | undefined {
  const { requests, accounts } = m;
  const owner = accounts.owner(account);
  let own = 0;
  let ofOwner = 0;
  for (const request of requests.all()) {
    if (request.account === account) own++;
    if (accounts.owner(request.account) === owner) ofOwner++;
  }
  if (own >= maxRequestsPerAccount) return refuse("overCapacity", "account", own, maxRequestsPerAccount);
  if (ofOwner >= maxRequestsPerOwner) return refuse("overCapacity", "account", ofOwner, maxRequestsPerOwner);
  if (requests.size * 2 < requests.capacity) return undefined;
  const { equityMicros } = m.margin.figures(account);
  const neededMicros = (own + 1) * equityPerRequestMicros;
  return equityMicros < neededMicros
    ? refuse("overCapacity", "account", equityMicros, `${neededMicros} micros of equity`)
    : undefined;
}

/** In a full table: a request whose account has not the equity for all of its own, if one is among the next few. Where they begin goes round. */
function findUncovered(m: Machine): QuoteRequest | undefined {
  const all = m.requests.all();
  const counts = new Map<number, number>();
  for (const { account } of all) counts.set(account, (counts.get(account) ?? 0) + 1);
  const start = (m.state.sequence * requestsLookedAt) % all.length;
  for (let i = 0; i < requestsLookedAt; i++) {
    const request = all[(start + i) % all.length]!;
    const neededMicros = counts.get(request.account)! * equityPerRequestMicros;
    if (m.margin.figures(request.account).equityMicros < neededMicros) return request;
  }
  return undefined;
}

function checkLegs(m: Machine, account: number, legs: readonly RequestLeg[]): Rejection | undefined {
  for (const [i, { instrument, lots }] of legs.entries()) {
    const field = `legs[${i}].lots`;
    const isListed = m.markets.instruments.has(instrument);
    const room = isListed ? reducible(m.positions.lotsOf(account, instrument), lots > 0 ? 0 : 1) : 0;
    const closed = checkTrading(m, instrument, Math.abs(lots) <= room);
    if (closed) return { ...closed, field: `legs[${i}].${closed.field}` };
    if (!Number.isSafeInteger(lots) || lots === 0) return refuse("notATick", field, lots, "whole, not 0");
    const maxLots = m.markets.instruments.columns.maxOrderLots[instrument]!;
    if (Math.abs(lots) > maxLots) return refuse("overOrderSize", field, lots, maxLots);
  }
  return undefined;
}

/** Answers a request with a price for each leg. Nothing is set aside: the offer is margined when it is taken. */
export function offerQuote(m: Machine, command: OfferQuote, envelope: Envelope): Rejection | undefined {
  const { account, request: id, priceTicks, expiryMs } = command;
  const { requests, state } = m;
  if (expiryMs <= state.timeMs) return refuse("malformed", "expiryMs", expiryMs, `above ${state.timeMs}`);
  const request = requests.find(id);
  if (!request || m.accounts.owner(request.account) === m.accounts.owner(account)) {
    return refuse("unknownQuote", "request", id, "another owner's request");
  }
  if (request.counterparty !== -1 && request.counterparty !== account) {
    return refuse("unknownQuote", "request", id, "a request to this account");
  }
  if (priceTicks.length !== request.legs.length) {
    return refuse("malformed", "priceTicks", priceTicks.length, request.legs.length);
  }
  const refused =
    checkKeyLimits(m, envelope, account, request.legs, priceTicks) ??
    checkLegPrices(m, request.legs, priceTicks);
  if (refused) return refused;
  // An account's new offer takes the place of its former one.
  const others = request.offers.filter((offer) => offer.account !== account);
  if (others.length >= maxOffersPerRequest) {
    return refuse("overCapacity", "request", others.length, maxOffersPerRequest);
  }
  const offer = state.nextOffer++;
  const prices = [...priceTicks];
  requests.put({ ...request, offers: [...others, { id: offer, account, priceTicks: prices, expiryMs }] });
  m.emit({ type: "quoteOffered", offer, request: id, account, priceTicks: prices, expiryMs });
  return undefined;
}

/** Refuses a block of which a leg is above the limit of the session key that signed. */
function checkKeyLimits(
  m: Machine,
  envelope: Envelope,
  account: number,
  legs: readonly RequestLeg[],
  priceTicks: readonly number[],
): Rejection | undefined {
  for (const [i, { instrument, lots }] of legs.entries()) {
    const overKey = checkKeyLimit(m, envelope, account, instrument, Math.abs(lots), priceTicks[i]!);
    if (overKey) return overKey;
  }
  return undefined;
}

function checkLegPrices(
  m: Machine,
  legs: readonly RequestLeg[],
  priceTicks: readonly number[],
): Rejection | undefined {
  for (const [i, { instrument, lots }] of legs.entries()) {
    const terms = m.terms(instrument);
    const refused = checkTrading(m, instrument, true) ?? checkPrice(m, terms, false);
    if (refused) return refused;
    const ticks = priceTicks[i]!;
    const field = `priceTicks[${i}]`;
    if (!Number.isSafeInteger(ticks) || ticks < 1) return refuse("notATick", field, ticks, "1 or more");
    const { lowTicks, highTicks } = priceBand(m, terms);
    if (ticks < lowTicks || ticks > highTicks) {
      return refuse("outsidePriceBand", field, ticks, `${lowTicks} to ${highTicks}`);
    }
    const notional = terms.isInverse
      ? Math.abs(lots) * terms.lotUsdMicros
      : Math.abs(lots) * ticks * terms.unitsPerLotTick;
    if (notional > largestExposureUnits) return refuse("overNotional", field, ticks, "2^52 units");
  }
  return undefined;
}

/** One leg as it trades, with what each side pays in fees. */
interface BlockLeg {
  readonly instrument: number;
  /** Signed, from the requester's side. */
  readonly lots: number;
  readonly ticks: number;
  readonly takerFee: number;
  readonly makerFee: number;
}

/** Trades all legs with the account that made the offer: both are margined as they will stand after the last, or nothing happens. */
export function acceptQuote(m: Machine, command: AcceptQuote, envelope: Envelope): Rejection | undefined {
  const { account, offer: id } = command;
  const request = m.requests.all().find(({ offers }) => offers.some((offer) => offer.id === id));
  const offer = request?.offers.find((candidate) => candidate.id === id);
  if (!request || !offer || request.account !== account || offer.expiryMs <= m.state.timeMs) {
    return refuse("unknownQuote", "offer", id, "a standing offer to a request of the account");
  }
  const refused =
    checkKeyLimits(m, envelope, account, request.legs, offer.priceTicks) ??
    checkLegs(m, account, request.legs) ??
    checkLegs(
      m,
      offer.account,
      request.legs.map(({ instrument, lots }) => ({ instrument, lots: -lots })),
    ) ??
    checkLegPrices(m, request.legs, offer.priceTicks);
  if (refused) return refused;
  const legs = request.legs.map((leg, i) => priceLeg(m, leg, offer.priceTicks[i]!));
  const uncovered = checkSides(m, account, offer.account, legs);
  if (uncovered) return uncovered;
  m.requests.remove(request.id);
  m.emit({ type: "quoteAccepted", offer: id, request: request.id, account, maker: offer.account });
  for (const leg of legs) tradeLeg(m, account, offer.account, leg);
  return undefined;
}

function priceLeg(m: Machine, { instrument, lots }: RequestLeg, ticks: number): BlockLeg {
  const terms = m.terms(instrument);
  const size = Math.abs(lots);
  const value = valueCeil(terms, size, ticks);
  const ratePpm = m.markets.instruments.columns.takerFeePpm[instrument]!;
  const takerFee = feeCeil(m, terms, size, value, ratePpm);
  return { instrument, lots, ticks, takerFee, makerFee: makerFee(m, terms, size, value, takerFee) };
}

/** Limits, cash and margin of both sides, after all legs. */
function checkSides(
  m: Machine,
  taker: number,
  maker: number,
  legs: readonly BlockLeg[],
): Rejection | undefined {
  const makerLegs = legs.map((leg) => ({ ...leg, lots: -leg.lots }));
  return (
    checkPositions(m, taker, legs) ??
    checkPositions(m, maker, makerLegs) ??
    checkInterest(m, taker, maker, legs) ??
    checkPayments(m, taker, legs, "takerFee") ??
    checkPayments(m, maker, makerLegs, "makerFee") ??
    m.margin.checkTrades(taker, fillsOf(m, legs, "takerFee")) ??
    m.margin.checkTrades(maker, fillsOf(m, makerLegs, "makerFee"))
  );
}

const fillsOf = (m: Machine, legs: readonly BlockLeg[], fee: "takerFee" | "makerFee"): TradeFill[] =>
  legs.map((leg) => ({
    instrument: leg.instrument,
    lots: leg.lots,
    priceMicros: leg.ticks * m.terms(leg.instrument).tickMicros,
    feeUnits: leg[fee],
  }));

function checkPositions(m: Machine, account: number, legs: readonly BlockLeg[]): Rejection | undefined {
  const { positions, markets } = m;
  let added = 0;
  for (const { instrument, lots, ticks } of legs) {
    const terms = m.terms(instrument);
    const full = checkCapacity(m, terms, account, lots > 0 ? 0 : 1, Math.abs(lots), ticks);
    if (full) return { ...full, field: "legs" };
    if (terms.isSpot) continue;
    const slot = positions.find(account, instrument);
    if (slot < 0) added++;
    const held = slot < 0 ? 0 : positions.lots[slot]!;
    const open = slot < 0 ? 0 : (lots > 0 ? positions.openBuyLots : positions.openSellLots)[slot]!;
    const after = (lots > 0 ? held : -held) + open + Math.abs(lots);
    const limit = markets.instruments.columns.positionLimitLots[instrument]!;
    if (after > limit && after > Math.abs(held)) return refuse("overPositionLimit", "legs", after, limit);
  }
  const count = positions.count(account) + added;
  return count > maxPositionsPerAccount
    ? refuse("tooManyPositions", "legs", count, maxPositionsPerAccount)
    : undefined;
}

/** Open interest grows by what both sides open. */
function checkInterest(
  m: Machine,
  taker: number,
  maker: number,
  legs: readonly BlockLeg[],
): Rejection | undefined {
  for (const { instrument, lots } of legs) {
    const cap = m.markets.instruments.columns.openInterestCapLots[instrument]!;
    if (cap === 0 || m.terms(instrument).isSpot) continue;
    const size = Math.abs(lots);
    const takerRoom = reducible(m.positions.lotsOf(taker, instrument), lots > 0 ? 0 : 1);
    const makerRoom = reducible(m.positions.lotsOf(maker, instrument), lots > 0 ? 1 : 0);
    const opening = size - Math.min(size, Math.max(takerRoom, makerRoom));
    const interest = m.positions.openInterest(instrument) + opening;
    if (opening > 0 && interest > cap) return refuse("overOpenInterest", "legs", interest, cap);
  }
  return undefined;
}

/** What spot and options cost there and then, by asset, less what they bring. */
function checkPayments(
  m: Machine,
  account: number,
  legs: readonly BlockLeg[],
  fee: "takerFee" | "makerFee",
): Rejection | undefined {
  const spent = new Map<number, number>();
  const spend = (asset: number, units: number): void => {
    spent.set(asset, (spent.get(asset) ?? 0) + units);
  };
  for (const leg of legs) {
    const terms = m.terms(leg.instrument);
    if (!terms.paysCash) continue;
    spend(terms.settlementAsset, leg.lots * leg.ticks * terms.unitsPerLotTick + leg[fee]);
    if (terms.isSpot) spend(terms.baseAsset, -leg.lots * terms.lotBaseUnits);
  }
  for (const [asset, units] of spent) {
    const unpaid = units > 0 ? checkSpend(m, account, asset, units, "legs") : undefined;
    if (unpaid) return unpaid;
  }
  return undefined;
}

function tradeLeg(m: Machine, taker: number, maker: number, leg: BlockLeg): void {
  const { instrument, lots, ticks } = leg;
  const terms = m.terms(instrument);
  const size = Math.abs(lots);
  const buyer = lots > 0 ? taker : maker;
  const seller = lots > 0 ? maker : taker;
  const value = valueCeil(terms, size, ticks);
  m.emit({
    type: "traded",
    tradeId: m.state.nextTradeId++,
    instrument,
    priceMicros: ticks * terms.tickMicros,
    lots: size,
    takerSide: sideNames[lots > 0 ? 0 : 1],
    source: "block",
  });
  if (terms.isSpot) {
    move(m, buyer, seller, terms.settlementAsset, value, "trade");
    move(m, seller, buyer, terms.baseAsset, size * terms.lotBaseUnits, "trade");
  } else {
    bookPosition(m, terms, buyer, size, terms.isInverse ? 0 - valueFloor(terms, size, ticks) : value);
    bookPosition(m, terms, seller, -size, terms.isInverse ? value : -value);
    trimReduceOnly(m, taker, instrument);
    trimReduceOnly(m, maker, instrument);
  }
  settle(m, taker, houseAccount.fees, terms.settlementAsset, 0 - leg.takerFee, "fee");
  settle(m, maker, houseAccount.fees, terms.settlementAsset, 0 - leg.makerFee, "fee");
}

/** Takes out requests whose time has come, and offers that lapsed. */
export function expireRequests(m: Machine, timeMs: number): void {
  const { requests } = m;
  if (requests.size === 0 || timeMs < requests.dueMs) return;
  for (const request of requests.all()) {
    if (request.expiryMs <= timeMs) {
      requests.remove(request.id);
      m.emit({ type: "quoteExpired", request: request.id });
    } else dropOffers(m, request, timeMs);
  }
  requests.dueMs = requests.all().reduce((due, request) => Math.min(due, nextExpiryMs(request)), Infinity);
}

function dropOffers(m: Machine, request: QuoteRequest, timeMs: number): void {
  const offers = request.offers.filter((offer) => offer.expiryMs > timeMs);
  if (offers.length < request.offers.length) m.requests.put({ ...request, offers });
}

const nextExpiryMs = ({ expiryMs, offers }: QuoteRequest): number =>
  offers.reduce((due, offer) => Math.min(due, offer.expiryMs), expiryMs);
