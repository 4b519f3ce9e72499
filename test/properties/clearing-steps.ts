import fc from "fast-check";
import { type ClearingEvent, type Command } from "../../src/clearing/index.ts";
import { addressOf, officer, order, type TestVenue } from "./clearing-venue.ts";
import { accountCount, feeds, firstAccount, instrumentCount, instruments } from "./clearing-whole-venue.ts";

/** One command, sent so long after the one before. */
export interface Step {
  readonly afterMs: number;
  /** Owner of the account that the command names, unless it is an officer's. */
  readonly signer: string;
  readonly command: Command;
}

const ownerOf = (account: number): string => addressOf(1 + ((account - firstAccount) >> 1));

const account = fc.integer({ min: firstAccount, max: firstAccount + accountCount - 1 });
const instrument = fc.oneof(
  { weight: 3, arbitrary: fc.constant(instruments.perpetual) },
  { weight: 5, arbitrary: fc.integer({ min: 0, max: instrumentCount - 1 }) },
);
const side = fc.constantFrom("buy" as const, "sell" as const);
const lots = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 30_000 }) },
);

/** A price near the mark of each instrument, in its ticks. */
const ticksOf = (of: number, nearness: number): number => {
  if (of === instruments.call || of === instruments.put) return 212 + nearness * 3;
  if (of === instruments.ethPerpetual) return 40_000 + nearness * 20;
  return 100_000 + nearness * 50;
};
const nearness = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -4, max: 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: -250, max: 250 }) },
);
/** True once in so many times. */
const seldom = (times: number): fc.Arbitrary<boolean> => fc.nat(times - 1).map((n) => n === 0);

const placing = fc
  .record({
    account,
    instrument,
    side,
    lots,
    nearness,
    isMarket: seldom(5),
    timeInForce: fc.oneof(
      { weight: 8, arbitrary: fc.constant("gtc" as const) },
      { weight: 1, arbitrary: fc.constantFrom("ioc" as const, "fok" as const, "gtt" as const) },
    ),
    postOnly: seldom(8),
    reduceOnly: seldom(8),
    clientOrderId: fc.integer({ min: 0, max: 8 }),
    selfTradePrevention: fc.constantFrom(
      "cancelResting" as const,
      "cancelIncoming" as const,
      "cancelBoth" as const,
      "decrement" as const,
    ),
    trigger: fc.oneof(
      { weight: 12, arbitrary: fc.constant("none" as const) },
      { weight: 1, arbitrary: fc.constantFrom("stop" as const, "takeProfit" as const) },
    ),
    route: fc.constantFrom("book" as const, "best" as const),
    expiresMs: fc.integer({ min: 1, max: 600_000 }),
  })
  .map(({ nearness: near, isMarket, expiresMs, postOnly, ...rest }): Command =>
    order({
      ...rest,
      postOnly: postOnly && !isMarket && (rest.timeInForce === "gtc" || rest.timeInForce === "gtt"),
      priceTicks: isMarket ? 0 : ticksOf(rest.instrument, near),
      triggerTicks: rest.trigger === "none" ? 0 : ticksOf(rest.instrument, -near),
      expiryMs: rest.timeInForce === "gtt" ? 1_790_000_000_000 + expiresMs : 0,
    }),
  );

const legs = fc.uniqueArray(
  fc.record({ instrument, lots: fc.integer({ min: -200, max: 200 }).filter((n) => n !== 0) }),
  { minLength: 1, maxLength: 3, selector: (leg) => leg.instrument },
);

const ownersCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 30, arbitrary: placing },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("cancelOrder" as const),
      account,
      orderId: fc.integer({ min: 0, max: 60 }),
      clientOrderId: fc.integer({ min: 0, max: 8 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("cancelAll" as const),
      account,
      instrument: fc.integer({ min: -1, max: instrumentCount }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc
      .record({ account, orderId: fc.integer({ min: 1, max: 60 }), instrument, nearness, lots })
      .map(({ account: of, orderId, instrument: on, nearness: near, lots: size }): Command => ({
        type: "amendOrder",
        account: of,
        orderId,
        clientOrderId: 0,
        priceTicks: ticksOf(on, near),
        lots: size,
      })),
  },
  {
    weight: 5,
    arbitrary: fc
      .record({
        account,
        quotes: fc.uniqueArray(
          fc.record({
            instrument,
            nearness,
            width: fc.integer({ min: 1, max: 20 }),
            bidLots: fc.nat(200),
            askLots: fc.nat(200),
          }),
          { minLength: 1, maxLength: 4, selector: (quote) => quote.instrument },
        ),
      })
      .map(({ account: of, quotes }): Command => ({
        type: "massQuote",
        account: of,
        quotes: quotes.map(({ instrument: on, nearness: near, width, bidLots, askLots }) => ({
          instrument: on,
          bidTicks: ticksOf(on, near),
          bidLots,
          askTicks: ticksOf(on, near + width),
          askLots,
        })),
      })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("withdraw" as const),
      account,
      asset: fc.integer({ min: 0, max: 3 }),
      units: fc.oneof(fc.integer({ min: 1, max: 60_000_000 }), fc.integer({ min: 1, max: 300_000_000_000 })),
      destination: fc.constant("somewhere"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("transfer" as const),
      account,
      to: account,
      asset: fc.integer({ min: 0, max: 3 }),
      units: fc.oneof(fc.integer({ min: 1, max: 60_000_000 }), fc.integer({ min: 1, max: 300_000_000_000 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("setMarginMode" as const),
      account,
      marginMode: fc.constantFrom("isolated" as const, "cross" as const, "portfolio" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("requestQuote" as const),
      account,
      legs,
      counterparty: fc.oneof(fc.constant(-1), account),
      expiryMs: fc.integer({ min: 1_790_000_000_001, max: 1_790_009_000_000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ account, request: fc.integer({ min: 1, max: 3 }), nearness })
      .map(({ account: of, request, nearness: near }): Command => ({
        type: "offerQuote",
        account: of,
        request,
        // Fitted to the request's legs when it is sent.
        priceTicks: [near],
        expiryMs: 1_790_007_000_000,
      })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("acceptQuote" as const),
      account,
      offer: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("addLiquidity" as const),
      account,
      instrument: fc.constant(instruments.perpetual as number),
      units: fc.integer({ min: 1, max: 30_000_000_000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("removeLiquidity" as const),
      account,
      instrument: fc.constant(instruments.perpetual as number),
      shares: fc.integer({ min: 1, max: 20_000_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("fundPoolBudget" as const),
      account,
      instrument: fc.constant(instruments.perpetual as number),
      units: fc.integer({ min: 1, max: 1_000_000_000 }),
    }),
  },
);

const officersCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        feed: fc.constantFrom(feeds.btc, feeds.eth),
        change: fc.oneof(
          { weight: 4, arbitrary: fc.integer({ min: -20, max: 20 }) },
          { weight: 1, arbitrary: fc.integer({ min: -300, max: 300 }) },
        ),
      })
      .map(({ feed, change }): Command => ({
        type: "publishPrices",
        prices: [
          {
            feed,
            priceMicros: Math.round((feed === feeds.btc ? 1e11 : 4e9) * (1 + change / 1_000)),
            confidencePpm: 1_000_000,
            // Filled in when it is sent.
            timeMs: 0,
          },
        ],
      })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("deposit" as const),
      account,
      asset: fc.integer({ min: 0, max: 2 }),
      units: fc.integer({ min: 1, max: 10_000_000_000 }),
      reference: fc.integer({ min: 0, max: 20 }).map((n) => `reference ${n}`),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("settleWithdrawal" as const),
      withdrawal: fc.integer({ min: 1, max: 5 }),
      outcome: fc.constantFrom("paid" as const, "failed" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("setInstrumentStatus" as const),
      instrument,
      status: fc.oneof(
        { weight: 8, arbitrary: fc.constant("active" as const) },
        { weight: 1, arbitrary: fc.constantFrom("reduceOnly" as const, "halted" as const) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        change: fc.integer({ min: -30, max: 30 }),
        depthPpm: fc.integer({ min: 500_000, max: 2_000_000 }),
      })
      .map(({ change, depthPpm }): Command => ({
        type: "adjustPool",
        instrument: instruments.perpetual,
        priceMicros: 100_000_000_000 + change * 100_000_000,
        depthPpm,
      })),
  },
);

const step: fc.Arbitrary<Step> = fc
  .record({
    afterMs: fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(0, 1, 250) },
      { weight: 8, arbitrary: fc.integer({ min: 1, max: 60_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 3_600_000 }) },
    ),
    command: fc.oneof({ weight: 5, arbitrary: ownersCommand }, { weight: 1, arbitrary: officersCommand }),
  })
  .map(({ afterMs, command }) => ({
    afterMs,
    command,
    signer: "account" in command && command.type !== "deposit" ? ownerOf(command.account) : officer,
  }));

export const anySteps = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(step, { minLength: Math.floor(maxLength / 2), maxLength, size: "max" });

/** Sends a step's command at its time, fitted to what it answers. */
export function takeStep(venue: TestVenue, { afterMs, signer, command }: Step): ClearingEvent[] {
  venue.timeMs += afterMs;
  if (command.type === "publishPrices") {
    const prices = command.prices.map((price) => ({ ...price, timeMs: venue.timeMs }));
    return venue.send(signer, { ...command, prices });
  }
  if (command.type === "offerQuote") {
    const asked = venue.engine.stores.requests.find(command.request)?.legs ?? [{ instrument: 0 }];
    const priceTicks = asked.map((leg) => ticksOf(leg.instrument, command.priceTicks[0] ?? 0));
    return venue.send(signer, { ...command, priceTicks });
  }
  if (command.type === "amendOrder") {
    // Half of them find an order of the account.
    const { orders } = venue.engine.stores;
    const slot = orders.firstOf(command.account);
    const orderId = command.orderId % 2 === 0 && slot >= 0 ? orders.orderId(slot) : command.orderId;
    return venue.send(signer, { ...command, orderId });
  }
  if (command.type === "acceptQuote") {
    // As often as not, the best known offer to a request of the account.
    const open = venue.engine.stores.requests
      .all()
      .find(({ account, offers }) => account === command.account && offers.length > 0);
    return venue.send(signer, { ...command, offer: open?.offers[0]?.id ?? command.offer });
  }
  if (command.type === "removeLiquidity") {
    const asset = venue.engine.stores.markets.assets.find("BTC-PERP-POOL");
    const held = venue.engine.stores.ledger.balance(command.account, asset);
    return venue.send(signer, {
      ...command,
      shares: command.shares % 3 === 0 ? command.shares : Math.max(1, held),
    });
  }
  return venue.send(signer, command);
}
