import { roomUnder } from "../../auction/index.ts";
import { type AccountFigures } from "../../margin/index.ts";
import { type AuctionEnded, type AuctionType } from "../../protocol/index.ts";
import { clampMoney } from "../../margin/mul-div.ts";
import { type Machine } from "../machine.ts";
import { curveLength, resetDue, levelCeil } from "../../auction/index.ts";
import { type Auction } from "./auction-table.ts";
import { elapsedOf, solventCurve } from "./auction-price.ts";
import { isThin } from "./health.ts";
import { one } from "./takeover.ts";
import { type Liquidation } from "./liquidation-table.ts";
import { notionalMicros } from "./steps.ts";

/** The auction of an account, if it is in one. */
export const auctionOf = (m: Machine, record: Liquidation): Auction | undefined =>
  record.auction === 0 ? undefined : m.auctions.find(record.auction);

/** Puts all that an account holds up for auction; undefined while as much is in auction as may be. Who has lost all waits for no one. */
export function startAuction(
  m: Machine,
  record: Liquidation,
  { equityMicros, maintenanceMicros }: AccountFigures,
): Liquidation | undefined {
  const { auctions, state, markets } = m;
  const limit = BigInt(markets.liquidation.get("auctionCapMicros"));
  const room = roomUnder([{ limit, inAuction: BigInt(state.inAuctionMicros) }]);
  // The first always fits, however large. Steps go on for those that wait; they do nothing for one whose equity is gone.
  const mustWait = equityMicros > 0 && state.inAuctionMicros > 0 && (room ?? 0n) < BigInt(maintenanceMicros);
  if (auctions.isFull || mustWait) return undefined;
  const id = state.nextAuction++;
  const auctionType: AuctionType = equityMicros > 0 ? "solvent" : "insolvent";
  const asset = cashAsset(m, record.id);
  auctions.put({
    id,
    account: record.id,
    auctionType,
    asset,
    startMs: state.timeMs,
    requirementMicros: maintenanceMicros,
  });
  state.inAuctionMicros = clampMoney(state.inAuctionMicros + maintenanceMicros);
  const started = { ...record, stage: "auction", auction: id } as const;
  m.liquidations.put(started);
  m.emit({
    type: "auctionStarted",
    auction: id,
    liquidation: record.liquidation,
    account: record.id,
    auctionType,
    asset,
    equityMicros,
    maintenanceMicros,
  });
  return started;
}

export function endAuction(m: Machine, auction: Auction, reason: AuctionEnded["reason"]): void {
  m.auctions.remove(auction.id);
  m.state.inAuctionMicros = Math.max(0, m.state.inAuctionMicros - auction.requirementMicros);
  m.emit({ type: "auctionEnded", auction: auction.id, reason });
}

/** The form that an auction must begin anew in before anyone may bid; undefined while it may go on. */
export function renewalDue(m: Machine, auction: Auction, figures: AccountFigures): AuctionType | undefined {
  const { liquidation } = m.markets;
  const elapsed = BigInt(elapsedOf(m, auction));
  // What would have kept it out of an auction: the fund pays nothing for such an account.
  const hasEnough = !isThin(m, figures);
  if (auction.auctionType === "insolvent") return hasEnough ? "solvent" : undefined;
  const curve = solventCurve(liquidation);
  const price = levelCeil(curve, elapsed);
  const length = curveLength(curve);
  if (figures.equityMicros <= 0) return "insolvent";
  if (price === 0n || (length !== undefined && elapsed >= length)) return hasEnough ? "solvent" : "insolvent";
  const longest = BigInt(liquidation.get("resetMs"));
  const lowest = BigInt(liquidation.get("resetPpm"));
  const startPrice = levelCeil(curve, 0n);
  return resetDue({ longest, lowest, one }, { elapsed, price, startPrice }) ? "solvent" : undefined;
}

/**
 * Lets an auction take the form that fits the account, and start anew when its time is up. A solvent auction that found nobody down to nothing goes on as an
 * insolvent one, in which the fund pays, if too little equity is left. Says whether an insolvent one has run so long that winners must take over.
 */
export function renewAuction(m: Machine, auction: Auction, figures: AccountFigures): boolean {
  const due = renewalDue(m, auction, figures);
  if (due) turn(m, auction, due);
  if (due || auction.auctionType === "solvent") return false;
  return elapsedOf(m, auction) >= m.markets.liquidation.get("deleverageMs");
}

function turn(m: Machine, auction: Auction, auctionType: AuctionType): void {
  m.auctions.put({ ...auction, auctionType, startMs: m.state.timeMs });
  m.emit({ type: "auctionReset", auction: auction.id, auctionType });
}

/** The first asset whose price is the dollar's by its kind: what the fund is kept in. */
export function dollarAsset(m: Machine): number {
  const { kind } = m.markets.assets.columns;
  for (let asset = 0; asset < m.ledger.assetCount; asset++) if (kind[asset]! <= 1) return asset;
  return 0;
}

/** What bids are paid in: the settlement asset of the largest position, else the first asset whose price is that of the dollar. */
function cashAsset(m: Machine, account: number): number {
  const { positions } = m;
  const first = positions.first(account);
  let found = -1;
  let most = -1;
  for (let slot = first; slot < first + positions.count(account); slot++) {
    const instrument = positions.instruments[slot]!;
    const micros = notionalMicros(m, instrument, positions.lots[slot]!);
    if (m.terms(instrument).isSpot || micros <= most) continue;
    most = micros;
    found = m.terms(instrument).settlementAsset;
  }
  return found >= 0 ? found : dollarAsset(m);
}
