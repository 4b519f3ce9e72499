import assert from "node:assert/strict";
import { test } from "node:test";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { keccak256, wasmKeccak } from "./keccak.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("Ethereum's own values", () => {
  assert.equal(
    hex(keccak256(new Uint8Array(0))),
    "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    "the hash of no code, in every account",
  );
  assert.equal(hex(keccak256(Buffer.from("transfer(address,uint256)"))).slice(0, 8), "a9059cbb", "ERC-20");
});

test("the kernel gives what the library gives, at every length around its blocks", () => {
  const kernel = wasmKeccak();
  assert.ok(kernel);
  for (const length of [...Array(420).keys(), 8567, 8568, 8703, 8704, 8705, 20_000]) {
    const message = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff);
    assert.equal(hex(kernel(message)), hex(keccak_256(message)), String(length));
  }
});
