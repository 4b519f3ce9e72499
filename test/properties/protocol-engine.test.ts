import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Compile } from "typebox/schema";
import {
  type ClearingEvent,
  decodeEvent,
  encodeEvent,
  eventSchemas,
} from "../../src/clearing/protocol/index.ts";
import { ByteWriter } from "../../src/clearing/state/index.ts";
import { anySteps, type Step, takeStep } from "./clearing-steps.ts";
import { wholeVenue } from "./clearing-whole-venue.ts";

const schemas = new Map(Object.entries(eventSchemas).map(([type, schema]) => [type, Compile(schema)]));

test("whatever the machine says comes back from its bytes, and follows its published schema", () => {
  const out = new ByteWriter();
  const seen = new Set<string>();
  const check = (event: ClearingEvent): void => {
    out.clear();
    encodeEvent(event, out);
    assert.deepEqual(decodeEvent(out.bytes), event);
    const schema = schemas.get(event.type)!;
    assert.ok(schema.Check(event), `${JSON.stringify(event)} ${JSON.stringify(schema.Errors(event))}`);
    seen.add(event.type);
  };
  fc.assert(
    fc.property(anySteps(100), (steps: readonly Step[]) => {
      const venue = wholeVenue();
      for (const step of steps) for (const event of takeStep(venue, step)) check(event);
    }),
    { seed: 61, numRuns: 30 },
  );
  assert.ok(seen.size >= 20, [...seen].join(" "));
});
