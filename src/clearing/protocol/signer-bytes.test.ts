import assert from "node:assert/strict";
import { test } from "node:test";
import { ForeignBytes } from "./foreign-bytes.ts";
import { SignerReader, writeSigner } from "./signer-bytes.ts";
import { randomStream } from "../../numerics/random.ts";
import { ByteWriter } from "../state/bytes.ts";

function bytesOf(signer: string): Uint8Array {
  const out = new ByteWriter();
  writeSigner(signer, out);
  return out.copy();
}

test("a reader gives each signer its own text, however many it has read and however alike they are", () => {
  const random = randomStream(11);
  const digits = (count: number): string =>
    Array.from({ length: count }, () => random.nextBelow(16).toString(16)).join("");
  const signers: string[] = [""];
  for (let i = 0; i < 6_000; i++) signers.push(`0x${digits(40)}`, digits(64));
  // begin alike: address and session key, and keys that differ at their end alone, which all have one home
  const shared = digits(40);
  signers.push(`0x${shared}`);
  for (let i = 0; i < 40; i++) signers.push(`${shared}${digits(24)}`);
  const reader = new SignerReader();
  for (let round = 0; round < 3; round++) {
    for (const signer of signers) {
      const from = new ForeignBytes(bytesOf(signer));
      assert.equal(reader.read(from), signer);
      assert.equal(from.remaining, 0);
    }
  }
});

test("a signer of another kind, or cut short, is refused", () => {
  const reader = new SignerReader();
  for (const bytes of [Uint8Array.of(3, 0), Uint8Array.of(1), new Uint8Array(20).fill(1), Uint8Array.of()]) {
    assert.throws(() => reader.read(new ForeignBytes(bytes)), { code: "PLM_ENCODING" });
  }
});
