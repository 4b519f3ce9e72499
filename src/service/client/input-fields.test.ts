// oxlint-disable typescript/no-unsafe-type-assertion -- inputs as a program without types gives them
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PlimsollError } from "../../quantity/error.ts";
import { coin, perpetual, underlying } from "../../../test/properties/clearing-venue.ts";
import { type InstrumentView } from "../views/index.ts";
import { buildCommand } from "./build-command.ts";
import { Catalog } from "./catalog.ts";
import { type ClientCommandType } from "./command-inputs.ts";
import { checkCommand, checkInput, checkOptions } from "./input-fields.ts";

const catalog = new Catalog({
  assets: async () => [{ ...coin("USDC"), index: 0, feedIndex: 0, priceUsd: "1", confidence: "1" }],
  underlyings: async () => [{ ...underlying("BTC"), index: 0, feedIndex: 1, priceUsd: "1", confidence: "1" }],
  instruments: async () => [
    {
      ...perpetual({ name: "BTC-PERP", tickMicros: 500_000, lotNanos: 1_000_000 }),
      index: 7,
    } as unknown as InstrumentView,
  ],
  pools: async () => [],
});

const order = { account: 3, instrument: "BTC-PERP", side: "buy", size: "0.1", price: "65000" };
const quotes = [{ instrument: "BTC-PERP", bid: { price: "1", size: "1" } }];

/** As a program without types calls it. */
const build = (type: string, input: unknown): Promise<unknown> =>
  buildCommand(type as ClientCommandType, input as never, catalog);

test("what is no field of a command is refused by name, with the nearest", async () => {
  const rows: readonly (readonly [string, unknown, string, string])[] = [
    ["placeOrder", { ...order, potOnly: true }, "potOnly", "Did you mean postOnly?"],
    ["placeOrder", { ...order, prise: "1" }, "prise", "Leave it out; the fields are account, "],
    ["placeOrder", { ...order, reduceonly: true }, "reduceonly", "Did you mean reduceOnly?"],
    [
      "placeOrder",
      { ...order, trigger: { kind: "stop", price: "1", pirce: "2" } },
      "trigger.pirce",
      "Leave it out; the fields are kind, price.",
    ],
    [
      "massQuote",
      { account: 3, quotes: [{ ...quotes[0], aks: { price: "2", size: "1" } }] },
      "quotes[0].aks",
      "Did you mean ask?",
    ],
    [
      "massQuote",
      { account: 3, quotes: [{ instrument: "BTC-PERP", bid: { price: "1", size: "1", siez: "2" } }] },
      "quotes[0].bid.siez",
      "Leave it out; the fields are price, size.",
    ],
    [
      "requestQuote",
      { account: 3, legs: [{ instrument: "BTC-PERP", size: "1", sise: 1 }], expiryMs: 9 },
      "legs[0].sise",
      "Leave it out",
    ],
    ["listAsset", { asset: { ...coin("SOL"), decimal: 9 } }, "asset.decimal", "Leave it out"],
    ["openAccount", { marginmode: "cross" }, "marginmode", "Did you mean marginMode?"],
    [
      "transfer",
      JSON.parse('{"account":1,"to":2,"asset":"USDC","amount":"1","__proto__":1}'),
      "__proto__",
      "Leave",
    ],
  ];
  for (const [type, input, field, remedy] of rows) {
    await assert.rejects(build(type, input), (error) => {
      assert.ok(error instanceof PlimsollError, String(error));
      assert.deepEqual([error.code, error.field], ["PLM_FIELD", field]);
      assert.equal(error.limit, "left out: there is no such field");
      assert.ok(error.remedy.startsWith(remedy), error.remedy);
      return true;
    });
  }
  assert.throws(() => checkOptions({ deadlineMS: 5 }), {
    field: "deadlineMS",
    remedy: "Did you mean deadlineMs?",
  });
  assert.throws(() => checkCommand({ type: "cancelAll", account: 3, instrumnet: 1 }), {
    field: "instrumnet",
    remedy: "Did you mean instrument?",
  });
});

test("what a field cannot be is told in the words of the API", async () => {
  const rows: readonly (readonly [string, unknown, string, unknown, string])[] = [
    ["placeOrder", { ...order, side: "bu" }, "side", "bu", "one of buy, sell"],
    ["placeOrder", { ...order, timeInForce: "xx" }, "timeInForce", "xx", "one of gtc, ioc, fok, gtt"],
    ["placeOrder", { ...order, account: "x" }, "account", "x", "an integer from 0 to 2147483647"],
    ["placeOrder", { ...order, account: undefined }, "account", undefined, "an integer from 0 to 2147483647"],
    [
      "placeOrder",
      { ...order, size: undefined },
      "size",
      undefined,
      'a decimal as text, such as "0.5", or a number',
    ],
    ["placeOrder", { ...order, size: null }, "size", null, 'a decimal as text, such as "0.5", or a number'],
    ["placeOrder", { ...order, size: "0" }, "size", "0", "above 0"],
    ["placeOrder", { ...order, size: -1 }, "size", -1, "above 0"],
    ["placeOrder", { ...order, price: "0" }, "price", "0", "above 0"],
    ["placeOrder", { ...order, postOnly: 1 }, "postOnly", 1, "true or false"],
    [
      "placeOrder",
      { ...order, price: undefined, postOnly: true, timeInForce: "gtc" },
      "price",
      undefined,
      "above 0 for a post-only order",
    ],
    ["placeOrder", { ...order, timeInForce: "gtt" }, "expiryMs", undefined, "above 0 for gtt"],
    [
      "placeOrder",
      { ...order, size: "9007199254740" },
      "size",
      "9007199254740",
      "an integer from 1 to 1099511627776, in lots",
    ],
    ["placeOrder", undefined, "input", undefined, "an object with account, instrument"],
    ["placeOrder", [order], "input", [order], "an object with account, instrument"],
    ["massQuote", { account: 3, quotes: [] }, "quotes", [], "a list of 1 to 256"],
    [
      "massQuote",
      { account: 3, quotes: [{ ...quotes[0], ask: { price: "1", size: "1" } }] },
      "quotes[0].ask.price",
      "1",
      "above the bid 2, in ticks",
    ],
    ["cancelOrder", { account: 3 }, "orderId", undefined, "given, or clientOrderId"],
    [
      "cancelOrder",
      { account: 3, orderId: 1, clientOrderId: 2 },
      "clientOrderId",
      2,
      "left out beside orderId",
    ],
    ["cancelOrder", { account: 3, orderId: 0 }, "orderId", 0, "an integer from 1 to"],
    [
      "requestQuote",
      { account: 3, legs: [{ instrument: "BTC-PERP", size: 0 }], expiryMs: 9 },
      "legs[0].size",
      0,
      "not 0",
    ],
    [
      "authorizeKey",
      { account: 3, key: "ab".repeat(32), maxOrderNotional: 0 },
      "maxOrderNotional",
      0,
      "above 0",
    ],
    ["grantRole", { role: "admn", key: `0x${"ab".repeat(20)}` }, "role", "admn", "one of "],
    ["listAsset", { asset: { ...coin("SOL"), kind: "mayor" } }, "asset.kind", "mayor", "one of "],
    ["nothing", {}, "type", "nothing", "the type of a command"],
  ];
  for (const [type, input, field, value, limit] of rows) {
    await assert.rejects(build(type, input), (error) => {
      assert.ok(error instanceof PlimsollError, `${type} ${field}: ${String(error)}`);
      assert.deepEqual([error.code, error.field, error.value], ["PLM_FIELD", field, value]);
      assert.ok(error.limit.startsWith(limit), error.limit);
      assert.ok(error.remedy.endsWith(".") || error.remedy.endsWith("?"));
      return true;
    });
  }
  await assert.rejects(build("placeOrder", { ...order, price: "1,5" }), {
    code: "PLM_DOMAIN",
    field: "price",
  });
});

test("what is right is built as it was", async () => {
  assert.deepEqual(await build("placeOrder", { ...order, expiryMs: undefined, trigger: undefined }), {
    type: "placeOrder",
    account: 3,
    instrument: 7,
    side: "buy",
    priceTicks: 130_000,
    lots: 100,
    timeInForce: "gtc",
    postOnly: false,
    reduceOnly: false,
    clientOrderId: 0,
    expiryMs: 0,
    selfTradePrevention: "cancelIncoming",
    trigger: "none",
    triggerTicks: 0,
    route: "book",
  });
  assert.deepEqual(await build("cancelOrder", { account: 3, orderId: undefined, clientOrderId: 4 }), {
    type: "cancelOrder",
    account: 3,
    orderId: 0,
    clientOrderId: 4,
  });
});

test("whatever comes in, nothing but a typed error goes out", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<ClientCommandType>(
        "placeOrder",
        "massQuote",
        "requestQuote",
        "listInstrument",
        "withdraw",
      ),
      fc.anything({ withNullPrototype: true, maxDepth: 3 }),
      fc.constantFrom("side", "size", "quotes", "legs", "trigger", "instrument", "account", "amount"),
      (type, value, field) => {
        for (const input of [value, { ...order, quotes, [field]: value }]) {
          try {
            checkInput(type, input);
          } catch (error) {
            assert.ok(error instanceof PlimsollError, String(error));
          }
        }
      },
    ),
    { numRuns: 1_000, seed: 5 },
  );
});
