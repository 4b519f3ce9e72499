import { waterFill, type Winner } from "../../deleveraging/index.ts";
import { apportion } from "../../fund/index.ts";
import { type AccountFigures } from "../../margin/index.ts";
import { mulDivCeil } from "../../margin/mul-div.ts";
import { safeInteger } from "../../../quantity/safe-integer.ts";
import { type Machine } from "../machine.ts";
import { move } from "../transfers.ts";
import { deltasOf } from "./deltas.ts";
import { fundUnits } from "./fund.ts";
import { type Liquidation } from "./liquidation-table.ts";
import { notionalMicros } from "./steps.ts";
import { canMove, movePosition } from "./takeover.ts";

/** Holders that one instrument's deleveraging looks at: those of the largest positions, if there are more. */
const maxWinners = 4_096;

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
export function deleverage(m: Machine, record: Liquidation, figures: AccountFigures, asset: number): boolean {
  const account = record.id;
  const { positions, markets } = m;
  const cuts: Cut[] = [];
  let isWhole = true;
  const first = positions.first(account);
  const held = Array.from({ length: positions.count(account) }, (_, i) => ({
    instrument: positions.instruments[first + i]!,
    lots: positions.lots[first + i]!,
  }));
  for (const { instrument, lots } of held) {
    if (lots === 0) continue;
    const mark = markets.markMicros(instrument);
    const markMicros =
      mark > 0 || m.terms(instrument).isOption ? mark : markets.indexMicros(m.terms(instrument).underlying);
    let closed = 0;
    for (const { account: winner, lots: cut } of cutsOf(m, account, instrument, lots)) {
      const part = { instrument, lots: Math.sign(lots) * cut, markMicros };
      if (!canMove(m, account, winner, part)) continue;
      movePosition(m, account, winner, part, "deleveraging");
      const micros = notionalMicros(m, instrument, cut);
      cuts.push({ account: winner, instrument, lots: Math.sign(lots) * cut, markMicros, micros });
      closed += cut;
    }
    if (closed < Math.abs(lots)) isWhole = false;
  }
  takeShortfall(m, record, figures, asset, cuts);
  return isWhole;
}

/** Whose positions are closed against `lots` of an account, and by how much. */
function cutsOf(
  m: Machine,
  account: number,
  instrument: number,
  lots: number,
): { account: number; lots: number }[] {
  const { positions, accounts } = m;
  const others: { holder: number; held: number }[] = [];
  for (const holder of positions.holders(instrument)) {
    const held = positions.lotsOf(holder, instrument);
    if (holder === account || held === 0 || held > 0 === lots > 0) continue;
    if (accounts.isHouse(holder) || m.liquidations.find(holder)) continue;
    others.push({ holder, held });
  }
  others.sort((a, b) => Math.abs(b.held) - Math.abs(a.held) || a.holder - b.holder);
  const found: { account: number; winner: Winner }[] = [];
  for (const { holder, held } of others.slice(0, maxWinners)) {
    const { equityMicros } = m.margin.figures(holder);
    if (equityMicros <= 0) continue;
    const { ofLot, net } = deltasOf(m, holder);
    const perLot = ofLot.get(instrument) ?? 0;
    const netDelta = net.get(m.terms(instrument).underlying) ?? 0;
    // In the direction of the position: what closing it would lessen.
    const netLots = perLot === 0 ? 0 : (netDelta / perLot) * Math.sign(held);
    const winner = { lots: Math.abs(held), netLots: Number.isFinite(netLots) ? netLots : 0, equityMicros };
    found.push({ account: holder, winner });
  }
  const cuts = waterFill(
    Math.abs(lots),
    found.map(({ winner }) => winner),
  );
  return found
    .map(({ account: holder }, i) => ({ account: holder, lots: cuts[i]! }))
    .filter((cut) => cut.lots > 0);
}

/** The winners' part of the shortfall: by what was closed of each, at most what each can give and stay solvent. Exact. */
function takeShortfall(
  m: Machine,
  record: Liquidation,
  { equityMicros }: AccountFigures,
  asset: number,
  cuts: readonly Cut[],
): void {
  const { markets } = m;
  const price = markets.assetPriceMicros(asset);
  const scale = markets.assets.columns.unitsPerOne[asset]!;
  const owed = equityMicros >= 0 || price === 0 ? 0 : mulDivCeil(-equityMicros, scale, price);
  const shortfall = Math.max(0, owed - fundUnits(m, asset, record.instrument));
  const weights = cuts.map(({ micros }) => BigInt(micros));
  const room = new Map<number, bigint>();
  const caps = cuts.map(({ account }) => {
    // Each account's room is used up by the first of its cuts; later ones get what is left of it in the next round.
    const known = room.get(account);
    if (known !== undefined) return 0n;
    const figures = m.margin.figures(account);
    const spare = Math.max(0, Math.min(figures.equityMicros, m.ledger.available(account, asset)));
    const units = BigInt(spare);
    room.set(account, units);
    return units;
  });
  const parts = apportion(BigInt(shortfall), weights, caps);
  for (const [i, { account, instrument, lots, markMicros: priceMicros }] of cuts.entries()) {
    const takenUnits = safeInteger(parts[i]!, "what a winner gives up");
    if (takenUnits > 0) move(m, account, record.id, asset, takenUnits, "deleveraging");
    const { liquidation } = record;
    m.emit({ type: "deleveraged", liquidation, account, instrument, lots, priceMicros, asset, takenUnits });
  }
}
