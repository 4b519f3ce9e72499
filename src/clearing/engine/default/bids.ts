import { refusedByGuards } from "../../auction/index.ts";
import { type AccountFigures } from "../../margin/index.ts";
import { mulDivFloor } from "../../margin/mul-div.ts";
import { maxPositionsPerAccount } from "../../positions/index.ts";
import { type Bid, type Rejection } from "../../protocol/index.ts";
import { checkCapacity } from "../capacity.ts";
import { checkSpend } from "../cash.ts";
import { type Machine } from "../machine.ts";
import { checkOpen } from "../money.ts";
import { move, refuse } from "../transfers.ts";
import { quoteAuction, shareOf } from "./auction-price.ts";
import { type Auction } from "./auction-table.ts";
import { renewalDue } from "./auctions.ts";
import { isCured, isNoWorse } from "./health.ts";
import { cutsHedge } from "./hedge-cut.ts";
import { lookAgain } from "./liquidate.ts";
import { fundUnits, payFromFund } from "./fund.ts";
import { canMoveSlice, fillsOf, grossMicros, moveSlice, type Slice, sliceOf } from "./takeover.ts";

/** Share of all that is for sale, ppm. */
const whole = 1_000_000;

/** What a bid comes to, before anything is done. */
export interface Sale {
  readonly sharePpm: number;
  readonly slice: Slice;
  /** What the bidder gets beyond fair value, units of the auction's asset. */
  readonly discountUnits: number;
  /** The account's own part of that; the rest is the fund's. */
  readonly ownUnits: number;
  /** Net payment of the bidder; negative: it receives. */
  readonly paidUnits: number;
}

/** Takes over a share of what an account in auction holds. */
export function bid(m: Machine, command: Bid): Rejection | undefined {
  const auction = m.auctions.find(command.auction);
  if (!auction) return refuse("unknownAuction", "auction", command.auction, "a running auction");
  const { account: bidder } = command;
  const closed = checkOpen(m);
  if (closed) return closed;
  if (m.accounts.owner(bidder) === m.accounts.owner(auction.account)) {
    return refuse("notAuthorized", "account", bidder, "an account of another owner");
  }
  if (m.liquidations.find(bidder))
    return refuse("inDefault", "account", bidder, "an account that is not liquidated");
  const figures = m.margin.figures(auction.account);
  const due = renewalDue(m, auction, figures);
  if (due) return refuse("auctionMoved", "auction", command.auction, `one that begins anew as ${due}`);
  const record = m.liquidations.find(auction.account);
  const isOver = !record || isCured(m, record, figures);
  let sale = isOver ? undefined : saleOf(m, auction, command.sharePpm);
  if (!sale || sale.sharePpm <= 0)
    return refuse("auctionMoved", "sharePpm", command.sharePpm, "an account that is not restored yet");
  if (isHarmful(m, auction, sale, figures)) {
    // Who would have all of it gets all of it, though less would restore the account.
    if (command.sharePpm < whole) {
      return refuse("auctionMoved", "sharePpm", sale.sharePpm, "a share that cuts no hedge in two, or all");
    }
    sale = saleOf(m, auction, whole, whole);
  }
  const refused = checkGuards(command, auction, sale) ?? checkBidder(m, bidder, auction, sale);
  if (refused) return refused;
  carryOut(m, auction, bidder, sale);
  return undefined;
}

function saleOf(m: Machine, auction: Auction, wantedPpm: number, leastPpm: number = 0): Sale {
  const { account, asset } = auction;
  const figures = m.margin.figures(account);
  const { largestPpm, discountMicros } = quoteAuction(m, auction, figures);
  const most = Math.max(largestPpm, leastPpm);
  const sharePpm = shareOf(m, wantedPpm, most, grossMicros(m, account, asset));
  const slice = sliceOf(m, account, asset, sharePpm);
  const price = m.markets.assetPriceMicros(asset);
  const scale = m.markets.assets.columns.unitsPerOne[asset]!;
  const micros = mulDivFloor(discountMicros, sharePpm, 1_000_000);
  const unitsOf = (of: number): number => (price === 0 ? 0 : mulDivFloor(of, scale, price));
  let discountUnits = unitsOf(micros);
  let ownUnits = discountUnits;
  if (auction.auctionType === "insolvent") {
    const instrument = m.liquidations.find(account)?.instrument ?? -1;
    // The fund pays nothing that the account itself can.
    const own = mulDivFloor(Math.max(0, figures.equityMicros), sharePpm, 1_000_000);
    ownUnits = Math.min(discountUnits, unitsOf(own));
    discountUnits = ownUnits + Math.min(discountUnits - ownUnits, fundUnits(m, asset, instrument));
  }
  return { sharePpm, slice, discountUnits, ownUnits, paidUnits: slice.cashUnits - discountUnits };
}

/**
 * Would a bid leave the account in worse health, or with one leg of a hedge? Positions are taken in whole lots: of a leg that has few, a small
 * share would take all.
 */
function isHarmful(m: Machine, auction: Auction, sale: Sale, before: AccountFigures): boolean {
  const { slice, discountUnits, ownUnits, paidUnits, sharePpm } = sale;
  if (sharePpm === whole) return false;
  if (cutsHedge(m, auction.account, slice, sharePpm)) return true;
  const fills = fillsOf(m, slice).map((fill) => ({ ...fill, lots: 0 - fill.lots }));
  const balances = [
    ...slice.balances.map(({ asset, units }) => ({ asset, units: 0 - units })),
    { asset: auction.asset, units: paidUnits + discountUnits - ownUnits },
  ];
  return !isNoWorse(before, m.margin.figuresAfter(auction.account, fills, balances));
}

function checkGuards(command: Bid, auction: Auction, { paidUnits, sharePpm }: Sale): Rejection | undefined {
  const { auctionType, maxPaidUnits, minReceivedUnits } = command;
  const maxPaid = BigInt(maxPaidUnits) - BigInt(minReceivedUnits);
  const outcome = { form: auction.auctionType, received: BigInt(sharePpm), paid: BigInt(paidUnits) };
  const broken = refusedByGuards({ form: auctionType, maxPaid }, outcome);
  if (!broken) return undefined;
  if (broken.reason === "form")
    return refuse("auctionMoved", "auctionType", auctionType, auction.auctionType);
  return minReceivedUnits > 0
    ? refuse("auctionMoved", "minReceivedUnits", minReceivedUnits, Math.max(0, -paidUnits))
    : refuse("auctionMoved", "maxPaidUnits", maxPaidUnits, paidUnits);
}

/** Can the bidder carry what it takes, and pay for it? Its margin is looked at as it stands afterwards. */
function checkBidder(m: Machine, bidder: number, auction: Auction, sale: Sale): Rejection | undefined {
  const { positions, markets } = m;
  const { slice, paidUnits } = sale;
  if (!canMoveSlice(m, auction.account, bidder, auction.asset, slice, sale.discountUnits)) {
    return refuse("overCapacity", "sharePpm", sale.sharePpm, "what the machine can count");
  }
  let added = 0;
  for (const { instrument, lots, markMicros } of slice.positions) {
    const terms = m.terms(instrument);
    const ticks = Math.max(1, Math.ceil(markMicros / terms.tickMicros));
    const full = checkCapacity(m, terms, bidder, lots > 0 ? 0 : 1, Math.abs(lots), ticks);
    if (full) return { ...full, field: "sharePpm" };
    const slot = positions.find(bidder, instrument);
    if (slot < 0) added++;
    const after = Math.abs((slot < 0 ? 0 : positions.lots[slot]!) + lots);
    const limit = markets.instruments.columns.positionLimitLots[instrument]!;
    if (after > limit) return refuse("overPositionLimit", "sharePpm", after, limit);
  }
  if (positions.count(bidder) + added > maxPositionsPerAccount) {
    return refuse("tooManyPositions", "sharePpm", positions.count(bidder) + added, maxPositionsPerAccount);
  }
  for (const { asset, units } of slice.balances) {
    const unpaid = units < 0 ? checkSpend(m, bidder, asset, -units, "sharePpm") : undefined;
    if (unpaid) return unpaid;
  }
  const unpaid = paidUnits > 0 ? checkSpend(m, bidder, auction.asset, paidUnits, "sharePpm") : undefined;
  if (unpaid) return unpaid;
  const balances = [
    ...slice.balances.map(({ asset, units }) => ({ asset, units })),
    { asset: auction.asset, units: -paidUnits },
  ];
  return m.margin.checkTakeover(bidder, fillsOf(m, slice), balances);
}

function carryOut(m: Machine, auction: Auction, bidder: number, sale: Sale): void {
  const { account, asset, id } = auction;
  const { slice, sharePpm, discountUnits, ownUnits, paidUnits } = sale;
  moveSlice(m, account, bidder, asset, slice);
  const record = m.liquidations.find(account);
  move(m, account, bidder, asset, ownUnits, "auction");
  const fromFund = discountUnits - ownUnits;
  if (fromFund > 0 && record) {
    payFromFund(m, record, bidder, asset, fromFund);
    m.liquidations.put({ ...record, wasCovered: true });
  }
  m.emit({ type: "auctionFilled", auction: id, account, bidder, sharePpm, asset, paidUnits, discountUnits });
  lookAgain(m, account);
}

/** For tests and views: what a bid of this size would come to now. */
export const previewBid = (m: Machine, auction: Auction, sharePpm: number): Sale =>
  saleOf(m, auction, sharePpm);
