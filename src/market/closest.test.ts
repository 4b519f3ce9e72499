import assert from "node:assert/strict";
import { test } from "node:test";
import { closest, didYouMean } from "./closest.ts";

test("a mistyped name finds what was meant, nearest first", () => {
  const fields = ["instrument", "size", "entryPrice", "price"];
  for (const [name, expected] of [
    ["instrumnet", ["instrument"]],
    ["Size", ["size"]],
    ["entryprice", ["entryPrice"]],
    ["entry", []],
    ["prize", ["price"]],
    ["siez", ["size"]],
    ["", []],
    ["leverage", []],
    ["x".repeat(1_000), []],
  ] as const) {
    assert.deepEqual(closest(name, fields), expected, name);
  }
  assert.deepEqual(
    closest("BTC-27MAR26-100000-C", ["BTC-27MAR26-100000-P", "BTC-27MAR26-110000-C", "ETH-1"], 2),
    ["BTC-27MAR26-100000-P", "BTC-27MAR26-110000-C"],
  );
  assert.equal(didYouMean("siz", fields, "no"), "Did you mean size?");
  assert.equal(didYouMean("leverage", fields, "no"), "no");
});

test("a hint costs little, however many names there are", () => {
  const names = Array.from({ length: 300_000 }, (_, index) => `BTC-27MAR26-${index}-C`);
  let measured = 0;
  const counted = (function* () {
    for (const name of names) {
      measured += 1;
      yield name;
    }
  })();
  closest("BTC-27MAR26-12345-X", counted);
  assert.ok(measured < 20_000, `${measured} names looked at`);
});
