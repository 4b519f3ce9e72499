/** A step that the emulated contracts revert, with their reason. It changes nothing. */
export class StepRefused extends Error {
  override readonly name = "StepRefused";
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}
