import { type TwinOrder, baseUnits, costOf, type Side, type TwinState, valueOf } from "./twin-state.ts";
import { ceilDiv, floorDiv } from "./twin-ledger.ts";

const fees = 1;
export const opposite = (side: Side): Side => (side === "buy" ? "sell" : "buy");

/** Books one side of a trade: funding first, then the position, then the cash. */
export function bookPosition(
  s: TwinState,
  account: number,
  instrument: number,
  signedLots: number,
  cost: bigint,
): void {
  const { given } = s;
  const spec = given.instrument(instrument);
  const asset = given.settlementAssetOf(instrument);
  const clearing = s.clearingAccounts[instrument]!;
  settleFunding(s, account, instrument);
  const before = s.position(account, instrument);
  const closes = before.lots !== 0 && before.lots > 0 !== signedLots > 0;
  const closed = closes ? Math.min(Math.abs(before.lots), Math.abs(signedLots)) : 0;
  const closingCost = ceilDiv(cost * BigInt(closed), BigInt(Math.abs(signedLots)));
  const freed = closed === 0 ? 0n : ceilDiv(before.entry * BigInt(closed), BigInt(Math.abs(before.lots)));
  const lots = before.lots + signedLots;
  const entry = before.entry - freed + cost - closingCost;
  s.positions.set(`${account}/${instrument}`, { lots, entry, funding: given.fundingPerLot(instrument) });
  s.emit({ type: "positionChanged", account, instrument, lots, entryUnits: Number(entry) });
  if (spec.kind === "option") s.settle(account, clearing, asset, -cost, "premium");
  else s.settle(account, clearing, asset, -closingCost - freed, "realisedProfit");
}

export function settleFunding(s: TwinState, account: number, instrument: number): void {
  const due = s.fundingDue(account, instrument);
  const position = s.position(account, instrument);
  if (position.lots === 0) return;
  s.positions.set(`${account}/${instrument}`, { ...position, funding: s.given.fundingPerLot(instrument) });
  if (due === 0n) return;
  s.emit({ type: "fundingPaid", account, instrument, units: Number(due) });
  s.settle(account, s.clearingAccounts[instrument]!, s.given.settlementAssetOf(instrument), due, "funding");
}

/** What fees are charged on: the value; of options the value of the underlying at the index. */
function feeBase(s: TwinState, instrument: number, lots: number, value: bigint): bigint {
  const spec = s.given.instrument(instrument);
  if (spec.kind !== "option") return value;
  const index = BigInt(s.given.indexMicros(s.given.underlyingOf(instrument)));
  return ceilDiv(BigInt(lots) * BigInt(spec.lotNanos) * index, 10n ** 9n);
}

export function feeOf(
  s: TwinState,
  instrument: number,
  lots: number,
  value: bigint,
  ratePpm: number,
): bigint {
  if (ratePpm <= 0) return 0n;
  const spec = s.given.instrument(instrument);
  const fee = ceilDiv(feeBase(s, instrument, lots, value) * BigInt(ratePpm), 1_000_000n);
  if (spec.kind !== "option") return fee;
  const cap = ceilDiv(value * BigInt(spec.optionFeeCapPpm), 1_000_000n);
  return fee < cap ? fee : cap;
}

/** A maker's fee, or its rebate as a negative one: at most what the taker pays of the same fill. */
export function makerFeeOf(
  s: TwinState,
  instrument: number,
  lots: number,
  value: bigint,
  takerFee: bigint,
): bigint {
  const rate = s.given.instrument(instrument).makerFeePpm;
  if (rate >= 0) return feeOf(s, instrument, lots, value, rate);
  const rebate = floorDiv(feeBase(s, instrument, lots, value) * BigInt(-rate), 1_000_000n);
  return -(rebate < takerFee ? rebate : takerFee);
}

/** An order that meets the book, and what it has done so far. */
export interface Taker {
  readonly id: number;
  readonly account: number;
  readonly instrument: number;
  readonly side: Side;
  left: number;
  lots: number;
  cost: bigint;
  value: bigint;
  fee: bigint;
}

export function bookFill(s: TwinState, taker: Taker, maker: TwinOrder, lots: number): void {
  s.met++;
  const { given } = s;
  const { instrument } = taker;
  const spec = given.instrument(instrument);
  const asset = given.settlementAssetOf(instrument);
  const priceMicros = BigInt(maker.ticks) * BigInt(spec.tickMicros);
  const value = valueOf(given, instrument, lots, priceMicros)[1];
  taker.lots += lots;
  taker.left -= lots;
  taker.value += value;
  // The taker pays on the sum of its fills, so splitting them changes nothing.
  const total = feeOf(s, instrument, taker.lots, taker.value, spec.takerFeePpm);
  const takerFee = total > taker.fee ? total - taker.fee : 0n;
  taker.fee += takerFee;
  const makerFee = makerFeeOf(s, instrument, lots, value, takerFee);
  const tradeId = s.nextTrade++;
  maker.lots -= lots;
  maker.filled += lots;
  const both = { instrument, priceTicks: maker.ticks, lots, tradeId };
  s.emit({
    type: "orderFilled",
    ...both,
    orderId: maker.id,
    account: maker.account,
    side: maker.side,
    remainingLots: maker.lots,
    role: "maker",
    feeUnits: Number(makerFee),
  });
  s.emit({
    type: "orderFilled",
    ...both,
    orderId: taker.id,
    account: taker.account,
    side: taker.side,
    remainingLots: taker.left,
    role: "taker",
    feeUnits: Number(takerFee),
  });
  s.emit({
    type: "traded",
    tradeId,
    instrument,
    priceMicros: Number(priceMicros),
    lots,
    takerSide: taker.side,
    source: "book",
  });
  if (spec.kind === "spot") {
    const [buyer, seller] =
      taker.side === "buy" ? [taker.account, maker.account] : [maker.account, taker.account];
    s.move(buyer, seller, asset, value, "trade");
    s.move(seller, buyer, given.baseAssetOf(instrument), baseUnits(given, instrument, lots), "trade");
  } else {
    const signed = taker.side === "buy" ? lots : -lots;
    taker.cost += costOf(given, instrument, signed, priceMicros);
    bookPosition(s, maker.account, instrument, -signed, costOf(given, instrument, -signed, priceMicros));
  }
  s.settle(maker.account, fees, asset, -makerFee, "fee");
}

/** The taker's own side, once for all its fills. */
export function finishTaker(s: TwinState, taker: Taker): void {
  if (taker.lots === 0) return;
  if (s.given.instrument(taker.instrument).kind !== "spot") {
    bookPosition(
      s,
      taker.account,
      taker.instrument,
      taker.side === "buy" ? taker.lots : -taker.lots,
      taker.cost,
    );
  }
  s.move(taker.account, fees, s.given.settlementAssetOf(taker.instrument), taker.fee, "fee");
}
