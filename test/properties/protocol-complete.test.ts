import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Compile } from "typebox/schema";
import {
  type Command,
  commandFields,
  commandSchemas,
  completeCommand,
  contradiction,
  decodeEvent,
  encodeEvent,
  type Field,
  isRejection,
  rejectedEvent,
  type RejectionCode,
  rejectionCodes,
  rejectionNumbers,
} from "../../src/clearing/protocol/index.ts";
import { ByteWriter } from "../../src/clearing/state/index.ts";
import { anyCommand, commandsByType } from "./protocol-values.ts";

const schemas = new Map(Object.entries(commandSchemas).map(([type, schema]) => [type, Compile(schema)]));

const order = { type: "placeOrder", account: 3, instrument: 1, side: "sell", priceTicks: 100, lots: 7 };

test("defaults are filled in, and properties stand in one order", () => {
  const reversed = Object.fromEntries(Object.entries(order).toReversed());
  for (const value of [order, reversed, JSON.parse(JSON.stringify(order))]) {
    const command = completeCommand(value);
    assert.deepEqual(Object.entries(command), [
      ["type", "placeOrder"],
      ["account", 3],
      ["instrument", 1],
      ["side", "sell"],
      ["priceTicks", 100],
      ["lots", 7],
      ["timeInForce", "gtc"],
      ["postOnly", false],
      ["reduceOnly", false],
      ["clientOrderId", 0],
      ["expiryMs", 0],
      ["selfTradePrevention", "cancelIncoming"],
      ["trigger", "none"],
      ["triggerTicks", 0],
      ["route", "book"],
    ]);
  }
});

test("a refusal names the field, the value and the limit", () => {
  const cases: [unknown, string, unknown, unknown][] = [
    [null, "command", "null", "an object"],
    [[order], "command", "a list of 1", "an object"],
    [{}, "type", "missing", "the type of a command, such as placeOrder"],
    [{ type: "constructor" }, "type", "constructor", "the type of a command, such as placeOrder"],
    [{ ...order, lots: 0 }, "lots", 0, "an integer from 1 to 1099511627776"],
    [{ ...order, lots: 1.5 }, "lots", 1.5, "an integer from 1 to 1099511627776"],
    [{ ...order, lots: NaN }, "lots", "NaN", "an integer from 1 to 1099511627776"],
    [{ ...order, lots: "7" }, "lots", "7", "an integer from 1 to 1099511627776"],
    [{ ...order, priceTicks: -0 }, "priceTicks", "-0", "an integer from 0 to 2147483647"],
    [{ ...order, side: "long" }, "side", "long", "one of buy, sell"],
    [{ ...order, side: undefined }, "side", "missing", "one of buy, sell"],
    [{ ...order, postOnly: 1 }, "postOnly", 1, "true or false"],
    [{ ...order, colour: 1 }, "colour", 1, "left out: there is no such field"],
    [
      JSON.parse('{"type":"tick","__proto__":{"a":1}}'),
      "__proto__",
      "object",
      "left out: there is no such field",
    ],
    [{ ...order, timeInForce: "gtt" }, "expiryMs", 0, "above 0 for gtt"],
    [
      { type: "massQuote", account: 1, quotes: [{ instrument: 1 }, { instrument: 2, bidTicks: 2 ** 31 }] },
      "quotes[1].bidTicks",
      2 ** 31,
      "an integer from 0 to 2147483647",
    ],
    [{ type: "massQuote", account: 1, quotes: [] }, "quotes", "a list of 0", "a list of 1 to 256"],
    [
      {
        type: "massQuote",
        account: 1,
        quotes: [{ instrument: 1, bidTicks: 5, bidLots: 1, askTicks: 5, askLots: 1 }],
      },
      "quotes[0].askTicks",
      5,
      "above the bid 5",
    ],
    [{ type: "cancelOrder", account: 1 }, "orderId", 0, "above 0, or clientOrderId above 0"],
    [{ type: "transfer", account: 1, to: 1, asset: 0, units: 1 }, "to", 1, "another account"],
    [
      { type: "openAccount", marginMode: "\ud800" },
      "marginMode",
      "\ufffd",
      "one of isolated, cross, portfolio",
    ],
  ];
  for (const [value, field, found, limit] of cases) {
    assert.deepEqual(completeCommand(value), { code: "malformed", field, value: found, limit });
  }
});

test("inherited properties count for nothing, and nothing is written to what came in", () => {
  const inherited: unknown = Object.create(order);
  assert.ok(isRejection(completeCommand(inherited)));
  assert.ok(!isRejection(completeCommand(Object.freeze({ ...order }))));
});

test("complete commands come through as they are", () => {
  fc.assert(
    fc.property(anyCommand, (command) => {
      const expected = contradiction(command) ?? command;
      assert.deepEqual(completeCommand(command), expected);
      assert.deepEqual(completeCommand(JSON.parse(JSON.stringify(command))), expected);
    }),
    { seed: 11, numRuns: 1500 },
  );
});

/** Something that is near a field's bounds, on either side. */
function nearly(field: Field | undefined): fc.Arbitrary<unknown> {
  const odd = fc.constantFrom<unknown>(
    null,
    true,
    "",
    "x",
    0,
    -1,
    1,
    0.5,
    1e300,
    [],
    {},
    [1],
    { a: 1 },
    2 ** 53,
    "\u0000",
  );
  if (field?.kind === "integer" || field?.kind === "number") {
    const { min, max } = field;
    return fc.oneof(odd, fc.constantFrom(min - 1, min, max, max + 1));
  }
  return odd;
}

/** Contradictions between fields, which a schema doesn't see, have limits of their own. */
const contradictionLimits = [
  /^above /,
  /^0 (unless|without|when|exactly)/,
  /^gtc or/,
  /^each once$/,
  /^not 0$/,
  /^another account$/,
  /^true, or/,
];

test("the JSON Schema and completeCommand accept the same JSON", () => {
  for (const arbitrary of commandsByType) {
    const bent = arbitrary.chain((command: Command) => {
      const fields: Readonly<Record<string, Field>> = commandFields[command.type];
      const names = [...Object.keys(fields), "extra"];
      return fc
        .constantFrom(...names)
        .chain((name) =>
          fc.oneof(
            nearly(fields[name]).map((value): unknown => ({ ...command, [name]: value })),
            fc.constant<unknown>(Object.fromEntries(Object.entries(command).filter(([key]) => key !== name))),
          ),
        )
        .map((value) => ({ type: command.type, value: JSON.parse(JSON.stringify(value)) as unknown }));
    });
    fc.assert(
      fc.property(bent, ({ type, value }) => {
        const accepted = schemas.get(type)!.Check(value);
        const completed = completeCommand(value);
        if (!isRejection(completed)) assert.ok(accepted, JSON.stringify(schemas.get(type)!.Errors(value)));
        else if (accepted)
          assert.ok(contradictionLimits.some((limit) => limit.test(String(completed.limit))));
        if (!accepted) assert.ok(isRejection(completed));
      }),
      { seed: 12, numRuns: 60 },
    );
  }
});

test("anything at all gets an answer", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
  });
  fc.assert(
    fc.property(anything, fc.constantFrom(...Object.keys(commandFields)), (value, type) => {
      for (const given of [
        value,
        { type, account: value, quotes: value },
        typeof value === "object" ? { ...value, type } : value,
      ]) {
        const completed = completeCommand(given);
        if (isRejection(completed)) assert.ok(completed.code === "malformed" && completed.field.length <= 60);
      }
    }),
    { seed: 13, numRuns: 2000 },
  );
});

test("every rejection has a number of its own", () => {
  assert.deepEqual(Object.keys(rejectionNumbers).toSorted(), Object.keys(rejectionCodes).toSorted());
  assert.equal(new Set(Object.values(rejectionNumbers)).size, Object.keys(rejectionCodes).length);
});

test("whatever is refused can be written as an event", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 1500 }),
    fc.constant("\ud83d".repeat(1025)),
    fc.double(),
  );
  const codes = fc.constantFrom(...(Object.keys(rejectionCodes) as RejectionCode[]));
  const out = new ByteWriter();
  fc.assert(
    fc.property(
      codes,
      fc.string({ unit: "binary", maxLength: 400 }),
      texts,
      texts,
      (code, field, value, limit) => {
        const event = rejectedEvent({ code, field, value, limit }, -1);
        out.clear();
        encodeEvent(event, out);
        assert.deepEqual(decodeEvent(out.bytes), event);
      },
    ),
    { seed: 14, numRuns: 300 },
  );
});
