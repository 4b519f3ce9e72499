import { type Instrument } from "../../market/index.ts";
import { type RiskClassParameters } from "../parameters/margin-parameters.ts";
import { type BookVectors, type UnderlyingVectors } from "./aggregate.ts";
import { type Book, type BookItem, type BookOrder } from "./book.ts";
import { type ItemRows, residualColumns } from "./item-rows.ts";
import { type PreparedMarket, type PreparedUnderlying } from "./prepare.ts";
import { assetRiskOf } from "../scenarios/stress.ts";

/** A charge on top of the risk part, initial scale, ≥ 0, with what it consists of. */
export interface AddOn {
  readonly id: string;
  readonly label: string;
  readonly rule: string;
  readonly amountUsd: number;
  readonly parts: readonly { readonly id: string; readonly label: string; readonly amountUsd: number }[];
}

const msPerHour = 3_600_000;

/** An order is named apart from a position in the same instrument. */
const nameOf = (item: BookItem | BookOrder): string =>
  "fillUsd" in item ? `order ${item.rows.item}` : item.rows.item;

/** Net cash delta of one underlying, the largest that any subset of orders could make it. */
function netDeltas(book: Book): ReadonlyMap<number, number> {
  const sums = new Map<number, { net: number; up: number; down: number }>();
  const of = (underlying: number) => {
    const known = sums.get(underlying);
    if (known) return known;
    const made = { net: 0, up: 0, down: 0 };
    sums.set(underlying, made);
    return made;
  };
  for (const { rows, size } of book.items) {
    if (rows.underlying >= 0) of(rows.underlying).net += size * rows.deltaUsd;
  }
  for (const { rows, size, paid } of book.orders) {
    if (rows.underlying < 0) continue;
    const delta = size * rows.deltaUsd + (paid ? paid.size * paid.rows.deltaUsd : 0);
    if (delta > 0) of(rows.underlying).up += delta;
    else of(rows.underlying).down += delta;
  }
  return new Map(
    [...sums].map(([underlying, { net, up, down }]) => [
      underlying,
      Math.max(Math.abs(net), Math.abs(net + up), Math.abs(net + down)),
    ]),
  );
}

/** Price impact of trading a cash amount at once, equation (20), fraction of price. */
export function impactRate(amountUsd: number, underlying: PreparedUnderlying): number {
  const oneSide = underlying.depth50bpsUsd / 2;
  if (amountUsd <= 0) return 0;
  if (oneSide <= 0) return underlying.risk.impactMax;
  return Math.min(underlying.risk.impactMax, underlying.risk.impactAtDepth * Math.sqrt(amountUsd / oneSide));
}

const rules = [
  { id: "half-spread", label: "Close-out: half the bid–ask spread", rule: "(19)" },
  { id: "price-impact", label: "Close-out: price impact of the net delta", rule: "(20)" },
  { id: "concentration", label: "Concentration beyond a share of daily volume", rule: "(21)" },
  { id: "oracle-uncertainty", label: "Oracle uncertainty", rule: "(22)" },
  { id: "near-expiry-gamma", label: "Short gamma near expiry", rule: "(23)" },
  { id: "custody", label: "Custody, smart-contract and redemption risk", rule: "(24)" },
] as const;

type ChargeId = (typeof rules)[number]["id"];
/** Takes a part of a charge: of an item, of an order, or of an underlying (near expiry, of one of its slots). */
type Visit = (
  id: ChargeId,
  amountUsd: number,
  of: BookItem | BookOrder | PreparedUnderlying,
  slot?: number,
) => void;

/** Every part of a book's charges, but those near expiry, in a fixed order. Those of 0 may be left out. */
function visitCharges(prepared: PreparedMarket, book: Book, visit: Visit): void {
  const { market, parameters, underlyings } = prepared;
  const deltas = [...netDeltas(book)].sort(([a], [b]) => a - b);
  const spread = (item: BookItem | BookOrder): void => {
    const { rows, size } = item;
    if (rows.kind !== "instrument") return;
    // A long position can always be abandoned: closing it never costs more than it is worth.
    const cost = rows.halfSpreadUsd * Math.abs(size);
    visit("half-spread", rows.isOption && size > 0 ? Math.min(cost, rows.markUsd * size) : cost, item);
  };
  const oracle = (item: BookItem | BookOrder): void => {
    const { rows, size } = item;
    const risk = underlyings[rows.underlying]?.risk;
    const state = rows.kind === "asset" ? market.assets.get(rows.item) : undefined;
    const confidence =
      (rows.kind === "asset" ? state?.confidence : market.quotes.get(rows.item)?.confidence) ?? 1;
    const width = risk?.oracleWidth ?? (state ? assetRiskOf(parameters, state).pegDown : 0);
    const exposure = Math.max(Math.abs(rows.deltaUsd), Math.abs(rows.markUsd));
    visit("oracle-uncertainty", Math.abs(size) * exposure * width * (1 - confidence), item);
  };

  for (const item of book.items) spread(item);
  for (const order of book.orders) spread(order);
  for (const [index, delta] of deltas) {
    const underlying = underlyings[index];
    if (!underlying) continue;
    const { risk, confidence, dailyVolumeUsd } = underlying;
    visit("price-impact", delta * impactRate(delta, underlying), underlying);
    const beyond = Math.max(0, delta - risk.concentrationShare * dailyVolumeUsd);
    visit("concentration", beyond * risk.concentrationRate, underlying);
    visit("oracle-uncertainty", delta * risk.oracleWidth * (1 - confidence), underlying);
  }
  for (const item of book.items) oracle(item);
  for (const order of book.orders) oracle(order);
  const custody = ({ kind, item, markUsd }: ItemRows, deposit: number, of: BookItem | BookOrder): void => {
    const state = kind === "asset" ? market.assets.get(item) : undefined;
    if (!state) return;
    visit("custody", Math.max(0, deposit) * markUsd * assetRiskOf(parameters, state).custodyHaircut, of);
  };
  for (const item of book.items) custody(item.rows, item.balance, item);
  for (const order of book.orders) {
    const kind = market.instruments.get(order.rows.item)?.kind;
    if (order.paid && (kind === "spot" || kind === "option")) {
      custody(order.paid.rows, order.paid.size, order);
    }
  }
}

/** The parts of the charge near expiry, equation (23): of each expiry of each underlying. */
function visitNearExpiry(
  prepared: PreparedMarket,
  sums: ReadonlyMap<number, UnderlyingVectors>,
  visit: Visit,
): void {
  for (const [index, { residual }] of sums) {
    const underlying = prepared.underlyings[index];
    if (!underlying) continue;
    const window = underlying.risk.nearExpiryHours;
    for (const [slot, row] of residual) {
      const hours = (slot - prepared.market.asOfMs) / msPerHour;
      const ramp = slot > 0 && window > 0 ? Math.max(0, Math.min(1, 1 - hours / window)) : 0;
      const moves = (row[residualColumns.nearExpiryDown] ?? 0) + (row[residualColumns.nearExpiryUp] ?? 0);
      visit("near-expiry-gamma", ramp * Math.max(0, -moves / 2), underlying, slot);
    }
  }
}

/** All charges of a book, equations (19) to (24). They may grow faster than size. */
export function addOns(prepared: PreparedMarket, book: Book, vectors: BookVectors): readonly AddOn[] {
  const parts = new Map<ChargeId, AddOn["parts"][number][]>(rules.map(({ id }) => [id, []]));
  const visit: Visit = (charge, amountUsd, of, slot) => {
    if (!(amountUsd > 0)) return;
    let id: string;
    let label: string;
    if (!("symbol" in of)) id = label = nameOf(of);
    else if (slot !== undefined) {
      const hours = (slot - prepared.market.asOfMs) / msPerHour;
      id = `${of.symbol}-${slot}`;
      label = `${of.symbol} in ${Math.max(0, Math.round(hours * 10) / 10)} h`;
    } else {
      const index = charge === "oracle-uncertainty";
      id = index ? `${of.symbol}-index` : of.symbol;
      label = index ? `${of.symbol} index` : of.symbol;
    }
    parts.get(charge)?.push({ id, label, amountUsd });
  };
  visitCharges(prepared, book, visit);
  visitNearExpiry(prepared, vectors.underlyings, visit);
  return rules.map(({ id, label, rule }) => {
    const charged = parts.get(id) ?? [];
    return {
      id,
      label,
      rule,
      parts: charged,
      amountUsd: charged.reduce((sum, part) => sum + part.amountUsd, 0),
    };
  });
}

/** Every charge of a book, USD, but 0 for the one near expiry, which needs the book's sums. */
export function chargeSums(prepared: PreparedMarket, book: Book): Readonly<Record<ChargeId, number>> {
  const sums = {
    "half-spread": 0,
    "price-impact": 0,
    concentration: 0,
    "oracle-uncertainty": 0,
    "near-expiry-gamma": 0,
    custody: 0,
  };
  visitCharges(prepared, book, (charge, amountUsd) => {
    if (amountUsd > 0) sums[charge] += amountUsd;
  });
  return sums;
}

/** The charge near expiry, USD. */
export function nearExpiryUsd(
  prepared: PreparedMarket,
  sums: ReadonlyMap<number, UnderlyingVectors>,
): number {
  let total = 0;
  visitNearExpiry(prepared, sums, (_, amountUsd) => {
    if (amountUsd > 0) total += amountUsd;
  });
  return total;
}

/** All charges together, USD: what {@link addOns} add up to, to the last bit. */
export const chargedUsd = (sums: Readonly<Record<ChargeId, number>>): number =>
  rules.reduce((total, { id }) => total + sums[id], 0);

/** Least requirement of one item, equation (25): short options, perpetuals and futures by their notional. */
export function minimumOf(
  { rows, size }: BookItem | BookOrder,
  instrument: Instrument | undefined,
  risk: Pick<RiskClassParameters, "minimumShortOption" | "minimumNotional">,
): number {
  if (instrument?.kind === "option") return Math.max(0, -size) * rows.notionalUsd * risk.minimumShortOption;
  if (instrument?.kind !== "perpetual" && instrument?.kind !== "future") return 0;
  return Math.abs(size) * rows.notionalUsd * risk.minimumNotional;
}

/** Least requirement of a book, equation (25). */
export function minimumRequirement(prepared: PreparedMarket, book: Book): number {
  let total = 0;
  for (const item of [...book.items, ...book.orders]) {
    const risk = prepared.underlyings[item.rows.underlying]?.risk;
    if (!risk || item.rows.kind !== "instrument") continue;
    total += minimumOf(item, prepared.market.instruments.get(item.rows.item), risk);
  }
  return total;
}
