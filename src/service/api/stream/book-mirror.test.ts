import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anySteps, type Step, takeStep } from "../../../../test/properties/clearing-steps.ts";
import { instrumentCount } from "../../../../test/properties/clearing-whole-venue.ts";
import { wholeVenue } from "../../../../test/properties/clearing-whole-venue.ts";
import { type Engine } from "../../../clearing/index.ts";
import { BookMirror } from "./book-mirror.ts";

type Levels = readonly (readonly [number, number])[];

const levelsOf = ({ stores }: Engine, instrument: number, side: 0 | 1): Levels =>
  stores.orders
    .book(instrument)
    .depth(side, 10_000)
    .map(({ priceTicks, lots }) => [priceTicks, lots]);

test("books made from events alone are the engine's after any sequence of commands", () => {
  fc.assert(
    fc.property(anySteps(120), fc.nat(60), (steps: readonly Step[], before: number) => {
      const venue = wholeVenue();
      for (const step of steps.slice(0, before)) takeStep(venue, step);
      const mirror = new BookMirror(venue.engine);
      for (const step of steps.slice(before)) {
        for (const event of takeStep(venue, step)) mirror.apply(event);
        for (let instrument = 0; instrument < instrumentCount; instrument++) {
          for (const side of [0, 1] as const) {
            assert.deepEqual(
              mirror.book(instrument).levels(side),
              levelsOf(venue.engine, instrument, side),
              JSON.stringify(step),
            );
          }
        }
      }
    }),
    { seed: 20_261_124, numRuns: 60 },
  );
});

test("a snapshot and the changes after it give the book", () => {
  fc.assert(
    fc.property(anySteps(100), fc.nat(50), fc.integer({ min: 1, max: 9 }), (steps, before, pace) => {
      const venue = wholeVenue();
      const mirror = new BookMirror(venue.engine);
      const feed = (some: readonly Step[]): void => {
        for (const step of some) for (const event of takeStep(venue, step)) mirror.apply(event);
      };
      feed(steps.slice(0, before));
      const book = mirror.book(0);
      const told: [Map<number, number>, Map<number, number>] = [
        new Map(book.levels(0)),
        new Map(book.levels(1)),
      ];
      book.onTouched = (): void => {};
      for (let at = before; at < steps.length; at += pace) {
        feed(steps.slice(at, at + pace));
        for (const [side, priceTicks, lots] of book.takeChanges()) {
          if (lots === 0) told[side].delete(priceTicks);
          else told[side].set(priceTicks, lots);
        }
      }
      for (const side of [0, 1] as const) {
        assert.deepEqual(
          [...told[side]].sort(([a], [b]) => (side === 0 ? b - a : a - b)),
          levelsOf(venue.engine, 0, side),
        );
      }
    }),
    { seed: 20_261_124, numRuns: 40 },
  );
});
