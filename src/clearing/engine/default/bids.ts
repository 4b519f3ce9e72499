import { refusedByGuards } from "../../auction/index.ts";
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
import { lookAgain } from "./liquidate.ts";
import { fundUnits, payFromFund } from "./fund.ts";
import { canMove, fillsOf, grossMicros, moveSlice, type Slice, sliceOf } from "./takeover.ts";

/** What a bid comes to, before anything is done. */
export interface Sale {
  readonly sharePpm: number;
  readonly slice: Slice;
  /** What the bidder gets beyond fair value, units of the auction's asset. */
  readonly discountUnits: number;
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
  const sale = saleOf(m, auction, command.sharePpm);
  if (sale.sharePpm <= 0)
    return refuse("auctionMoved", "sharePpm", command.sharePpm, "an account that is not restored yet");
  const refused = checkGuards(command, auction, sale) ?? checkBidder(m, bidder, auction, sale);
  if (refused) return refused;
  carryOut(m, auction, bidder, sale);
  return undefined;
}

function saleOf(m: Machine, auction: Auction, wantedPpm: number): Sale {
  const { account, asset } = auction;
  const figures = m.margin.figures(account);
  const { largestPpm, discountMicros } = quoteAuction(m, auction, figures);
  const sharePpm = shareOf(m, wantedPpm, largestPpm, grossMicros(m, account, asset));
  const slice = sliceOf(m, account, asset, sharePpm);
  const price = m.markets.assetPriceMicros(asset);
  const scale = m.markets.assets.columns.unitsPerOne[asset]!;
  const micros = mulDivFloor(discountMicros, sharePpm, 1_000_000);
  let discountUnits = price === 0 ? 0 : mulDivFloor(micros, scale, price);
  if (auction.auctionType === "insolvent") {
    const instrument = m.liquidations.find(account)?.instrument ?? -1;
    discountUnits = Math.min(discountUnits, fundUnits(m, asset, instrument));
  }
  return { sharePpm, slice, discountUnits, paidUnits: slice.cashUnits - discountUnits };
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
  let added = 0;
  for (const { instrument, lots, markMicros } of slice.positions) {
    const terms = m.terms(instrument);
    const ticks = Math.max(1, Math.ceil(markMicros / terms.tickMicros));
    const full = checkCapacity(m, terms, bidder, lots > 0 ? 0 : 1, Math.abs(lots), ticks);
    if (full) return { ...full, field: "sharePpm" };
    if (!canMove(m, auction.account, bidder, { instrument, lots, markMicros })) {
      return refuse("overCapacity", "sharePpm", lots, "what the machine can count");
    }
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
  const { account, asset, auctionType, id } = auction;
  const { slice, sharePpm, discountUnits, paidUnits } = sale;
  moveSlice(m, account, bidder, asset, slice);
  const record = m.liquidations.find(account);
  if (auctionType === "insolvent" && record) {
    payFromFund(m, record, bidder, asset, discountUnits);
    if (discountUnits > 0) m.liquidations.put({ ...record, wasCovered: true });
  } else move(m, account, bidder, asset, discountUnits, "auction");
  m.emit({ type: "auctionFilled", auction: id, account, bidder, sharePpm, asset, paidUnits, discountUnits });
  lookAgain(m, account);
}

/** For tests and views: what a bid of this size would come to now. */
export const previewBid: typeof saleOf = saleOf;
