import { type BookVectors } from "./aggregate.ts";
import { type Book, type BookItem, type BookOrder } from "./book.ts";
import { residualColumns } from "./item-rows.ts";
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
  for (const { rows, size } of book.orders) {
    if (rows.underlying < 0) continue;
    const delta = size * rows.deltaUsd;
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

const addOn = (id: string, label: string, rule: string, parts: AddOn["parts"]): AddOn => {
  const charged = parts.filter(({ amountUsd }) => amountUsd > 0);
  return {
    id,
    label,
    rule,
    parts: charged,
    amountUsd: charged.reduce((sum, part) => sum + part.amountUsd, 0),
  };
};

/** All charges of a book, equations (19) to (25). They may grow faster than size. */
export function addOns(prepared: PreparedMarket, book: Book, vectors: BookVectors): readonly AddOn[] {
  const { market, parameters, underlyings } = prepared;
  const deltas = [...netDeltas(book)].sort(([a], [b]) => a - b);
  const instruments: readonly (BookItem | BookOrder)[] = [...book.items, ...book.orders].filter(
    ({ rows }) => rows.kind === "instrument",
  );
  const perUnderlying = (amount: (delta: number, underlying: PreparedUnderlying) => number): AddOn["parts"] =>
    deltas.flatMap(([index, delta]) => {
      const underlying = underlyings[index];
      return underlying
        ? [{ id: underlying.symbol, label: underlying.symbol, amountUsd: amount(delta, underlying) }]
        : [];
    });

  const spread = instruments.map((item) => {
    const { rows, size } = item;
    // A long position can always be abandoned: closing it never costs more than it is worth.
    const cost = rows.halfSpreadUsd * Math.abs(size);
    const amountUsd = rows.isOption && size > 0 ? Math.min(cost, rows.markUsd * size) : cost;
    return { id: nameOf(item), label: nameOf(item), amountUsd };
  });
  const oracle = [
    ...perUnderlying((delta, { risk, confidence }) => delta * risk.oracleWidth * (1 - confidence)).map(
      ({ id, label, amountUsd }) => ({ id: `${id}-index`, label: `${label} index`, amountUsd }),
    ),
    ...[...book.items, ...book.orders].map((item) => {
      const { rows, size } = item;
      const risk = underlyings[rows.underlying]?.risk;
      const confidence =
        rows.kind === "asset"
          ? (market.assets.get(rows.item)?.confidence ?? 1)
          : (market.quotes.get(rows.item)?.confidence ?? 1);
      const state = rows.kind === "asset" ? market.assets.get(rows.item) : undefined;
      const width = risk?.oracleWidth ?? (state ? assetRiskOf(parameters, state).pegDown : 0);
      const exposure = Math.max(Math.abs(rows.deltaUsd), Math.abs(rows.markUsd));
      return {
        id: nameOf(item),
        label: nameOf(item),
        amountUsd: Math.abs(size) * exposure * width * (1 - confidence),
      };
    }),
  ];
  const nearExpiry = [...vectors.underlyings].flatMap(([index, { residual }]) => {
    const underlying = underlyings[index];
    return [...residual].map(([slot, row]) => {
      const hours = (slot - market.asOfMs) / msPerHour;
      const window = underlying?.risk.nearExpiryHours ?? 0;
      const ramp = slot > 0 && window > 0 ? Math.max(0, Math.min(1, 1 - hours / window)) : 0;
      const moves = (row[residualColumns.nearExpiryDown] ?? 0) + (row[residualColumns.nearExpiryUp] ?? 0);
      const label = `${underlying?.symbol ?? ""} in ${Math.max(0, Math.round(hours * 10) / 10)} h`;
      return { id: `${underlying?.symbol ?? ""}-${slot}`, label, amountUsd: ramp * Math.max(0, -moves / 2) };
    });
  });
  const custody = book.items.map(({ rows, balance }) => {
    const state = rows.kind === "asset" ? market.assets.get(rows.item) : undefined;
    const haircut = state ? assetRiskOf(parameters, state).custodyHaircut : 0;
    return { id: rows.item, label: rows.item, amountUsd: Math.max(0, balance) * rows.markUsd * haircut };
  });

  return [
    addOn("half-spread", "Close-out: half the bid–ask spread", "(19)", spread),
    addOn(
      "price-impact",
      "Close-out: price impact of the net delta",
      "(20)",
      perUnderlying((delta, underlying) => delta * impactRate(delta, underlying)),
    ),
    addOn(
      "concentration",
      "Concentration beyond a share of daily volume",
      "(21)",
      perUnderlying(
        (delta, { risk, dailyVolumeUsd }) =>
          Math.max(0, delta - risk.concentrationShare * dailyVolumeUsd) * risk.concentrationRate,
      ),
    ),
    addOn("oracle-uncertainty", "Oracle uncertainty", "(22)", oracle),
    addOn("near-expiry-gamma", "Short gamma near expiry", "(23)", nearExpiry),
    addOn("custody", "Custody, smart-contract and redemption risk", "(24)", custody),
  ];
}

/** Least requirement of a book, equation (25), by underlying. */
export function minimumRequirement(prepared: PreparedMarket, book: Book): number {
  let total = 0;
  for (const { rows, size } of [...book.items, ...book.orders]) {
    const risk = prepared.underlyings[rows.underlying]?.risk;
    if (!risk || rows.kind !== "instrument") continue;
    const kind = prepared.market.instruments.get(rows.item)?.kind;
    if (kind === "option" && size < 0) total += -size * rows.notionalUsd * risk.minimumShortOption;
    else if (kind === "perpetual" || kind === "future") {
      total += Math.abs(size) * rows.notionalUsd * risk.minimumNotional;
    }
  }
  return total;
}
