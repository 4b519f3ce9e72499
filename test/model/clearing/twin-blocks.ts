import {
  type AcceptQuote,
  type OfferQuote,
  type Rejection,
  type RequestQuote,
} from "../../../src/clearing/protocol/index.ts";
import { reducible, trimReduceOnly } from "./twin-book.ts";
import { bookPosition, feeOf, makerFeeOf } from "./twin-fills.ts";
import { type Hint, marginAllows, type ProposedTrade } from "./twin-margin-checks.ts";
import { band, checkSpend, checkTrading, isWhole } from "./twin-orders.ts";
import { baseUnits, costOf, refuse, type TwinState, valueOf } from "./twin-state.ts";

const maxExposure = 2n ** 52n;

type Legs = readonly { readonly instrument: number; readonly lots: number }[];

export function requestQuote(s: TwinState, command: RequestQuote): Rejection | undefined {
  const { account, legs, counterparty, expiryMs } = command;
  if (legs.length < 1 || legs.length > 32) return refuse("malformed", "legs");
  if (expiryMs <= s.timeMs) return refuse("malformed", "expiryMs");
  if (counterparty === account) return refuse("malformed", "counterparty");
  if (new Set(legs.map(({ instrument }) => instrument)).size < legs.length)
    return refuse("malformed", "legs");
  if (counterparty !== -1 && (s.owners[counterparty] === undefined || s.isHouse(counterparty))) {
    return refuse("unknownAccount", "counterparty");
  }
  const refused = checkLegs(s, account, legs);
  if (refused) return refused;
  if ([...s.requests.values()].filter((r) => r.account === account).length >= 16)
    return refuse("overCapacity", "account");
  const ofOwner = [...s.requests.values()].filter((r) => s.owners[r.account] === s.owners[account]);
  if (ofOwner.length >= 64) return refuse("overCapacity", "account");
  const request = s.nextRequest++;
  const kept = legs.map(({ instrument, lots }) => ({ instrument, lots }));
  s.requests.set(request, { id: request, account, counterparty, legs: kept, expiryMs, offers: [] });
  s.emit({ type: "quoteRequested", request, account, counterparty, legs: kept, expiryMs });
  return undefined;
}

function checkLegs(s: TwinState, account: number, legs: Legs): Rejection | undefined {
  for (const { instrument, lots } of legs) {
    const room = reducible(s.position(account, instrument).lots, lots > 0 ? "buy" : "sell");
    const closed = checkTrading(s, instrument, Math.abs(lots) <= room);
    if (closed) return closed;
    if (!Number.isSafeInteger(lots) || lots === 0) return refuse("notATick", "legs");
    if (Math.abs(lots) > s.given.instrument(instrument).maxOrderLots) return refuse("overOrderSize", "legs");
  }
  return undefined;
}

export function offerQuote(s: TwinState, command: OfferQuote): Rejection | undefined {
  const { account, request: id, priceTicks, expiryMs } = command;
  if (expiryMs <= s.timeMs) return refuse("malformed", "expiryMs");
  const request = s.requests.get(id);
  if (!request || s.owners[request.account] === s.owners[account]) return refuse("unknownQuote", "request");
  if (request.counterparty !== -1 && request.counterparty !== account)
    return refuse("unknownQuote", "request");
  if (priceTicks.length !== request.legs.length) return refuse("malformed", "priceTicks");
  const refused = checkPrices(s, request.legs, priceTicks);
  if (refused) return refused;
  const others = request.offers.filter((o) => o.account !== account);
  if (others.length >= 16) return refuse("overCapacity", "request");
  const offer = s.nextOffer++;
  request.offers.splice(0, Infinity, ...others, {
    id: offer,
    account,
    priceTicks: [...priceTicks],
    expiryMs,
  });
  s.emit({ type: "quoteOffered", offer, request: id, account, priceTicks: [...priceTicks], expiryMs });
  return undefined;
}

function checkPrices(s: TwinState, legs: Legs, priceTicks: readonly number[]): Rejection | undefined {
  for (const [i, { instrument, lots }] of legs.entries()) {
    const closed = checkTrading(s, instrument, true);
    if (closed) return closed;
    const spec = s.given.instrument(instrument);
    const fresh = s.given.indexConfidencePpm(s.given.underlyingOf(instrument)) > 0;
    if (!s.given.hasMark(instrument) || !fresh) return refuse("noPrice", "instrument");
    const ticks = priceTicks[i]!;
    if (!isWhole(ticks, 1)) return refuse("notATick", "priceTicks");
    const [low, high] = band(s, instrument);
    if (ticks < low || ticks > high) return refuse("outsidePriceBand", "priceTicks");
    const size = Math.abs(lots);
    const price = BigInt(ticks) * BigInt(spec.tickMicros);
    const notional =
      spec.settlement === "inverse"
        ? BigInt(size) * BigInt(spec.lotUsdMicros)
        : valueOf(s.given, instrument, size, price)[1];
    if (notional > maxExposure) return refuse("overNotional", "priceTicks");
  }
  return undefined;
}

/** One leg from the requester's side. */
interface Leg {
  readonly instrument: number;
  readonly lots: number;
  readonly price: bigint;
  readonly takerFee: bigint;
  readonly makerFee: bigint;
}

export function acceptQuote(
  s: TwinState,
  { account, offer: id }: AcceptQuote,
  hint: Hint,
): Rejection | undefined {
  const request = [...s.requests.values()].find((r) => r.offers.some((o) => o.id === id));
  const offer = request?.offers.find((o) => o.id === id);
  if (!request || !offer || request.account !== account || offer.expiryMs <= s.timeMs)
    return refuse("unknownQuote", "offer");
  const maker = offer.account;
  const opposite = request.legs.map(({ instrument, lots }) => ({ instrument, lots: -lots }));
  const refused =
    checkLegs(s, account, request.legs) ??
    checkLegs(s, maker, opposite) ??
    checkPrices(s, request.legs, offer.priceTicks);
  if (refused) return refused;
  const legs = request.legs.map(({ instrument, lots }, i): Leg => {
    const spec = s.given.instrument(instrument);
    const price = BigInt(offer.priceTicks[i]!) * BigInt(spec.tickMicros);
    const value = valueOf(s.given, instrument, Math.abs(lots), price)[1];
    const takerFee = feeOf(s, instrument, Math.abs(lots), value, spec.takerFeePpm);
    return {
      instrument,
      lots,
      price,
      takerFee,
      makerFee: makerFeeOf(s, instrument, Math.abs(lots), value, takerFee),
    };
  });
  const taken = legs.map(({ takerFee: fee, ...leg }): ProposedTrade => ({
    ...leg,
    priceMicros: leg.price,
    fee,
  }));
  const made = legs.map(({ makerFee: fee, ...leg }): ProposedTrade => ({
    ...leg,
    lots: -leg.lots,
    priceMicros: leg.price,
    fee,
  }));
  const over =
    checkPositions(s, account, taken) ??
    checkPositions(s, maker, made) ??
    checkInterest(s, account, maker, legs);
  if (over) return over;
  const unpaid = checkPayments(s, account, taken) ?? checkPayments(s, maker, made);
  if (unpaid) return unpaid;
  for (const [side, trades] of [
    [account, taken],
    [maker, made],
  ] as const) {
    if (!marginAllows(s, side, { trades }, hint)) return refuse("insufficientMargin", "equityMicros");
  }
  s.requests.delete(request.id);
  s.emit({ type: "quoteAccepted", offer: id, request: request.id, account, maker });
  for (const leg of legs) tradeLeg(s, account, maker, leg);
  return undefined;
}

function checkPositions(
  s: TwinState,
  account: number,
  trades: readonly ProposedTrade[],
): Rejection | undefined {
  const { given } = s;
  for (const { instrument, lots } of trades) {
    const spec = given.instrument(instrument);
    if (spec.kind === "spot") continue;
    const { lots: held } = s.position(account, instrument);
    const open = s.openLots(account, instrument, lots > 0 ? "buy" : "sell");
    const after = (lots > 0 ? held : -held) + open + Math.abs(lots);
    if (after > spec.positionLimitLots && after > Math.abs(held)) return refuse("overPositionLimit", "legs");
  }
  return undefined;
}

/** Open interest grows by what both sides open. */
function checkInterest(
  s: TwinState,
  taker: number,
  maker: number,
  legs: readonly Leg[],
): Rejection | undefined {
  for (const { instrument, lots } of legs) {
    const { kind, openInterestCapLots } = s.given.instrument(instrument);
    if (openInterestCapLots === 0 || kind === "spot") continue;
    // Lots that neither side closes.
    const size = Math.abs(lots);
    const closes = (account: number, change: number): number =>
      Math.min(size, reducible(s.position(account, instrument).lots, change > 0 ? "buy" : "sell"));
    const opening = size - Math.max(closes(taker, lots), closes(maker, -lots));
    if (opening > 0 && s.openInterest(instrument) + opening > openInterestCapLots)
      return refuse("overOpenInterest", "legs");
  }
  return undefined;
}

function checkPayments(
  s: TwinState,
  account: number,
  trades: readonly ProposedTrade[],
): Rejection | undefined {
  const { given } = s;
  const spent = new Map<number, bigint>();
  const spend = (asset: number, units: bigint): void =>
    void spent.set(asset, (spent.get(asset) ?? 0n) + units);
  for (const { instrument, lots, priceMicros, fee } of trades) {
    const { kind } = given.instrument(instrument);
    if (kind !== "spot" && kind !== "option") continue;
    spend(given.settlementAssetOf(instrument), costOf(given, instrument, lots, priceMicros) + fee);
    if (kind !== "spot") continue;
    const base = baseUnits(given, instrument, Math.abs(lots));
    spend(given.baseAssetOf(instrument), lots > 0 ? -base : base);
  }
  for (const [asset, units] of spent) {
    const unpaid = units > 0n ? checkSpend(s, account, asset, units) : undefined;
    if (unpaid) return unpaid;
  }
  return undefined;
}

function tradeLeg(s: TwinState, taker: number, maker: number, leg: Leg): void {
  const { given } = s;
  const { instrument, lots, price } = leg;
  const asset = given.settlementAssetOf(instrument);
  const size = Math.abs(lots);
  const [buyer, seller] = lots > 0 ? [taker, maker] : [maker, taker];
  s.emit({
    type: "traded",
    tradeId: s.nextTrade++,
    instrument,
    priceMicros: Number(price),
    lots: size,
    takerSide: lots > 0 ? "buy" : "sell",
    source: "block",
  });
  if (given.instrument(instrument).kind === "spot") {
    s.move(buyer, seller, asset, valueOf(given, instrument, size, price)[1], "trade");
    s.move(seller, buyer, given.baseAssetOf(instrument), baseUnits(given, instrument, size), "trade");
  } else {
    bookPosition(s, buyer, instrument, size, costOf(given, instrument, size, price));
    bookPosition(s, seller, instrument, -size, costOf(given, instrument, -size, price));
    trimReduceOnly(s, taker, instrument);
    trimReduceOnly(s, maker, instrument);
  }
  s.settle(taker, 1, asset, -leg.takerFee, "fee");
  s.settle(maker, 1, asset, -leg.makerFee, "fee");
}

export function expireRequests(s: TwinState): void {
  for (const request of [...s.requests.values()].sort((a, b) => a.id - b.id)) {
    if (request.expiryMs <= s.timeMs) {
      s.requests.delete(request.id);
      s.emit({ type: "quoteExpired", request: request.id });
    } else {
      const standing = request.offers.filter((o) => o.expiryMs > s.timeMs);
      request.offers.splice(0, Infinity, ...standing);
    }
  }
}
