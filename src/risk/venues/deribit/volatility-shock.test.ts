import assert from "node:assert/strict";
import { test } from "node:test";
import { shockedVolatility } from "./volatility-shock.ts";

const shock = { up: 0.5, down: 0.25, shortPower: 0.5, longPower: 0, minimumUp: 0.3 };

const rows: readonly {
  name: string;
  days: number;
  vol: number;
  up: number;
  down: number;
}[] = [
  { name: "at 30 days the long power holds", days: 30, vol: 0.4, up: 0.6, down: 0.3 },
  { name: "below 30 days the short power", days: 7.5, vol: 0.4, up: 0.8, down: 0.2 },
  { name: "a low volatility rises to the least one", days: 30, vol: 0.1, up: 0.3, down: 0.075 },
  { name: "the fall ends at 0", days: 1.2, vol: 0.4, up: 1.4, down: 0 },
  {
    name: "the rise of the last day stops growing",
    days: 0.3,
    vol: 0.4,
    up: 0.4 * (1 + 0.5 * Math.sqrt(30)),
    down: 0,
  },
  { name: "and is finite at expiry", days: 0, vol: 0.4, up: 0.4 * (1 + 0.5 * Math.sqrt(30)), down: 0 },
];

for (const { name, days, vol, up, down } of rows) {
  test(`volatility shock: ${name}`, () => {
    const shocked = shockedVolatility(vol, days, shock);
    assert.ok(Math.abs(shocked.up - up) < 1e-12, `up ${shocked.up}`);
    assert.ok(Math.abs(shocked.down - down) < 1e-12, `down ${shocked.down}`);
  });
}
