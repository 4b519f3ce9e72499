import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  civilDate,
  dayNumber,
  dayOfWeek,
  expiryLabel,
  formatTime,
  lastFridayExpiryMs,
  parseExpiryLabel,
} from "./calendar.ts";

const anyTimeMs = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 11, 31) });

test("civil dates and times agree with the host's calendar", () => {
  fc.assert(
    fc.property(anyTimeMs, (timeMs) => {
      const host = new Date(timeMs);
      const date = { year: host.getUTCFullYear(), month: host.getUTCMonth() + 1, day: host.getUTCDate() };
      assert.deepEqual(civilDate(timeMs), date);
      assert.equal(dayNumber(date), Math.floor(timeMs / 86_400_000));
      assert.equal(dayOfWeek(timeMs), host.getUTCDay());
      assert.equal(
        formatTime(timeMs),
        host
          .toISOString()
          .replace(/\.\d+Z/, "Z")
          .slice(-20),
      );
    }),
  );
});

test("expiry labels go both ways", () => {
  assert.equal(expiryLabel(Date.UTC(2026, 2, 27, 8)), "27MAR26");
  assert.equal(expiryLabel(Date.UTC(2026, 3, 3, 8)), "3APR26");
  assert.equal(parseExpiryLabel("27MAR26"), Date.UTC(2026, 2, 27, 8));
  assert.equal(parseExpiryLabel("29FEB28"), Date.UTC(2028, 1, 29, 8));
  for (const bad of ["29FEB27", "0MAR26", "32JAN26", "27MRZ26", "27MAR2026", "", "MAR26", "99XXX99"]) {
    assert.throws(() => parseExpiryLabel(bad, "name"), { code: "PLM_FIELD", field: "name", value: bad });
  }
});

test("instants outside the years 1 to 9999 have no date", () => {
  for (const timeMs of [NaN, Infinity, 1e300, -1e300, Date.UTC(9999, 11, 31, 23, 59, 59, 999) + 1]) {
    assert.throws(() => civilDate(timeMs), { code: "PLM_DOMAIN" });
  }
});

test("quarters expire on the last Friday", () => {
  for (const [year, month, day] of [
    [2026, 3, 27],
    [2026, 12, 25],
    [2025, 10, 31],
    [2024, 2, 23],
  ] as const) {
    assert.equal(lastFridayExpiryMs(year, month), Date.UTC(year, month - 1, day, 8));
  }
});
