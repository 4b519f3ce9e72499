import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type ClearingEvent,
  type Command,
  decodeCommand,
  decodeEnvelope,
  decodeEvent,
  encodeCommand,
  encodeEnvelope,
  encodeEvent,
} from "../../src/clearing/protocol/index.ts";
import { ByteWriter } from "../../src/clearing/state/index.ts";
import { PlimsollError } from "../../src/quantity/error.ts";
import { anyEnvelope, commandsByType, eventsByType } from "./protocol-values.ts";

const encoded = <T>(value: T, encode: (value: T, out: ByteWriter) => void): Uint8Array => {
  const out = new ByteWriter();
  encode(value, out);
  return out.copy();
};

test("every command and event comes back from its bytes, with its properties in one order", () => {
  for (const arbitrary of commandsByType) {
    fc.assert(
      fc.property(arbitrary, (command: Command) => {
        const again = decodeCommand(encoded(command, encodeCommand));
        assert.deepEqual(again, command);
        assert.deepEqual(Object.keys(again), Object.keys(command));
      }),
      { seed: 1, numRuns: 40 },
    );
  }
  for (const arbitrary of eventsByType) {
    fc.assert(
      fc.property(arbitrary, (event: ClearingEvent) => {
        assert.deepEqual(decodeEvent(encoded(event, encodeEvent)), event);
      }),
      { seed: 2, numRuns: 40 },
    );
  }
});

test("envelopes come back from their bytes, also from the middle of a buffer", () => {
  fc.assert(
    fc.property(anyEnvelope, fc.nat(9), (envelope, at) => {
      const bytes = encoded(envelope, encodeEnvelope);
      const within = new Uint8Array(bytes.length + 20);
      within.set(bytes, at);
      const again = decodeEnvelope(within.subarray(at, at + bytes.length));
      assert.deepEqual(again, envelope);
    }),
    { seed: 3, numRuns: 1000 },
  );
});

test("foreign bytes are refused by name, or are the one encoding of what they decode to", () => {
  const bent = fc.tuple(
    anyEnvelope,
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
    fc.option(fc.nat(), { nil: undefined }),
    fc.uint8Array({ maxLength: 2 }),
  );
  let refused = 0;
  fc.assert(
    fc.property(bent, ([envelope, changes, cut, more]) => {
      let bytes = encoded(envelope, encodeEnvelope);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      if (cut !== undefined) bytes = bytes.subarray(0, cut % bytes.length);
      bytes = Uint8Array.of(...bytes, ...more);
      try {
        assert.deepEqual(encoded(decodeEnvelope(bytes), encodeEnvelope), bytes);
      } catch (error) {
        assert.ok(error instanceof PlimsollError && error.code === "PLM_ENCODING", String(error));
        refused++;
      }
    }),
    { seed: 4, numRuns: 3000 },
  );
  assert.ok(refused > 500, "most of the bent ones are refused");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      for (const decode of [decodeEnvelope, decodeCommand, decodeEvent]) {
        assert.throws(() => decode(Uint8Array.of(2, ...bytes)), isRefusal);
        try {
          decode(bytes);
        } catch (error) {
          assert.ok(isRefusal(error));
        }
      }
    }),
    { seed: 5, numRuns: 1000 },
  );
});

const isRefusal = (error: unknown): boolean =>
  error instanceof PlimsollError && error.code === "PLM_ENCODING";

test("what is outside its bounds is never written", () => {
  const order = {
    type: "placeOrder",
    account: 1,
    instrument: 0,
    side: "buy",
    priceTicks: 5,
    lots: 5,
    timeInForce: "gtc",
    postOnly: false,
    reduceOnly: false,
    clientOrderId: 0,
    expiryMs: 0,
    selfTradePrevention: "cancelIncoming",
    trigger: "none",
    triggerTicks: 0,
    route: "book",
  } as const;
  encoded<Command>(order, encodeCommand);
  const wrong = [
    { lots: 0 },
    { lots: 1.5 },
    { lots: NaN },
    { lots: 2 ** 41 },
    { priceTicks: -1 },
    { account: 2 ** 32 },
  ];
  for (const change of [...wrong, { side: "long" as "buy" }, { postOnly: 1 as unknown as boolean }]) {
    assert.throws(() => encoded<Command>({ ...order, ...change }, encodeCommand), /invariant/);
  }
});
