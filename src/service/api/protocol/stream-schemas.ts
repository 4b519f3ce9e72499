import { type JsonSchema } from "../../../clearing/protocol/json-schema.ts";
import { eventRef, receiptSchema, signedCommandSchema } from "./commands.ts";
import { auctionType } from "./default-schemas.ts";
import { apiErrorSchema } from "./errors.ts";
import { constant, decimal, flag, listOf, object, text, timeMs, tuple, whole, word } from "./schema.ts";
import {
  type AccountSnapshot,
  type AuctionEntry,
  type AuctionFill,
  type AuctionsSnapshot,
  type BookSnapshot,
  type BookUpdate,
  type ClientMessage,
  type FundingEntry,
  type FundingSnapshot,
  type LiquidationEntry,
  type LiquidationsSnapshot,
  type MarksSnapshot,
  type ServerMessage,
  type TradesSnapshot,
} from "./stream.ts";
import { accountSchema, markSchema, orderSchema, tradeSchema } from "./view-schemas.ts";

type ClientOp<O extends ClientMessage["op"]> = Extract<ClientMessage, { readonly op: O }>;

const id: JsonSchema = whole("Any number; it comes back in the answer.");
const channelName: JsonSchema = {
  type: "string",
  description: "book:NAME, trades:NAME, marks, funding, liquidations, auctions or account:N.",
  minLength: 1,
  maxLength: 80,
};

/** What clients send, by `op`. */
export const clientMessageSchemas: Readonly<Record<ClientMessage["op"], JsonSchema>> = {
  authenticate: object<ClientOp<"authenticate">>("Shows a session's token, for channels of accounts.", {
    op: constant("authenticate"),
    id,
    token: { type: "string", description: "The session's token.", maxLength: 128 },
  }),
  subscribe: object<ClientOp<"subscribe">>(
    "Asks for a channel: its snapshot and every update from then on, or what came after `resume`.",
    {
      op: constant("subscribe"),
      id,
      channel: channelName,
      resume: object<NonNullable<ClientOp<"subscribe">["resume"]>>("Where the client left the channel.", {
        epoch: { type: "string", description: "Of the channel's messages.", maxLength: 64 },
        sequence: whole("Of the last message that was taken."),
      }),
    },
    ["resume"],
  ),
  unsubscribe: object<ClientOp<"unsubscribe">>("Ends a subscription.", {
    op: constant("unsubscribe"),
    id,
    channel: channelName,
  }),
  command: object<ClientOp<"command">>("Sends a command; a receipt follows, or an error.", {
    op: constant("command"),
    id,
    signed: signedCommandSchema,
  }),
  ping: object<ClientOp<"ping">>("Asks for a pong.", { op: constant("ping"), id }),
};

export const clientMessageSchema: JsonSchema = {
  type: "object",
  description: "A message from a client.",
  discriminator: { propertyName: "op" },
  oneOf: Object.values(clientMessageSchemas),
};

const side = whole("0 bid, 1 ask.");
const priceTicks = whole("Price in ticks.", 1);
const level = tuple("A level.", priceTicks, whole("All lots at it.", 1));

/** What channels carry. */
export const channelSchemas: Readonly<
  Record<
    "book" | "trades" | "marks" | "funding" | "liquidations" | "auctions" | "account",
    { readonly snapshot: JsonSchema; readonly update: JsonSchema }
  >
> = {
  book: {
    snapshot: object<BookSnapshot>("A whole book.", {
      instrument: text("Name of the instrument."),
      instrumentIndex: whole("Its number."),
      bids: listOf("Every bid level, best first.", level),
      asks: listOf("Every ask level, best first.", level),
    }),
    update: object<BookUpdate>("Levels that changed.", {
      changes: listOf(
        "In no order.",
        tuple("A level.", side, priceTicks, whole("All lots at it from now on; 0: it is gone.")),
      ),
    }),
  },
  trades: same(object<TradesSnapshot>("Trades.", { trades: listOf("Oldest first.", tradeSchema) })),
  marks: same(object<MarksSnapshot>("Marks.", { marks: listOf("By instrument.", markSchema) })),
  funding: same(
    object<FundingSnapshot>("Funding rates.", {
      rates: listOf(
        "The latest of each instrument.",
        object<FundingEntry>("Funding of one interval.", {
          instrument: text("Name of the instrument."),
          instrumentIndex: whole("Its number."),
          sequence: whole("The command that caused it.", 1),
          ordinal: whole("Its place among the command's events."),
          timeMs: timeMs("When."),
          rate: decimal("Of notional; positive: longs paid shorts."),
          premium: decimal("Average premium of the interval."),
          indexPrice: decimal("Index that the payment was on."),
        }),
      ),
    }),
  ),
  liquidations: same(
    object<LiquidationsSnapshot>("Accounts in liquidation.", {
      liquidations: listOf(
        "Snapshots: those that run. Updates: those that changed or ended.",
        object<LiquidationEntry>(
          "One of them.",
          {
            liquidation: whole("Its number.", 1),
            account: whole("The account."),
            stage: word("How far it is.", "stepping", "auction", "ended"),
            startedMs: timeMs("When it began."),
            steps: whole("Risk-reducing trades so far."),
            auction: whole("Number of its auction.", 1),
            outcome: word("How it ended.", "restored", "closed", "absorbed"),
            durationMs: whole("From the breach to its end."),
          },
          ["auction", "outcome", "durationMs"],
        ),
      ),
    }),
  ),
  auctions: same(
    object<AuctionsSnapshot>("Auctions of accounts in default.", {
      auctions: listOf(
        "Snapshots: those that run. Updates: those that changed or ended.",
        object<AuctionEntry>(
          "One of them. GET /v1/auctions/{auction} has its price now.",
          {
            auction: whole("Its number.", 1),
            liquidation: whole("The liquidation that it belongs to."),
            account: whole("The account."),
            auctionType,
            asset: text("What bids are paid in."),
            assetIndex: whole("Its number."),
            startMs: timeMs("When its present form began."),
            lastFill: object<AuctionFill>("The last bid that took a share.", {
              timeMs: timeMs("When."),
              share: decimal("Of what the account held."),
              paid: decimal("Net payment of the bidder; negative: it received."),
              discount: decimal("What the bidder got beyond fair value."),
            }),
            ended: word("Why it ended.", "restored", "sold", "noBids"),
          },
          ["lastFill", "ended"],
        ),
      ),
    }),
  ),
  account: {
    snapshot: object<AccountSnapshot>("An account.", {
      account: accountSchema,
      orders: listOf("Its open orders.", orderSchema),
    }),
    update: {
      type: "object",
      description: "What a command did to it, or its figures.",
      discriminator: { propertyName: "kind" },
      oneOf: [
        object<{ readonly kind: "events"; readonly events: unknown }>("What one command did.", {
          kind: constant("events"),
          events: listOf("In order.", eventRef),
        }),
        object<{ readonly kind: "figures"; readonly account: unknown }>("Its figures.", {
          kind: constant("figures"),
          account: accountSchema,
        }),
      ],
    },
  },
};

function same(schema: JsonSchema): { readonly snapshot: JsonSchema; readonly update: JsonSchema } {
  return { snapshot: schema, update: schema };
}

const anyOf = (which: "snapshot" | "update"): JsonSchema => ({
  description: "What the channel carries.",
  anyOf: Object.values(channelSchemas).map((schemas) => schemas[which]),
});

const place = {
  channel: channelName,
  epoch: text("Sequences of another epoch mean nothing."),
  sequence: whole(
    "An update's is one more than that of the message before; a snapshot's is that of the last update in it.",
  ),
  commandSequence: whole("The last command that is in it."),
  timeMs: timeMs("The machine's time at it."),
};

type Message<T extends ServerMessage["type"]> = Extract<ServerMessage, { readonly type: T }>;

/** What the service sends, by `type`. */
export const serverMessageSchemas: Readonly<Record<ServerMessage["type"], JsonSchema>> = {
  welcome: object<Message<"welcome">>("The first message.", {
    type: constant("welcome"),
    venue: text("Name of the venue."),
    chainId: whole("Its chain."),
    timeMs: timeMs("The service's clock."),
    sequence: whole("Of the last durable command."),
    epoch: text("Of this life of the service."),
    heartbeatMs: whole("A heartbeat comes at least this often."),
  }),
  authenticated: object<Message<"authenticated">>("The session is known.", {
    type: constant("authenticated"),
    id,
    signer: text("Whose it is."),
    expiryMs: timeMs("When it lapses."),
  }),
  subscribed: object<Message<"subscribed">>("The channel's messages follow.", {
    type: constant("subscribed"),
    id,
    channel: channelName,
    resumed: flag("True: the updates since `resume` follow. False: a snapshot."),
  }),
  unsubscribed: object<Message<"unsubscribed">>("No more of the channel's messages follow.", {
    type: constant("unsubscribed"),
    id,
    channel: channelName,
  }),
  snapshot: object<Message<"snapshot">>("All of a channel.", {
    type: constant("snapshot"),
    ...place,
    data: anyOf("snapshot"),
  }),
  update: object<Message<"update">>("What changed.", {
    type: constant("update"),
    ...place,
    data: anyOf("update"),
  }),
  gap: object<Message<"gap">>("Updates were left out because the client was slow; a snapshot follows.", {
    type: constant("gap"),
    channel: channelName,
  }),
  ended: object<Message<"ended">>("The channel ended: the session lapsed, or may not see it any more.", {
    type: constant("ended"),
    channel: channelName,
    error: apiErrorSchema,
  }),
  receipt: object<Message<"receipt">>("What became of a command.", {
    type: constant("receipt"),
    id,
    receipt: receiptSchema,
  }),
  error: object<Message<"error">>("A message was refused.", {
    type: constant("error"),
    id: whole("The message's; −1 if it could not be read.", -1),
    error: apiErrorSchema,
  }),
  pong: object<Message<"pong">>("The answer to ping.", {
    type: constant("pong"),
    id,
    timeMs: timeMs("The service's clock."),
  }),
  heartbeat: object<Message<"heartbeat">>("The connection lives.", {
    type: constant("heartbeat"),
    timeMs: timeMs("The service's clock."),
    sequence: whole("Of the last durable command."),
  }),
};
