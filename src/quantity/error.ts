/**
 * Every error code that Plimsoll can throw, with the situation it names. Codes are stable: programs may match on them.
 * Order is alphabetical; docs/errors.md lists the same codes and a test keeps the two in step.
 */
export const errorCodes = {
  PLM_BUSY: "The service has more under way than it takes, or is closing: nothing was done.",
  PLM_CSV_SYNTAX: "A CSV file's header or row does not have the shape its format prescribes.",
  PLM_DATA_GAP: "A history lacks the observations that the requested calculation needs.",
  PLM_DISK: "The disk failed or is full; the log that met it refuses all further writes.",
  PLM_DOCUMENT_VERSION: "A document names a schema or version that this release does not read.",
  PLM_DOMAIN: "A number is NaN, infinite or outside the range that its meaning allows.",
  PLM_DUPLICATE: "Two entries of a document carry an identifier that must be unique.",
  PLM_ENCODING: "Bytes are not a command, envelope or event in the published encoding.",
  PLM_FEED: "A source of prices cannot be used: not installed, not reachable, or without usable prices.",
  PLM_FIELD: "A document's field is missing, of the wrong type or of a forbidden value.",
  PLM_FILE: "A file cannot be read or written.",
  PLM_JOURNAL_BUSY: "The journal's queue is full; the append took no sequence.",
  PLM_JOURNAL_CORRUPT:
    "A journal's or snapshot's bytes are not what was written, and not what a crash leaves.",
  PLM_JOURNAL_FENCED: "An append expected another sequence, or a later writer took over.",
  PLM_JOURNAL_LOCKED: "Another process has the journal open.",
  PLM_JSON_SYNTAX: "A text is not JSON.",
  PLM_LIMIT: "An input exceeds a size, depth, count or time limit.",
  PLM_METHOD: "A request's method is not one that its path serves.",
  PLM_NONCE:
    "A nonce was used before: for another command, or for this one so long ago that its receipt is forgotten.",
  PLM_NO_SOLUTION: "A solver was asked for a value that does not exist.",
  PLM_OVERFLOW: "An exact amount does not fit the integer range of its unit.",
  PLM_RATE: "More was asked for in a time than the limits allow: nothing was done.",
  PLM_REJECTED: "The clearing machine refused a command, and whoever sent it did not expect that.",
  PLM_SESSION: "No session, one that has lapsed, or a request for one that cannot be granted.",
  PLM_SIGNATURE: "A signature is not the one of the signer that the command names.",
  PLM_SNAPSHOT: "A snapshot of the state is cut short, altered, or not of the state its root names.",
  PLM_UNAVAILABLE: "The service has failed or cannot answer now; what became of the request is not known.",
  PLM_UNKNOWN:
    "A document refers to an instrument, asset, underlying, model or command that nothing defines.",
  PLM_UNSUPPORTED: "A valid request that this release does not implement.",
  PLM_USAGE: "A command was called with wrong arguments.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** The facts an error must name: where, what was found, what is allowed, and what to do next. */
export interface ErrorFacts {
  /** Path of the offending field or argument, such as `positions[3].size`, `strike` or `chain.csv:17:iv`. */
  readonly field: string;
  /** The offending value, as found; undefined says that it is missing. Long values are shortened in the message. Never a secret. */
  readonly value: unknown;
  /** What would have been accepted, in words or as a bound: `"> 0"`, `"one of call, put"`. */
  readonly limit: string;
  /** What the caller should do next, as a sentence. */
  readonly remedy: string;
}

const longestValue = 80;

function show(value: unknown): string {
  let text: string;
  if (value === undefined) text = "missing";
  else if (typeof value === "string") text = JSON.stringify(value);
  else if (typeof value === "number" || typeof value === "boolean" || value === null) {
    text = String(value);
  } else if (typeof value === "bigint") text = `${value}`;
  else if (Array.isArray(value)) text = `an array of ${value.length}`;
  else text = typeof value === "object" ? "an object" : `a ${typeof value}`;
  return text.length > longestValue ? `${text.slice(0, longestValue)}… (${text.length} characters)` : text;
}

/**
 * The one error type that Plimsoll throws for misuse and bad input. Its message names field, value, limit and remedy;
 * nothing was changed by the call that threw it.
 */
export class PlimsollError extends Error {
  override readonly name = "PlimsollError";
  readonly code: ErrorCode;
  readonly field: string;
  readonly value: unknown;
  readonly limit: string;
  readonly remedy: string;

  constructor(code: ErrorCode, facts: ErrorFacts) {
    super(`${code}: ${facts.field} is ${show(facts.value)}; must be ${facts.limit}. ${facts.remedy}`);
    this.code = code;
    this.field = facts.field;
    this.value = facts.value;
    this.limit = facts.limit;
    this.remedy = facts.remedy;
  }

  /** The error as data, for `--json` output and logs. Long values are shortened. */
  toJSON(): {
    code: ErrorCode;
    field: string;
    value: string;
    limit: string;
    remedy: string;
    message: string;
  } {
    return {
      code: this.code,
      field: this.field,
      value: show(this.value),
      limit: this.limit,
      remedy: this.remedy,
      message: this.message,
    };
  }
}

/** A broken invariant: a fault of Plimsoll's own, never of its input. Stops the machine before it can write. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Throws {@link InvariantError} unless `condition` holds. */
export function invariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new InvariantError(`invariant broken: ${what}`);
}

/** Throws `PLM_DOMAIN` unless `value` is a finite number within [`min`, `max`]. Returns `value`. */
export function requireNumber(
  field: string,
  value: number,
  min: number = -Infinity,
  max: number = Infinity,
): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < min || value > max) {
    const limit =
      min === -Infinity && max === Infinity
        ? "a finite number"
        : max === Infinity
          ? `a finite number ≥ ${min}`
          : min === -Infinity
            ? `a finite number ≤ ${max}`
            : `a number from ${min} to ${max}`;
    throw new PlimsollError("PLM_DOMAIN", { field, value, limit, remedy: `Correct ${field} at its source.` });
  }
  return value;
}

/** Throws `PLM_DOMAIN` unless `value` is a finite number above 0, and at most `max`. Returns `value`. */
export function requirePositive(field: string, value: number, max: number = Infinity): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0 || value > max) {
    const limit = max === Infinity ? "a finite number > 0" : `a number above 0, at most ${max}`;
    throw new PlimsollError("PLM_DOMAIN", { field, value, limit, remedy: `Correct ${field} at its source.` });
  }
  return value;
}
