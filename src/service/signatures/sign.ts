import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { addressOfPublicKey } from "./address.ts";
import {
  type Command,
  commandDigest,
  type DomainSeparator,
  type Envelope,
} from "../../clearing/protocol/index.ts";

/** What a signer sends: an envelope before it is sequenced. */
export type UnsequencedEnvelope = Omit<Envelope, "sequence" | "timeMs">;

/** A secret that signs. Runs in browsers too. */
export interface SigningKey {
  /** As in `Envelope.signer`. */
  readonly signer: string;
  /** Signs a 32-byte digest: 65 bytes (r, s, v) for an address, 64 for a session key. */
  sign(digest: Uint8Array): Uint8Array;
}

/** An Ethereum account that signs with its secp256k1 secret, 32 bytes. Deterministic (RFC 6979), low s, v 27 or 28. */
export function addressKey(secret: Uint8Array): SigningKey {
  const signer = addressOfPublicKey(secp256k1.getPublicKey(secret, false));
  return {
    signer,
    sign(digest) {
      const recovered = secp256k1.sign(digest, secret, { prehash: false, format: "recovered" });
      const signature = new Uint8Array(65);
      signature.set(recovered.subarray(1));
      signature[64] = 27 + (recovered[0] ?? 0);
      return signature;
    },
  };
}

/** A session key: an Ed25519 secret, 32 bytes. Its public key in hex is what the owner authorizes. */
export function sessionKey(secret: Uint8Array): SigningKey {
  return {
    signer: bytesToHex(ed25519.getPublicKey(secret)),
    sign: (digest) => ed25519.sign(digest, secret),
  };
}

/** Signs a command for one venue. `nonce` must be new for the signer; `deadlineMs` 0: no deadline. */
export function signCommand(
  key: SigningKey,
  command: Command,
  nonce: number,
  deadlineMs: number,
  separator: DomainSeparator,
): UnsequencedEnvelope {
  const signature = key.sign(commandDigest(command, nonce, deadlineMs, separator));
  return { signer: key.signer, nonce, deadlineMs, signature, command };
}
