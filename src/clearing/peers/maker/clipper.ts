import { callerRewardFloor, worthRestarting } from "../../auction/incentive.ts";
import { type LotSale, lotSaleOver, takeFromLot } from "../../auction/lot-sale.ts";
import { resetDue } from "../../auction/reset.ts";
import { roomUnder, startPart } from "../../auction/room.ts";
import { refusedByGuards } from "../../auction/bid-guards.ts";
import { type MakerCurve, makerPrice, ray } from "./price-curves.ts";

const wad = 10n ** 18n;
/** Rays in a wad. */
const billion = 10n ** 9n;

/** What governs Maker's auctions of one collateral. Wads have 18 decimals, rays 27, rads 45. */
export interface MakerParams {
  readonly dustRad: bigint;
  /** Penalty, 1.13 is 13 %. */
  readonly chopWad: bigint;
  /** Caps on what may be in auction, of the collateral and of all; nothing else is. */
  readonly holeRad: bigint;
  readonly globalHoleRad: bigint;
  /** Starting price over the oracle's. */
  readonly bufRay: bigint;
  readonly tail: bigint;
  readonly cuspRay: bigint;
  readonly chipWad: bigint;
  readonly tipRad: bigint;
  readonly curve: MakerCurve;
}

/** A vault: collateral, normalised debt, the debt's accumulator and the price that its safety is judged by. */
export interface MakerVault {
  readonly inkWad: bigint;
  readonly artWad: bigint;
  readonly rateRay: bigint;
  readonly spotRay: bigint;
}

/** An operation that the contracts revert, with their reason. It changes nothing. */
export interface MakerRefusal {
  readonly refused: string;
}

/** A running auction. All 0 when finished. */
export interface MakerSale {
  readonly tabRad: bigint;
  readonly lotWad: bigint;
  readonly topRay: bigint;
  /** Seconds, on the clock of its operations. */
  readonly startedAt: bigint;
}

export interface MakerBark {
  readonly sale: MakerSale;
  readonly remainingInkWad: bigint;
  readonly remainingArtWad: bigint;
  readonly keeperRad: bigint;
}

export interface MakerStep {
  readonly sale: MakerSale;
  readonly owePaidRad: bigint;
  readonly sliceWad: bigint;
  readonly keeperRad: bigint;
  /** What goes back to the vault's owner in this step. */
  readonly returnedWad: bigint;
}

const finished: MakerSale = { tabRad: 0n, lotWad: 0n, topRay: 0n, startedAt: 0n };

/** Least that may be left to raise, or be restarted for a reward: dust with its penalty. */
const leastRad = ({ dustRad, chopWad }: MakerParams): bigint => (dustRad * chopWad) / wad;

const rewardRad = ({ tipRad, chipWad }: MakerParams, tabRad: bigint): bigint =>
  callerRewardFloor({ flat: tipRad, part: chipWad, one: wad }, tabRad);

const topOf = ({ bufRay }: MakerParams, feedWad: bigint): bigint => (feedWad * billion * bufRay) / ray;

const ceilDivide = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** Puts as much of an unsafe vault up for auction as there is room for. Time 0. */
export function makerBark(params: MakerParams, vault: MakerVault, feedWad: bigint): MakerBark | MakerRefusal {
  const { inkWad, artWad, rateRay, spotRay } = vault;
  if (spotRay === 0n || inkWad * spotRay >= artWad * rateRay) return { refused: "Dog/not-unsafe" };
  const room = roomUnder([
    { limit: params.holeRad, inAuction: 0n },
    { limit: params.globalHoleRad, inAuction: 0n },
  ]);
  if (room === undefined || room === 0n) return { refused: "Dog/liquidation-limit-hit" };
  // The caps count debt with its penalty; vaults count normalised debt.
  const roomWad = (room * wad) / (rateRay * params.chopWad);
  const artTaken = startPart(artWad, roomWad, ceilDivide(params.dustRad, rateRay));
  if (typeof artTaken === "string") {
    // Room of less than a unit of debt: without dust nothing is too small, but nothing comes of it.
    const nothing = params.dustRad === 0n;
    return { refused: nothing ? "Dog/null-auction" : "Dog/dusty-auction-from-partial-liquidation" };
  }
  const lotWad = (inkWad * artTaken) / artWad;
  if (lotWad === 0n) return { refused: "Dog/null-auction" };
  const tabRad = (artTaken * rateRay * params.chopWad) / wad;
  const topRay = topOf(params, feedWad);
  if (topRay === 0n) return { refused: "Clipper/zero-top-price" };
  return {
    sale: { tabRad, lotWad, topRay, startedAt: 0n },
    remainingInkWad: inkWad - lotWad,
    remainingArtWad: artWad - artTaken,
    keeperRad: rewardRad(params, tabRad),
  };
}

/** Whether a sale waits for a restart, and its price now. */
export function makerStatus(
  { curve, tail, cuspRay }: MakerParams,
  { topRay, lotWad, startedAt }: MakerSale,
  now: bigint,
): { readonly needsRedo: boolean; readonly priceRay: bigint } {
  const elapsed = now - startedAt;
  const priceRay = makerPrice(curve, topRay, elapsed);
  const due = resetDue(
    { longest: tail, lowest: cuspRay, one: ray },
    { elapsed, price: priceRay, startPrice: topRay },
  );
  return { needsRedo: lotWad > 0n && due, priceRay };
}

/** Buys up to `amountWad` of the lot, at no more than `maxRay`. */
export function makerTake(
  params: MakerParams,
  sale: MakerSale,
  now: bigint,
  amountWad: bigint,
  maxRay: bigint,
): MakerStep | MakerRefusal {
  if (sale.lotWad === 0n) return { refused: "Clipper/not-running-auction" };
  const { needsRedo, priceRay } = makerStatus(params, sale, now);
  if (needsRedo) return { refused: "Clipper/needs-reset" };
  // Its guard is on the price of a unit.
  const unit = { form: "solvent", received: amountWad, paid: priceRay } as const;
  if (refusedByGuards({ maxPaid: maxRay }, unit)) return { refused: "Clipper/too-expensive" };
  const lot: LotSale = { owed: sale.tabRad, lot: sale.lotWad };
  const taken = takeFromLot(lot, amountWad, priceRay, leastRad(params));
  if (taken === "dust") return { refused: "Clipper/no-partial-purchase" };
  const { after } = taken;
  const over = lotSaleOver(after);
  return {
    sale: over ? finished : { ...sale, tabRad: after.owed, lotWad: after.lot },
    owePaidRad: taken.payment,
    sliceWad: taken.slice,
    keeperRad: 0n,
    returnedWad: over ? after.lot : 0n,
  };
}

/** Restarts a sale that waits for it, from the oracle's price now. */
export function makerRedo(
  params: MakerParams,
  sale: MakerSale,
  now: bigint,
  feedWad: bigint,
): MakerStep | MakerRefusal {
  const { tabRad, lotWad } = sale;
  if (lotWad === 0n) return { refused: "Clipper/not-running-auction" };
  if (!makerStatus(params, sale, now).needsRedo) return { refused: "Clipper/cannot-reset" };
  const topRay = topOf(params, feedWad);
  if (topRay === 0n) return { refused: "Clipper/zero-top-price" };
  const rewarded = worthRestarting(tabRad, lotWad * feedWad * billion, leastRad(params));
  return {
    sale: { tabRad, lotWad, topRay, startedAt: now },
    owePaidRad: 0n,
    sliceWad: 0n,
    keeperRad: rewarded ? rewardRad(params, tabRad) : 0n,
    returnedWad: 0n,
  };
}
