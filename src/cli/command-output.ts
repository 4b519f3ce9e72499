/** Exit codes: 0 done, 1 the command ran and found failures, 2 bad input or usage, 70 a fault of Plimsoll's own. */
export const exitCodes = { done: 0, failed: 1, input: 2, fault: 70 } as const;

/** What a command hands back: text for people, data for `--json`. */
export interface CommandOutput {
  readonly text: string;
  readonly json: unknown;
  /** Default 0. */
  readonly exitCode?: number;
}
