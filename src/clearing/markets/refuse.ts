import { type Rejection, type RejectionCode } from "../protocol/rejections.ts";

export const refuse = (
  code: RejectionCode,
  field: string,
  value: number | string,
  limit: number | string,
): Rejection => ({ code, field, value, limit });

/** Refuses what is not an integer from `min` to `max`. */
export function checkInteger(
  code: RejectionCode,
  field: string,
  value: number,
  min: number,
  max: number,
): Rejection | undefined {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return undefined;
  return refuse(code, field, value, `a whole number from ${min} to ${max}`);
}

/** Refuses what is none of `choices`. */
export function checkChoice(
  code: RejectionCode,
  field: string,
  value: string,
  choices: readonly string[],
): Rejection | undefined {
  return choices.includes(value) ? undefined : refuse(code, field, value, `one of ${choices.join(", ")}`);
}
