import assert from "node:assert/strict";
import { test } from "node:test";
import { initialMarginUsd, maintenanceMarginUsd, maxLeverageAt } from "./tiers.ts";

const btc = [
  { lowerBoundUsd: 0, maxLeverage: 40 },
  { lowerBoundUsd: 150e6, maxLeverage: 20 },
];
const flat = (maxLeverage: number) => [{ lowerBoundUsd: 0, maxLeverage }];
const near = (got: number, want: number): void =>
  assert.ok(Math.abs(got / want - 1) < 1e-12, `${got} ${want}`);

test("maintenance is half the initial margin at the largest leverage: 1.25 % at 40x, 16.7 % at 3x", () => {
  near(maintenanceMarginUsd(btc, 1e6), 12_500);
  near(maintenanceMarginUsd(flat(3), 1e6), 1e6 / 6);
});

test("maintenance = notional × rate − deduction, continuous at the tier's bound", () => {
  // deduction of the second tier: 150 million × (2.5 % − 1.25 %)
  near(maintenanceMarginUsd(btc, 200e6), 200e6 * 0.025 - 150e6 * 0.0125);
  near(maintenanceMarginUsd(btc, 150e6), 150e6 * 0.0125);
  near(maintenanceMarginUsd(btc, 150e6 + 1e-6), 150e6 * 0.0125);
});

test("leverage is that of the tier a notional reaches, or less by choice", () => {
  assert.deepEqual(
    [0, 150e6 - 1, 150e6, 1e9].map((notional) => maxLeverageAt(btc, notional)),
    [40, 40, 20, 20],
  );
  near(initialMarginUsd(btc, 1e6), 25_000);
  near(initialMarginUsd(btc, 1e6, 10), 100_000);
  near(initialMarginUsd(btc, 200e6, 40), 10e6);
  assert.equal(initialMarginUsd(btc, 0), 0);
});
