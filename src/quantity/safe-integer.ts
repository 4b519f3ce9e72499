import { invariant } from "./error.ts";

/**
 * An exact integer as a JavaScript number. For amounts that their bounds keep within ±(2^53 − 1): one beyond is a fault of
 * ours, and stops the machine.
 */
export function safeInteger(value: bigint, what: string): number {
  const number = Number(value);
  invariant(Number.isSafeInteger(number), `${what} is a safe integer, not ${value}`);
  return number;
}
