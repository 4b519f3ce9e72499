import { waterFill, type Winner } from "../../deleveraging/index.ts";
import { apportion } from "../../fund/index.ts";
import { type AccountFigures } from "../../margin/index.ts";
import { mulDivCeil, mulDivFloor } from "../../margin/mul-div.ts";
import { quoteTrade } from "../../vamm/index.ts";
import { safeInteger } from "../../../quantity/safe-integer.ts";
import { type Machine } from "../machine.ts";
import { announcePool } from "../pool-events.ts";
import { move } from "../transfers.ts";
import { deltasOf } from "./deltas.ts";
import { fundUnits } from "./fund.ts";
import { restoredMicros } from "./health.ts";
import { type Liquidation } from "./liquidation-table.ts";
import { notionalMicros } from "./steps.ts";
import { canMove, movePosition, type TakenPosition } from "./takeover.ts";
import { figuresWork, type Work } from "./work.ts";

/** Holders that one command looks at: those of the largest positions, if there are more. The rest follow with the next. */
const maxWinners = 2_048;

interface Cut {
  readonly account: number;
  readonly instrument: number;
  /** Signed change of the winner's position. */
  readonly lots: number;
  readonly markMicros: number;
  readonly micros: number;
}

/**
 * Closes all that an account holds against those on the other side, at the mark, so that the highest leverage among them falls. What the account
 * owes beyond all it has, and the fund cannot pay, those whose positions were closed give up in cash, exactly that.
 *
 * @returns whether all of its positions could be closed.
 */
export function deleverage(
  m: Machine,
  record: Liquidation,
  figures: AccountFigures,
  asset: number,
  work: Work,
): boolean {
  const account = record.id;
  const { positions, markets, closings } = m;
  const cuts: Cut[] = [];
  const first = positions.first(account);
  const held = Array.from({ length: positions.count(account) }, (_, i) => ({
    instrument: positions.instruments[first + i]!,
    lots: positions.lots[first + i]!,
  }));
  let winnersLeft = maxWinners;
  let heldMicros = 0;
  let closedMicros = 0;
  let isWhole = true;
  for (const { instrument, lots } of held) {
    if (lots === 0) continue;
    heldMicros += notionalMicros(m, instrument, lots);
    // What expired is settled in its turn, at its own price.
    if (closings.has(instrument) || work.left <= 0 || winnersLeft <= 0) {
      isWhole = false;
      continue;
    }
    const mark = markets.markMicros(instrument);
    const markMicros =
      mark > 0 || m.terms(instrument).isOption ? mark : markets.indexMicros(m.terms(instrument).underlying);
    let left = Math.abs(lots);
    const close = (winner: number, most: number): void => {
      const cut = Math.min(most, left);
      const part = { instrument, lots: Math.sign(lots) * cut, markMicros };
      if (cut === 0 || !canMove(m, account, winner, part)) return;
      if (m.accounts.isHouse(winner) && !takesBack(m, winner, part)) return;
      movePosition(m, account, winner, part, "deleveraging");
      if (m.accounts.isHouse(winner)) announcePool(m, instrument);
      const micros = notionalMicros(m, instrument, cut);
      cuts.push({ account: winner, instrument, lots: Math.sign(lots) * cut, markMicros, micros });
      closedMicros += micros;
      left -= cut;
    };
    const others = holdersAgainst(m, account, instrument, lots);
    const sound = others.sound.slice(0, winnersLeft);
    winnersLeft -= sound.length;
    for (const { account: winner, lots: cut } of cutsOf(m, instrument, lots, sound, work)) close(winner, cut);
    // Those in default themselves, who gain by it, and then the house's pool and fund: only what the others could not take.
    for (const { holder, held: size } of left > 0 ? others.rest : []) {
      close(holder, Math.abs(size));
      work.left--;
      if (left === 0 || work.left <= 0) break;
    }
    if (left > 0) isWhole = false;
  }
  takeShortfall(m, record, figures, asset, cuts, isWhole ? 1 : closedMicros / Math.max(1, heldMicros));
  return isWhole;
}

/** Lets a pool's curve follow what is closed against it; says whether it can. Other accounts of the house have no curve. */
function takesBack(m: Machine, holder: number, { instrument, lots }: TakenPosition): boolean {
  const pool = m.pools.find(instrument);
  if (pool?.account !== holder) return true;
  // At the mark, wherever the curve stands: its own limits are for trades that someone asked for.
  const terms = { ...pool.terms, minPriceMicros: 1, maxPriceMicros: Number.MAX_SAFE_INTEGER };
  const free = {
    ...terms,
    maxDeviationPpm: Number.MAX_SAFE_INTEGER,
    worsenLimitPpm: Number.MAX_SAFE_INTEGER,
  };
  const index = Math.max(1, m.markets.indexMicros(m.terms(instrument).underlying));
  const quote = quoteTrade(pool.curve, free, lots > 0 ? "sell" : "buy", Math.abs(lots), index);
  if (typeof quote === "string") return false;
  m.pools.put({ ...pool, curve: quote.after });
  m.noteBook(instrument);
  return true;
}

interface Holder {
  readonly holder: number;
  readonly held: number;
}

/** Who holds the other side of `lots`, largest first: sound accounts; then those in default, and at last the house. */
function holdersAgainst(
  m: Machine,
  account: number,
  instrument: number,
  lots: number,
): { readonly sound: Holder[]; readonly rest: Holder[] } {
  const { positions, accounts } = m;
  const sound: Holder[] = [];
  const inDefault: Holder[] = [];
  const house: Holder[] = [];
  for (const holder of positions.holders(instrument)) {
    const held = positions.lotsOf(holder, instrument);
    if (holder === account || held === 0 || held > 0 === lots > 0) continue;
    if (accounts.isHouse(holder)) house.push({ holder, held });
    else (m.liquidations.find(holder) ? inDefault : sound).push({ holder, held });
  }
  for (const list of [sound, inDefault, house])
    list.sort((a, b) => Math.abs(b.held) - Math.abs(a.held) || a.holder - b.holder);
  return { sound, rest: [...inDefault, ...house] };
}

/** Whose positions are closed against `lots` of an account, and by how much. */
function cutsOf(
  m: Machine,
  instrument: number,
  lots: number,
  others: readonly Holder[],
  work: Work,
): { account: number; lots: number }[] {
  const found: { account: number; winner: Winner }[] = [];
  for (const { holder, held } of others) {
    work.left -= 2 * figuresWork(m, holder);
    // Who owes more than it has gains by it, too, and comes last.
    const equityMicros = Math.max(1, m.margin.figures(holder).equityMicros);
    const { ofLot, net } = deltasOf(m, holder);
    const perLot = ofLot.get(instrument) ?? 0;
    const netDelta = net.get(m.terms(instrument).underlying) ?? 0;
    // In the direction of the position: what closing it would lessen.
    const netLots = perLot === 0 ? 0 : (netDelta / perLot) * Math.sign(held);
    const winner = { lots: Math.abs(held), netLots: Number.isFinite(netLots) ? netLots : 0, equityMicros };
    found.push({ account: holder, winner });
    if (work.left <= 0) break;
  }
  const cuts = waterFill(
    Math.abs(lots),
    found.map(({ winner }) => winner),
  );
  return found
    .map(({ account: holder }, i) => ({ account: holder, lots: cuts[i]! }))
    .filter((cut) => cut.lots > 0);
}

/**
 * The winners' part of the shortfall: by what was closed of each, at most what each can give and keep its margin. `part`: of all that is to be
 * closed, how much was.
 */
function takeShortfall(
  m: Machine,
  record: Liquidation,
  { equityMicros }: AccountFigures,
  asset: number,
  cuts: readonly Cut[],
  part: number,
): void {
  const { markets } = m;
  const price = markets.assetPriceMicros(asset);
  const scale = markets.assets.columns.unitsPerOne[asset]!;
  const owed = equityMicros >= 0 || price === 0 ? 0 : mulDivCeil(-equityMicros, scale, price);
  const lacking = Math.max(0, owed - fundUnits(m, asset, record.instrument));
  const shortfall = part >= 1 ? lacking : Math.floor(lacking * part);
  const weights = new Map<number, number>();
  for (const { account, micros } of cuts) weights.set(account, (weights.get(account) ?? 0) + micros);
  const winners = [...weights.keys()];
  const caps = winners.map((winner) =>
    shortfall === 0 ? 0n : BigInt(spareUnits(m, winner, asset, price, scale)),
  );
  const parts = apportion(
    BigInt(shortfall),
    [...weights.values()].map((micros) => BigInt(micros)),
    caps,
  );
  const due = new Map(winners.map((winner, i) => [winner, safeInteger(parts[i]!, "what a winner gives up")]));
  for (const { account, instrument, lots, markMicros: priceMicros } of cuts) {
    // All that an account gives up goes with the first of its cuts.
    const takenUnits = due.get(account) ?? 0;
    due.delete(account);
    if (takenUnits > 0) {
      move(m, account, record.id, asset, takenUnits, "deleveraging");
      m.liquidations.put({ ...(m.liquidations.find(record.id) ?? record), wasCovered: true });
    }
    const { liquidation } = record;
    m.emit({ type: "deleveraged", liquidation, account, instrument, lots, priceMicros, asset, takenUnits });
  }
}

/** What a winner can give up of an asset: what it has beyond the equity at which it would be left alone. The house gives through its fund. */
function spareUnits(m: Machine, winner: number, asset: number, price: number, scale: number): number {
  if (m.accounts.isHouse(winner)) return 0;
  const figures = m.margin.figures(winner);
  const spareMicros = Math.max(0, figures.equityMicros - restoredMicros(m, figures));
  return Math.max(0, Math.min(mulDivFloor(spareMicros, scale, price), m.ledger.available(winner, asset)));
}
