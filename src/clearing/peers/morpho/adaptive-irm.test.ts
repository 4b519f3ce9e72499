import assert from "node:assert/strict";
import { test } from "node:test";
import { morphoExp, morphoRates } from "./adaptive-irm.ts";

const wad = 10n ** 18n;

test("the exponential is within 0.9 % of the true one, exact at 0, and bounded", () => {
  assert.equal(morphoExp(0n), wad);
  for (let x = -20; x <= 20; x += 0.37) {
    const ratio = Number(morphoExp(BigInt(Math.round(x * 1e18)))) / 1e18 / Math.exp(x);
    assert.ok(Math.abs(ratio - 1) < 0.009, `${x}: ${ratio}`);
  }
  assert.equal(morphoExp(-42n * wad), 0n);
  assert.equal(morphoExp(100n * wad), morphoExp(94n * wad));
});

test("a market without a rate yet starts at 4 % a year, whatever the time", () => {
  const { endRateAtTarget, averageBorrowRate } = morphoRates((9n * wad) / 10n, 0n, 86_400n);
  assert.equal(endRateAtTarget, (4n * wad) / 100n / 31_536_000n);
  assert.equal(averageBorrowRate, endRateAtTarget);
});

test("a rate outside the bounds stays as long as nothing moves it, then comes within", () => {
  assert.equal(morphoRates(wad, 5n, 0n).endRateAtTarget, 5n);
  assert.equal(morphoRates(wad, 5n, 1n).endRateAtTarget, wad / 1_000n / 31_536_000n);
});
