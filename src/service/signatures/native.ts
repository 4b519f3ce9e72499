import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { isStrongSessionKey } from "./edwards.ts";
import { signatureVerifier, type VerifySignature } from "./verify.ts";

/** What stands before a raw Ed25519 public key in the form that node:crypto takes. */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");
const mostKnown = 16_384;

/** Verifies session keys' signatures by OpenSSL. Keys that are known cost nothing but the verification. */
function nativeSessions(): VerifySignature {
  const known = new Map<string, KeyObject | undefined>();
  const keyOf = (signer: string): KeyObject | undefined => {
    const raw = Buffer.from(signer, "hex");
    if (raw.length !== 32 || !isStrongSessionKey(raw)) return undefined;
    return createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: "der", type: "spki" });
  };
  return (signer, digest, signature) => {
    if (signature.length !== 64) return false;
    let key = known.get(signer);
    if (key === undefined && !known.has(signer)) {
      key = keyOf(signer);
      if (known.size >= mostKnown) known.clear();
      known.set(signer, key);
    }
    return key !== undefined && verify(null, digest, key, signature);
  };
}

/** The verifier for Node: session keys natively, addresses as everywhere. */
export const nativeVerifier = (): VerifySignature => signatureVerifier(nativeSessions());
