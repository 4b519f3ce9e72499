export { nativeVerifier } from "./native.ts";
export { type SignatureVerifier, signatureVerifierPool, type VerifierOptions } from "./pool.ts";
export * from "./portable.ts";
export { type JournalVerification, verifyJournal } from "./verify-journal.ts";
