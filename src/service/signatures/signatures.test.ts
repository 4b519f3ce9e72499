import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign, verify } from "node:crypto";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import fc from "fast-check";
import {
  addressKey,
  isStrongSessionKey,
  nativeVerifier,
  sessionKey,
  signatureVerifier,
  signatureVerifierPool,
  signCommand,
  type SigningKey,
  verifyJournal,
} from "./index.ts";
import {
  type Command,
  commandDigest,
  decodeEnvelope,
  domainSeparator,
  encodeEnvelope,
  type Envelope,
  stampEnvelope,
} from "../../clearing/protocol/index.ts";
import { ByteWriter } from "../../clearing/state/index.ts";
import { PlimsollError } from "../../quantity/error.ts";

const secret = (seed: number): Uint8Array => keccak_256(Uint8Array.of(seed));
const keys: readonly SigningKey[] = [1, 2, 3].flatMap((seed) => [
  addressKey(secret(seed)),
  sessionKey(secret(seed)),
]);
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (of: Uint8Array): string => Buffer.from(of).toString("hex");

/** Both verifiers, which must agree on everything. */
const portable = signatureVerifier();
const native = nativeVerifier();
function verdict(signer: string, digest: Uint8Array, signature: Uint8Array): boolean {
  const found = portable(signer, digest, signature);
  assert.equal(native(signer, digest, signature), found, `${signer} ${hex(digest)} ${hex(signature)}`);
  return found;
}

test("the signature of EIP-712's example is that of its address", () => {
  const key = addressKey(keccak_256(Buffer.from("cow")));
  assert.equal(key.signer, "0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826");
  const digest = bytes("be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
  const signature = bytes(
    "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b915621c",
  );
  assert.deepEqual(key.sign(digest), signature);
  assert.ok(verdict(key.signer, digest, signature));
});

test("RFC 8032's first signatures verify", () => {
  // RFC 8032 §7.1, TEST 3 (of two bytes): the digest is only bytes to Ed25519.
  const key = sessionKey(bytes("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"));
  assert.equal(key.signer, "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  const signature = bytes(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  );
  assert.ok(verdict(key.signer, bytes("af82"), signature));
});

test("a signature is valid for its signer and digest alone, known keys and new ones alike", () => {
  const digests = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(
      digests,
      fc.nat(5),
      fc.nat(5),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (digest, by, other, at, flip) => {
        const key = keys[by]!;
        const signature = key.sign(digest);
        assert.ok(verdict(key.signer, digest, signature));
        assert.equal(verdict(keys[other]!.signer, digest, signature), by === other);
        const altered = signature.slice();
        altered[at % altered.length]! ^= flip;
        assert.equal(verdict(key.signer, digest, altered), false);
        const elsewhere = digest.slice();
        elsewhere[at % 32]! ^= flip;
        assert.equal(verdict(key.signer, elsewhere, signature), false);
        assert.equal(verdict(key.signer, digest, signature.subarray(1)), false);
        assert.equal(verdict(key.signer, digest, Uint8Array.of(...signature, 0)), false);
      },
    ),
    // More than an address must come for a table of its key.
    { seed: 31, numRuns: 100 },
  );
});

test("no signature has a second form", () => {
  const digest = keccak_256(Uint8Array.of(9));
  const key = addressKey(secret(7));
  const signature = key.sign(digest);
  const twin = signature.slice();
  const s = secp256k1.Point.Fn.ORDER - BigInt(`0x${hex(signature.subarray(32, 64))}`);
  twin.set(bytes(s.toString(16).padStart(64, "0")), 32);
  twin[64] = 55 - signature[64]!;
  for (const _ of [1, 2]) {
    assert.equal(verdict(key.signer, digest, twin), false, "high s");
    for (const v of [0, 1, 26, 29, 30, 55 - signature[64]!]) {
      const other = signature.slice();
      other[64] = v;
      assert.equal(verdict(key.signer, digest, other), false, `v ${v}`);
    }
    assert.ok(verdict(key.signer, digest, signature));
  }
  const session = sessionKey(secret(7));
  const plain = session.sign(digest);
  const raised = plain.slice();
  let sum = BigInt(`0x${hex(plain.slice(32).reverse())}`) + ed25519.Point.Fn.ORDER;
  for (let i = 32; i < 64; i++, sum >>= 8n) raised[i] = Number(sum & 0xffn);
  assert.ok(verdict(session.signer, digest, plain));
  assert.equal(verdict(session.signer, digest, raised), false, "s above the order");
});

test("weak session keys verify nothing", () => {
  // The eight points of small order, canonical and not, and an encoding of y ≥ p.
  const weak = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ];
  const digest = secret(1);
  for (const signer of weak) {
    assert.equal(isStrongSessionKey(bytes(signer)), false, signer);
    // With a key of small order, R = S·B fits one digest in eight or more.
    for (const s of [0n, 1n, 5n]) {
      const signature = new Uint8Array(64);
      const point = s === 0n ? ed25519.Point.ZERO : ed25519.Point.BASE.multiply(s);
      signature.set(point.toBytes());
      signature[32] = Number(s);
      assert.equal(verdict(signer, digest, signature), false);
    }
  }
  assert.ok(isStrongSessionKey(bytes(keys[1]!.signer)));
});

test("a signature that holds only up to the cofactor is refused by both", () => {
  // A signer may add a point of order 8 to R; equations with the cofactor don't see it, OpenSSL's does.
  const torsion = ed25519.Point.fromBytes(
    bytes("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
  );
  const { head, prefix, scalar } = ed25519.utils.getExtendedPublicKey(secret(5));
  assert.equal(head.length + prefix.length, 64);
  const digest = secret(6);
  const publicKey = ed25519.getPublicKey(secret(5));
  const r = 12_345n;
  const R = ed25519.Point.BASE.multiply(r).add(torsion).toBytes();
  const hash = createHash("sha512").update(R).update(publicKey).update(digest).digest();
  const k = BigInt(`0x${Buffer.from(hash.toReversed()).toString("hex")}`) % ed25519.Point.Fn.ORDER;
  let s = (r + k * scalar) % ed25519.Point.Fn.ORDER;
  const signature = new Uint8Array(64);
  signature.set(R);
  for (let i = 32; i < 64; i++, s >>= 8n) signature[i] = Number(s & 0xffn);
  assert.ok(
    ed25519.verify(signature, digest, publicKey, { zip215: true }),
    "it does hold up to the cofactor",
  );
  assert.equal(verdict(hex(publicKey), digest, signature), false);
});

test("OpenSSL's own keys and signatures verify", () => {
  const pair = generateKeyPairSync("ed25519");
  const raw = pair.publicKey.export({ format: "der", type: "spki" }).subarray(12);
  const digest = secret(8);
  const signature = sign(null, digest, pair.privateKey);
  assert.ok(verify(null, digest, pair.publicKey, signature));
  assert.ok(verdict(hex(raw), digest, signature));
});

test("nothing that is thrown at a verifier makes it throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.constantFrom(...keys.map(({ signer }) => signer), "z".repeat(64), `0x${"Z".repeat(40)}`),
      ),
      fc.uint8Array({ maxLength: 40 }),
      fc.oneof(fc.uint8Array({ minLength: 64, maxLength: 65 }), fc.uint8Array({ maxLength: 70 })),
      (signer, digest, signature) => {
        assert.equal(verdict(signer, digest, signature), false);
      },
    ),
    { seed: 32, numRuns: 400 },
  );
});

// Envelopes, as the service meets them.

const domain = { venue: "Example", chainId: 31_337 };
const separator = domainSeparator(domain);
const command: Command = { type: "cancelAll", account: 4, instrument: -1 };

function envelope(key: SigningKey, nonce: number): Envelope {
  return { sequence: 0, timeMs: 0, ...signCommand(key, command, nonce, 0, separator) };
}

function encoded(of: Envelope): Uint8Array {
  const out = new ByteWriter();
  encodeEnvelope(of, out);
  return out.copy();
}

test("a pool gives a verdict for each envelope, in order, and the same as one thread", async () => {
  const good = Array.from({ length: 150 }, (_, i) => encoded(envelope(keys[i % 6]!, i)));
  const batch = good.map((of, i) => {
    if (i % 7 === 3) return encoded({ ...decodeEnvelope(of), nonce: 1000 + i });
    if (i % 11 === 5) return of.subarray(0, 40);
    if (i % 13 === 6) {
      return encoded({
        ...decodeEnvelope(of),
        signer: "",
        signature: new Uint8Array(0),
        command: { type: "tick" },
      });
    }
    return of;
  });
  const expected = batch.map((_, i) =>
    i % 7 === 3 ? "badSignature" : i % 11 === 5 ? "malformed" : i % 13 === 6 ? "unsigned" : "valid",
  );
  const pool = signatureVerifierPool({ domain, threads: 2 });
  const inline = signatureVerifierPool({ domain, threads: 0 });
  const other = signatureVerifierPool({ domain: { ...domain, venue: "Other" }, threads: 1, maxPending: 10 });
  try {
    const [first, second] = await Promise.all([pool.verify(batch), pool.verify(batch.toReversed())]);
    assert.deepEqual(first, expected);
    assert.deepEqual(second, expected.toReversed());
    assert.deepEqual(await inline.verify(batch), expected);
    assert.equal(pool.pending, 0);
    assert.deepEqual(await pool.verify([]), []);
    const stamped = good[0]!.slice();
    stampEnvelope(stamped, 77, 1_790_000_000_000);
    assert.deepEqual(await pool.verify([stamped]), ["valid"], "sequence and time are not signed");
    assert.deepEqual(decodeEnvelope(stamped), {
      ...decodeEnvelope(good[0]!),
      sequence: 77,
      timeMs: 1_790_000_000_000,
    });

    await assert.rejects(other.verify(good.slice(0, 11)), isError("PLM_LIMIT"));
    assert.deepEqual(
      new Set(await other.verify(good.slice(0, 10))),
      new Set(["badSignature"]),
      "another venue",
    );
  } finally {
    await Promise.all([pool.close(), inline.close(), other.close()]);
  }
  await assert.rejects(pool.verify(good), isError("PLM_USAGE"));
});

const isError = (code: string) => (error: unknown) => error instanceof PlimsollError && error.code === code;

test("closing rejects what is pending", async () => {
  const pool = signatureVerifierPool({ domain, threads: 1 });
  const pending = pool.verify(Array.from({ length: 50 }, (_, i) => encoded(envelope(keys[1]!, i))));
  await Promise.all([assert.rejects(pending, isError("PLM_USAGE")), pool.close()]);
});

test("a whole journal is verified, and the first bad record is found", async () => {
  const tick = encoded({
    sequence: 1,
    timeMs: 5,
    signer: "",
    nonce: 0,
    deadlineMs: 0,
    signature: new Uint8Array(0),
    command: { type: "tick" },
  });
  const good = [tick, ...Array.from({ length: 99 }, (_, i) => encoded(envelope(keys[1 + 2 * (i % 3)]!, i)))];
  const batchesOf = (all: readonly Uint8Array[]): Uint8Array[][] =>
    Array.from({ length: 10 }, (_, i) => all.slice(i * 10, i * 10 + 10));
  const verifier = signatureVerifierPool({ domain, threads: 1 });
  try {
    const whole = await verifyJournal(batchesOf(good), verifier);
    assert.deepEqual(whole, { count: 100, verified: 99, unsigned: 1, firstBad: undefined });
    const bad = good.with(37, encoded({ ...decodeEnvelope(good[37]!), deadlineMs: 1 }));
    const { firstBad } = await verifyJournal(batchesOf(bad), verifier);
    assert.deepEqual(firstBad, { place: 37, verdict: "badSignature" });
  } finally {
    await verifier.close();
  }
  assert.equal(hex(commandDigest(command, 0, 0, separator)).length, 64);
});
