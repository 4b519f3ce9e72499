import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DeriveAuctionAccount,
  type DeriveAuctionParams,
  deriveBufferMargin,
  deriveCanConvert,
  deriveDiscount,
  deriveMaxProportion,
  deriveSolventPrice,
} from "./auction.ts";

const one = 10n ** 18n;
const params: DeriveAuctionParams = {
  startingMtMPercentage: (98n * one) / 100n,
  fastAuctionCutoffPercentage: (8n * one) / 10n,
  fastAuctionLength: 100n,
  slowAuctionLength: 14_400n,
  insolventAuctionLength: 600n,
  liquidatorFeeRate: one / 50n,
  bufferMarginPercentage: one / 5n,
};
const account: DeriveAuctionAccount = {
  maintenanceMargin: -50n * one,
  markToMarket: 100n * one,
  reservedCash: 0n,
  mtmCutoff: 0n,
};
const end = 14_500n;

test("the slow part falls in whole seconds of a line by 1, from the cutoff", () => {
  assert.equal(deriveDiscount(params, 100n), (8n * one) / 10n);
  assert.equal(deriveDiscount(params, 101n), (8n * one) / 10n);
  assert.equal(deriveDiscount(params, 102n), (8n * one) / 10n - one / 14_400n);
  assert.equal(deriveDiscount(params, end - 1n), (8n * one) / 10n - (11_519n * one) / 14_400n);
  assert.equal(deriveDiscount(params, end), 0n);
});

test("the price is 0 from the end on, whatever is reserved; before, more than the value reverts", () => {
  const reserved = { ...account, reservedCash: 100n * one + 1n };
  assert.equal(deriveSolventPrice(params, reserved, end), 0n);
  assert.equal(deriveSolventPrice(params, reserved, end - 1n), undefined);
  assert.equal(deriveCanConvert(params, reserved, false, end), true);
  assert.equal(deriveCanConvert(params, reserved, false, end - 1n), false);
});

test("an auction turns insolvent at a price of 0, also when all value is reserved cash", () => {
  const worthless = { ...account, reservedCash: 100n * one };
  assert.equal(deriveCanConvert(params, account, false, 10n), false);
  assert.equal(deriveCanConvert(params, worthless, false, 10n), true);
  assert.equal(deriveCanConvert(params, worthless, true, 10n), false);
  assert.equal(deriveCanConvert(params, { ...worthless, maintenanceMargin: 0n }, false, 10n), false);
});

test("the largest part: all below the cutoff, none of a safe account, and where the contract reverts", () => {
  const { maintenanceMargin, markToMarket } = account;
  const buffer = deriveBufferMargin(params, maintenanceMargin, markToMarket);
  assert.equal(buffer, -80n * one);
  assert.equal(deriveMaxProportion(buffer, account, one), (80n * one) / 180n);
  assert.equal(deriveMaxProportion(buffer, account, 0n), one);
  assert.equal(deriveMaxProportion(one, account, one), 0n);
  assert.equal(deriveMaxProportion(one, { ...account, mtmCutoff: 101n * one }, one), one);
  assert.equal(deriveMaxProportion(buffer, { ...account, markToMarket: -1n }, one), undefined);
  assert.equal(deriveMaxProportion(0n, account, 0n), undefined);
});
