// What runs in browsers too: signing, and verifying without node:crypto.
export { addressOfPublicKey } from "./address.ts";
export { isStrongSessionKey, verifySession } from "./edwards.ts";
export { addressKey, sessionKey, signCommand, type UnsequencedEnvelope, type SigningKey } from "./sign.ts";
export { signatureVerifier, type VerifySignature } from "./verify.ts";
export { type Verdict, verdicts, verifyEnvelope } from "./verify-envelope.ts";
