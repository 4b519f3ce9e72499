/*
 * A remainder too small to be worth anybody's while stays for ever, and dust has blocked liquidations elsewhere (euler-vault-kit #310,
 * aave-v4 #605). Each rule here therefore always lets the whole be taken.
 */

/** Whether taking `part` of `whole` would leave something, but less than `dust`. */
export const leavesDust = (part: bigint, whole: bigint, dust: bigint): boolean =>
  part < whole && whole - part < dust;

/** `part` of `whole`, or the whole when else less than `dust` would remain. 0 ≤ part; more than the whole is the whole. */
export const takeAllOrLeave = (part: bigint, whole: bigint, dust: bigint): bigint =>
  part >= whole || whole - part < dust ? whole : part;

/**
 * `part` of `whole`, or less, so that at least `dust` remains. `undefined` when the whole is no more than the dust: then only all of it
 * can be taken.
 */
export function leaveAtLeast(part: bigint, whole: bigint, dust: bigint): bigint | undefined {
  if (part >= whole) return whole;
  if (!leavesDust(part, whole, dust)) return part;
  return whole > dust ? whole - dust : undefined;
}
