import { shareOfBalanceFloor, shareOfLotsUp } from "../../auction/index.ts";
import { mulDivCeil, mulDivFloor } from "../../margin/mul-div.ts";
import { type TradeFill } from "../../margin/index.ts";
import { type Traded } from "../../protocol/index.ts";
import { trimReduceOnly } from "../execute.ts";
import { bookPosition, sideNames } from "../fills.ts";
import { largestExposureUnits } from "../limits.ts";
import { type Machine } from "../machine.ts";
import { move } from "../transfers.ts";
import { notionalMicros } from "./steps.ts";

/** Scale of shares and levels. */
export const one = 1_000_000n;

/** A part of a position that changes hands at the mark. */
export interface TakenPosition {
  readonly instrument: number;
  /** Signed, as the account that gives it up holds them. */
  readonly lots: number;
  readonly markMicros: number;
}

/** A part of a balance that changes hands at its asset's price: negative is a debt. */
export interface TakenBalance {
  readonly asset: number;
  readonly units: number;
  /** What it is worth in the auction's asset, against whoever takes it. */
  readonly cashUnits: number;
}

/** A share of all that an account holds, the auction's own asset aside. */
export interface Slice {
  readonly positions: readonly TakenPosition[];
  readonly balances: readonly TakenBalance[];
  /** Net price of the balances, units of the auction's asset: positive is paid by the taker. */
  readonly cashUnits: number;
}

/** Worth of an account's positions, debts and other collateral, sizes alone, USD micros: what shares of it are shares of. */
export function grossMicros(m: Machine, account: number, asset: number): number {
  const { positions, ledger, markets } = m;
  let gross = 0;
  const first = positions.first(account);
  for (let slot = first; slot < first + positions.count(account); slot++) {
    gross += notionalMicros(m, positions.instruments[slot]!, positions.lots[slot]!);
  }
  for (let other = 0; other < ledger.assetCount; other++) {
    if (other === asset) continue;
    const units = Math.abs(ledger.balance(account, other));
    gross += mulDivCeil(units, markets.assetPriceMicros(other), markets.assets.columns.unitsPerOne[other]!);
  }
  return Math.min(Number.MAX_SAFE_INTEGER, gross);
}

/** The part of an account that a share of it is: of positions up, of balances down, of debts up. Assets without a price stay. */
export function sliceOf(m: Machine, account: number, asset: number, sharePpm: number): Slice {
  const { positions, ledger, markets } = m;
  const share = BigInt(sharePpm);
  const taken: TakenPosition[] = [];
  const first = positions.first(account);
  for (let slot = first; slot < first + positions.count(account); slot++) {
    const instrument = positions.instruments[slot]!;
    const lots = Number(shareOfLotsUp(BigInt(positions.lots[slot]!), share, one));
    if (lots === 0) continue;
    const mark = markets.markMicros(instrument);
    const markMicros =
      mark > 0 || m.terms(instrument).isOption ? mark : markets.indexMicros(m.terms(instrument).underlying);
    taken.push({ instrument, lots, markMicros });
  }
  const balances: TakenBalance[] = [];
  let cashUnits = 0;
  const cashPrice = markets.assetPriceMicros(asset);
  const cashScale = markets.assets.columns.unitsPerOne[asset]!;
  const priced = cashPrice > 0 ? ledger.assetCount : 0;
  for (let other = 0; other < priced; other++) {
    const price = markets.assetPriceMicros(other);
    // What is held for a withdrawal stays with it.
    const balance = Math.min(ledger.balance(account, other), Math.max(0, ledger.available(account, other)));
    const owned = ledger.balance(account, other) < 0 ? ledger.balance(account, other) : balance;
    if (other === asset || price === 0 || owned === 0) continue;
    const units = Number(shareOfBalanceFloor(BigInt(owned), share, one));
    if (units === 0) continue;
    const worthMicros = mulDivCeil(units, price, markets.assets.columns.unitsPerOne[other]!);
    const worth = mulDivCeil(worthMicros, cashScale, cashPrice);
    balances.push({ asset: other, units, cashUnits: worth });
    cashUnits += worth;
  }
  return { positions: taken, balances, cashUnits };
}

/** A slice as trades of its taker, at the marks and without fees. */
export const fillsOf = (m: Machine, { positions }: Slice): TradeFill[] =>
  positions.map(({ instrument, lots, markMicros }) => ({
    instrument,
    lots,
    priceMicros: m.terms(instrument).isOption ? markMicros : Math.max(1, markMicros),
    feeUnits: 0,
  }));

/** Moves a slice from one account to another: positions at the mark, balances against cash. */
export function moveSlice(m: Machine, from: number, to: number, asset: number, slice: Slice): void {
  for (const position of slice.positions) movePosition(m, from, to, position, "auction");
  for (const { asset: other, units, cashUnits } of slice.balances) {
    if (units > 0) move(m, from, to, other, units, "auction");
    else move(m, to, from, other, -units, "auction");
    if (cashUnits > 0) move(m, to, from, asset, cashUnits, "auction");
    else move(m, from, to, asset, -cashUnits, "auction");
  }
}

/** What a part of a position is worth at its mark, settlement units, signed as its taker books it. */
function costOf(m: Machine, { instrument, lots, markMicros }: TakenPosition): number {
  const terms = m.terms(instrument);
  const size = Math.abs(lots);
  // Both sides book the same whole cost, whichever way it rounds: the clearing account stays exact.
  const worth = terms.isInverse
    ? mulDivFloor(size, terms.inverseNumerator, Math.max(1, markMicros))
    : mulDivFloor(size * terms.unitsPerLotTick, markMicros, terms.tickMicros);
  return lots > 0 === terms.isInverse ? 0 - worth : worth;
}

/** Most that a part of a position changes balances by when it changes hands, settlement units. */
function boundOf(m: Machine, from: number, to: number, position: TakenPosition): number {
  const { positions } = m;
  const entry = (account: number): number => {
    const slot = positions.find(account, position.instrument);
    return slot < 0 ? 0 : Math.abs(positions.entryUnits[slot]!);
  };
  return 2 * (Math.abs(costOf(m, position)) + entry(from) + entry(to));
}

/** Can an account's balance change by so much either way without coming near the ends of the safe integers? */
const isFree = ({ ledger }: Machine, account: number, asset: number, bound: number): boolean =>
  ledger.canCredit(account, asset, bound) && ledger.canDebit(account, asset, bound);

/** Can a part of a position change hands without any figure coming near the ends of the safe integers? */
export function canMove(m: Machine, from: number, to: number, position: TakenPosition): boolean {
  const { instrument, lots } = position;
  const { settlementAsset: asset, clearingAccount } = m.terms(instrument);
  const cost = costOf(m, position);
  const bound = boundOf(m, from, to, position);
  return (
    bound <= largestExposureUnits &&
    m.positions.canFill(to, instrument, lots, cost) &&
    m.positions.canFill(from, instrument, -lots, 0 - cost) &&
    [from, to, clearingAccount].every((account) => isFree(m, account, asset, bound))
  );
}

/** The same for a whole slice and what is paid on top, whichever of it comes first. */
export function canMoveSlice(
  m: Machine,
  from: number,
  to: number,
  asset: number,
  slice: Slice,
  discountUnits: number,
): boolean {
  if (!slice.positions.every((position) => canMove(m, from, to, position))) return false;
  const bounds = new Map<number, number>([[asset, discountUnits]]);
  const add = (of: number, units: number): void => {
    bounds.set(of, (bounds.get(of) ?? 0) + Math.abs(units));
  };
  for (const position of slice.positions) {
    add(m.terms(position.instrument).settlementAsset, boundOf(m, from, to, position));
  }
  for (const { asset: other, units, cashUnits } of slice.balances) {
    add(other, units);
    add(asset, cashUnits);
  }
  return [...bounds].every(([of, bound]) => isFree(m, from, of, bound) && isFree(m, to, of, bound));
}

/** One position, or a part of it, from one account to another at its mark: a trade outside the book, without fees. */
export function movePosition(
  m: Machine,
  from: number,
  to: number,
  { instrument, lots, markMicros }: TakenPosition,
  source: Traded["source"],
): void {
  const terms = m.terms(instrument);
  const cost = costOf(m, { instrument, lots, markMicros });
  m.emit({
    type: "traded",
    tradeId: m.state.nextTradeId++,
    instrument,
    priceMicros: markMicros,
    lots: Math.abs(lots),
    takerSide: sideNames[lots > 0 ? 0 : 1],
    source,
  });
  bookPosition(m, terms, to, lots, cost);
  bookPosition(m, terms, from, -lots, 0 - cost);
  trimReduceOnly(m, from, instrument);
  trimReduceOnly(m, to, instrument);
}
