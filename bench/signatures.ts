import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { interleave, printRatio, printTimings, ratioOf, timed } from "./measure.ts";
import {
  addressKey,
  nativeVerifier,
  sessionKey,
  signCommand,
  type SigningKey,
  verifyEnvelope,
} from "../src/service/signatures/index.ts";
import {
  commandDigest,
  completeCommand,
  decodeEnvelope,
  domainSeparator,
  encodeEnvelope,
  isRejection,
} from "../src/clearing/protocol/index.ts";
import { ByteWriter } from "../src/clearing/state/index.ts";

const separator = domainSeparator({ venue: "Example", chainId: 31_337 });
const count = 256;
const signerCount = 8;
/** What is fast is timed so often. */
const repeats = 50;

function order(clientOrderId: number) {
  const command = completeCommand({
    type: "placeOrder",
    account: 7,
    instrument: 3,
    side: clientOrderId % 2 === 0 ? "buy" : "sell",
    priceTicks: 600_000 + clientOrderId,
    lots: 25,
    clientOrderId,
  });
  if (isRejection(command)) throw new Error(`the order is ${command.field}`);
  return command;
}

/** Encoded envelopes of orders, by a few signers in turn. */
function envelopes(keyOf: (secret: Uint8Array) => SigningKey): Uint8Array[] {
  const keys = Array.from({ length: signerCount }, (_, i) => keyOf(new Uint8Array(32).fill(i + 1)));
  const out = new ByteWriter();
  return Array.from({ length: count }, (_, i) => {
    out.clear();
    const key = keys[i % signerCount];
    if (key === undefined) throw new Error("there are signers");
    encodeEnvelope({ sequence: i, timeMs: 1, ...signCommand(key, order(i), i, 0, separator) }, out);
    return out.copy();
  });
}

const perSecond = (ms: number): string => `${Math.round((count * 1e3) / ms)} /s`;

/** Signatures verified on one processor, whole: decoding, digest and curve; beside the machine's own limit. */
export async function benchSignatures(rounds: number): Promise<void> {
  const few = Math.min(rounds, 7);
  console.log(`\nSignatures: ${count} signed orders by ${signerCount} signers, one processor`);
  const session = envelopes(sessionKey);
  const address = envelopes(addressKey);
  const verifier = nativeVerifier();
  const all =
    (records: readonly Uint8Array[], by = verifier) =>
    (): number =>
      timed(() => {
        for (const record of records) {
          if (verifyEnvelope(record, separator, by) !== "valid") throw new Error("a good signature is valid");
        }
      });

  const edwards = generateKeyPairSync("ed25519");
  const digest = commandDigest(order(1), 1, 0, separator);
  const edSignature = sign(null, digest, edwards.privateKey);
  const koblitz = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
  const koblitzKey = createPublicKey(koblitz.privateKey);
  const ecSignature = sign("sha256", digest, koblitz.privateKey);
  const secret = new Uint8Array(32).fill(1);
  const recoverable = secp256k1.sign(digest, secret, { prehash: false, format: "recovered" });

  const sessions = await interleave(
    [
      { name: "session keys (Ed25519), whole", run: all(session) },
      {
        name: "node:crypto, Ed25519 alone",
        run: () =>
          timed(() => {
            for (let i = 0; i < count; i++) verify(null, digest, edwards.publicKey, edSignature);
          }),
      },
      {
        name: "decoding alone",
        run: () =>
          timed(() => {
            for (let i = 0; i < repeats; i++) for (const record of session) decodeEnvelope(record);
          }) / repeats,
      },
      {
        name: "decoding and digest alone",
        run: () =>
          timed(() => {
            for (const record of session) {
              const { command, nonce, deadlineMs } = decodeEnvelope(record);
              commandDigest(command, nonce, deadlineMs, separator);
            }
          }),
      },
    ],
    few,
  );
  printTimings(sessions.values(), perSecond);
  printRatio(
    "whole ÷ node:crypto alone",
    inverse(ratioOf(sessions, ["node:crypto, Ed25519 alone"], "session keys (Ed25519), whole")),
  );

  const addresses = await interleave(
    [
      { name: "addresses (secp256k1), whole, keys known", run: all(address) },
      {
        name: "addresses, whole, each seen for the first time",
        run: () => all(address.slice(0, signerCount), nativeVerifier())() * (count / signerCount),
      },
      {
        name: "noble, recovery alone",
        run: () =>
          timed(() => {
            for (let i = 0; i < count / 4; i++)
              secp256k1.recoverPublicKey(recoverable, digest, { prehash: false });
          }) * 4,
      },
      {
        name: "node:crypto, ECDSA over SHA-256 alone",
        run: () =>
          timed(() => {
            for (let i = 0; i < count; i++) verify("sha256", digest, koblitzKey, ecSignature);
          }),
      },
    ],
    few,
  );
  printTimings(addresses.values(), perSecond);
  printRatio(
    "whole ÷ node:crypto alone",
    inverse(
      ratioOf(
        addresses,
        ["node:crypto, ECDSA over SHA-256 alone"],
        "addresses (secp256k1), whole, keys known",
      ),
    ),
  );
}

const inverse = ({ byMedian, byBest }: { byMedian: number; byBest: number }) => ({
  byMedian: 1 / byMedian,
  byBest: 1 / byBest,
});
