import { type CancelReason, type ClearingEvent, type OrderFilled } from "../../clearing/protocol/events.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type Receipt } from "../api/protocol/commands.ts";
import { formatMicros, formatPpm } from "../views/amounts.ts";
import { type ClientCommandType } from "./command-inputs.ts";
import { type Instrument } from "./instrument.ts";

/** Refused by the machine: nothing changed but the nonce. */
export interface Refused {
  readonly outcome: "rejected";
  readonly sequence: number;
  readonly timeMs: number;
  readonly rejection: NonNullable<Receipt["rejection"]>;
  readonly events: readonly ClearingEvent[];
}

/** Durable: on the venue's disk before this was known. */
export interface Accepted {
  readonly outcome: "accepted";
  readonly sequence: number;
  readonly timeMs: number;
  /** All that the sender may see of what it caused, in order. docs/protocol.md has every event. */
  readonly events: readonly ClearingEvent[];
}

/** What a command gave besides its events. */
export interface CommandAnswers {
  openAccount: { readonly account: number };
  placeOrder: PlacedOrder;
  withdraw: { readonly withdrawal: number };
  requestQuote: { readonly request: number };
  offerQuote: { readonly offer: number };
  /** None if the account was above its margin once its orders were cancelled. */
  callLiquidation: { readonly liquidation?: number };
  bid: WonBid;
  stakeFund: { readonly shares: string };
  unstakeFund: { readonly unstake: number; readonly dueMs: number };
}

export interface WonBid {
  /** Of what the account held: what was asked for may have been cut. */
  readonly share: string;
  /** Net payment of the bidder, units of the auction's asset; negative: it received. */
  readonly paidUnits: number;
  /** What it got beyond fair value, in the same units. */
  readonly discountUnits: number;
}

export interface PlacedOrder {
  readonly orderId: number;
  /** Filled at once; average price of it. */
  readonly filled: string;
  readonly averagePrice: string | undefined;
  /** Resting in the book, or waiting for its trigger. */
  readonly open: string;
  /** Why what is neither filled nor open was cancelled. */
  readonly cancelled: CancelReason | undefined;
}

type AnswerOf<T extends ClientCommandType> = T extends keyof CommandAnswers ? CommandAnswers[T] : unknown;

/** What became of a command: told apart by `outcome`. A refusal is an answer, not an error. */
export type Outcome<T extends ClientCommandType = ClientCommandType> = (Accepted & AnswerOf<T>) | Refused;

/** The accepted outcome. @throws {PlimsollError} `PLM_REJECTED` with the machine's reason. */
export function accepted<O extends { readonly outcome: "accepted" | "rejected" }>(
  outcome: O | Refused,
): Extract<O, { readonly outcome: "accepted" }> {
  if (outcome.outcome === "rejected" && "rejection" in outcome) {
    const { code, field, value, limit, remedy, inUnits } = outcome.rejection;
    const beside = (own: number | string, decimal?: string): string =>
      inUnits === undefined
        ? String(own)
        : decimal === String(own)
          ? `${own} ${inUnits.unit}`
          : `${own} (${decimal} ${inUnits.unit})`;
    throw new PlimsollError("PLM_REJECTED", {
      field,
      value: `${beside(value, inUnits?.value)} (${code})`,
      limit: beside(limit, inUnits?.limit),
      remedy,
    });
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other kind has been thrown
  return outcome as Extract<O, { readonly outcome: "accepted" }>;
}

const isFilled = (event: ClearingEvent): event is OrderFilled => event.type === "orderFilled";

/** Of an order that was placed: the events of its own account tell. */
function placedOrder(
  events: readonly ClearingEvent[],
  instrument: Instrument | undefined,
): Partial<PlacedOrder> {
  const order = events.find((event) => event.type === "orderAccepted");
  if (order === undefined || instrument === undefined) return {};
  const { orderId } = order;
  const fills = events.filter(isFilled).filter((fill) => fill.orderId === orderId);
  const filledLots = fills.reduce((lots, fill) => lots + fill.lots, 0);
  const rested = events.find((event) => event.type === "orderRested" && event.orderId === orderId);
  const cancelled = events.find((event) => event.type === "orderCancelled" && event.orderId === orderId);
  const openLots = rested?.type === "orderRested" ? rested.lots : order.waiting ? order.lots : 0;
  return {
    orderId,
    filled: instrument.sizeOf(filledLots),
    averagePrice: filledLots === 0 ? undefined : averagePrice(fills, filledLots, instrument),
    open: instrument.sizeOf(cancelled === undefined ? openLots : 0),
    cancelled: cancelled?.type === "orderCancelled" ? cancelled.reason : undefined,
  };
}

/** Parts of a coin that inverse fills are added up in. */
const coinParts = 10n ** 24n;

/** Quote currency per unit of underlying over all fills, to the nearest micro. */
function averagePrice(fills: readonly OrderFilled[], filledLots: number, { spec }: Instrument): string {
  const tick = BigInt(spec.tickMicros);
  const lots = BigInt(filledLots);
  let [numerator, denominator] = [0n, lots];
  if (spec.settlement === "inverse") {
    // a lot is quote currency: what it is worth in coin adds up
    const coin = fills.reduce(
      (sum, fill) => sum + (BigInt(fill.lots) * coinParts) / BigInt(fill.priceTicks),
      0n,
    );
    [numerator, denominator] = [lots * coinParts * tick, coin];
  } else {
    for (const fill of fills) numerator += BigInt(fill.lots) * BigInt(fill.priceTicks) * tick;
  }
  return formatMicros(Number((2n * numerator + denominator) / (2n * denominator)));
}

function answerOf(
  type: ClientCommandType,
  events: readonly ClearingEvent[],
  instrument: Instrument | undefined,
): Readonly<Record<string, unknown>> {
  if (type === "placeOrder") return { ...placedOrder(events, instrument) };
  for (const event of events) {
    if (type === "openAccount" && event.type === "accountOpened") return { account: event.account };
    if (type === "withdraw" && event.type === "withdrawalRequested") return { withdrawal: event.withdrawal };
    if (type === "requestQuote" && event.type === "quoteRequested") return { request: event.request };
    if (type === "callLiquidation" && event.type === "liquidationStarted") {
      return { liquidation: event.liquidation };
    }
    if (type === "bid" && event.type === "auctionFilled") {
      const { sharePpm, paidUnits, discountUnits } = event;
      return { share: formatPpm(sharePpm), paidUnits, discountUnits };
    }
    if (type === "stakeFund" && event.type === "fundStaked") return { shares: formatMicros(event.shares) };
    if (type === "unstakeFund" && event.type === "unstakeRequested") {
      return { unstake: event.unstake, dueMs: event.dueMs };
    }
    if (type === "offerQuote" && event.type === "quoteOffered") return { offer: event.offer };
  }
  return {};
}

/** A receipt as what became of the command. */
export function outcomeOf<T extends ClientCommandType>(
  type: T,
  receipt: Receipt,
  instrument: Instrument | undefined,
): Outcome<T> {
  const { sequence, timeMs, events, rejection } = receipt;
  if (rejection !== undefined) return { outcome: "rejected", sequence, timeMs, rejection, events };
  const answer = answerOf(type, events, instrument);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the command's own events always give
  return { outcome: "accepted", sequence, timeMs, events, ...answer } as Outcome<T>;
}
