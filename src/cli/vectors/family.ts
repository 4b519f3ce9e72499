/** One field of one case that did not agree. */
export interface FieldFailure {
  /** Path inside the case's expected output: `scenarioPnl[3]`, `initial.freeCollateral`. */
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

/** What one case of a vector file gave. It failed when `failures` is not empty. */
export interface CaseResult {
  readonly id: string;
  readonly failures: readonly FieldFailure[];
  /** Fields whose README says that the peer's own value is a defect: reported, never compared. */
  readonly setAside: readonly { readonly field: string; readonly reason: string }[];
  /** Set when the case belongs to an area without rules here: nothing of it was compared. */
  readonly notCovered?: string;
}

/** Knows one family of vector files: recognises a document by its content and runs its cases. */
export interface VectorFamily {
  /** As in the vectors' README: `derive-pm2`, `mango-health`, `published-examples`. */
  readonly family: string;
  /**
   * Whether a parsed JSON document belongs to this family. By content (its `source`, `fn`, the shape of its cases), so that
   * another file of the family with another name is found; the name may only break ties.
   */
  matches(document: unknown, fileName: string): boolean;
  /** Runs every case. Never throws for a bad case: an exception becomes that case's failure. */
  run(document: unknown): readonly CaseResult[];
}
