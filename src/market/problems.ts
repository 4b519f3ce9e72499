import { type ErrorCode, type ErrorFacts, InvariantError, PlimsollError } from "../quantity/error.ts";

/** Most errors collected from one document; one more than a person will read. */
export const maxProblems = 100;

/** Collects a document's errors in the order found, up to {@link maxProblems}. */
export interface Problems {
  readonly errors: readonly PlimsollError[];
  /**
   * Facts may be given as a function: it is called only while there is room, so that a document in which everything is wrong
   * costs no more than one in which a hundred things are.
   */
  add(code: ErrorCode, facts: ErrorFacts | (() => ErrorFacts)): void;
  /**
   * Runs `step`; a {@link PlimsollError} that it throws is collected, its field put under `path`, and `undefined`
   * returned.
   */
  attempt<T>(step: () => T, path?: string): T | undefined;
}

export function collectProblems(): Problems {
  const errors: PlimsollError[] = [];
  const push = (error: PlimsollError): void => {
    if (errors.length < maxProblems) errors.push(error);
  };
  return {
    errors,
    add(code, facts) {
      if (errors.length >= maxProblems) return;
      errors.push(new PlimsollError(code, typeof facts === "function" ? facts() : facts));
    },
    attempt(step, path) {
      try {
        return step();
      } catch (error) {
        if (!(error instanceof PlimsollError)) throw error;
        const { code, field, value, limit, remedy } = error;
        push(
          path === undefined
            ? error
            : new PlimsollError(code, { field: `${path}.${field}`, value, limit, remedy }),
        );
        return undefined;
      }
    },
  };
}

/** A value, or the errors that prevent it. Exactly one of the two: `errors` is empty when `value` is there. */
export type Checked<T> =
  | { readonly value: T; readonly errors: readonly [] }
  | { readonly errors: readonly PlimsollError[] };

/** The value, or the first error thrown. */
export function valueOrThrow<T>(checked: Checked<T>): T {
  if (checked.errors.length === 0 && "value" in checked) return checked.value;
  throw checked.errors[0] ?? new InvariantError("a document gave neither value nor error");
}
