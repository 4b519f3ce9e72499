import { AddressVerifier } from "./recover.ts";
import { verifySession } from "./edwards.ts";
import { signerKind } from "../../clearing/protocol/index.ts";

/** Whether a signature is a signer's over a digest. Never throws, whatever it is given. */
export type VerifySignature = (signer: string, digest: Uint8Array, signature: Uint8Array) => boolean;

/** How session keys are verified: {@link verifySession} anywhere, a native twin in Node. */
export function signatureVerifier(session: VerifySignature = verifySession): VerifySignature {
  const addresses = new AddressVerifier();
  return (signer, digest, signature) => {
    const kind = signerKind(signer);
    if (kind === "address") return addresses.verify(signer, digest, signature);
    return kind === "sessionKey" && session(signer, digest, signature);
  };
}
