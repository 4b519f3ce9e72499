/** A step that the emulated contracts revert. It changes nothing. */
export class StepReverted extends Error {
  override readonly name = "StepReverted";
  /** The name of their error, where it is theirs and not the compiler's. */
  readonly error: string | undefined;

  constructor(error?: string) {
    super(error ?? "arithmetic");
    this.error = error;
  }
}
