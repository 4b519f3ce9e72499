import { type VerifySignature } from "./verify.ts";
import { commandDigest, decodeEnvelope, type DomainSeparator } from "../../clearing/protocol/index.ts";
import { PlimsollError } from "../../quantity/error.ts";

/** What was found of one envelope: `unsigned` is for the sequencer's own, which nobody signs. */
export const verdicts = ["valid", "badSignature", "unsigned", "malformed"] as const;
export type Verdict = (typeof verdicts)[number];

/** Verifies one encoded envelope. Never throws for bad bytes. */
export function verifyEnvelope(
  bytes: Uint8Array,
  separator: DomainSeparator,
  verify: VerifySignature,
): Verdict {
  try {
    const { signer, command, nonce, deadlineMs, signature } = decodeEnvelope(bytes);
    if (signer === "") return "unsigned";
    return verify(signer, commandDigest(command, nonce, deadlineMs, separator), signature)
      ? "valid"
      : "badSignature";
  } catch (error) {
    if (error instanceof PlimsollError) return "malformed";
    throw error;
  }
}
