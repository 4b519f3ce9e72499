import { type SignatureVerifier } from "./pool.ts";
import { type Verdict } from "./verify-envelope.ts";

/** What the signatures of a journal were found to be. */
export interface JournalVerification {
  readonly count: number;
  /** How many of the envelopes were signed and verified. */
  readonly verified: number;
  /** How many were the sequencer's own. */
  readonly unsigned: number;
  /** The first envelope that doesn't verify: its place, from 0, and what is wrong. */
  readonly firstBad: { readonly place: number; readonly verdict: Verdict } | undefined;
}

/**
 * Verifies every signature of a journal, as anyone may who replays it. Reads on while threads verify, a few batches ahead, and stops
 * at the first batch with an envelope that doesn't verify.
 */
export async function verifyJournal(
  batches: Iterable<readonly Uint8Array[]> | AsyncIterable<readonly Uint8Array[]>,
  verifier: SignatureVerifier,
): Promise<JournalVerification> {
  let count = 0;
  let verified = 0;
  let unsigned = 0;
  let firstBad: JournalVerification["firstBad"];
  const ahead: Promise<readonly Verdict[]>[] = [];
  const settle = async (): Promise<void> => {
    for (const verdict of (await ahead.shift()) ?? []) {
      if (verdict === "valid") verified++;
      else if (verdict === "unsigned") unsigned++;
      else firstBad ??= { place: count, verdict };
      count++;
    }
  };
  for await (const batch of batches) {
    const found = verifier.verify(batch);
    // When one batch fails, nobody waits for those behind it.
    found.catch(() => undefined);
    ahead.push(found);
    if (ahead.length >= batchesAhead) await settle();
    if (firstBad !== undefined) break;
  }
  while (ahead.length > 0) await settle();
  return { count, verified, unsigned, firstBad };
}

const batchesAhead = 4;
