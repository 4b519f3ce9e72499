/**
 * The bits of float64s, by typed arrays that share one buffer. Exact, hence the same on every machine; the scratch holds
 * nothing between calls.
 */
const doubles = new Float64Array(1);
const words = new Int32Array(doubles.buffer);
/** Index of the word with sign and exponent: 1 on little-endian machines. */
const high = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Upper 32 bits (sign, exponent, 20 bits of mantissa), as a signed integer. */
export function highWord(x: number): number {
  doubles[0] = x;
  return words[high]!;
}

/** `x` with its upper 32 bits replaced. */
export function withHighWord(x: number, word: number): number {
  doubles[0] = x;
  words[high] = word;
  return doubles[0];
}

/** 2^k for an integer k from −1022 to 1023. */
export function powerOfTwo(k: number): number {
  words[1 - high] = 0;
  words[high] = (k + 1023) << 20;
  return doubles[0]!;
}

/** Distance from |x| to the next larger float64: the unit in the last place. 2^−1074 at 0 and for subnormals. */
export function ulp(x: number): number {
  const exponent = (highWord(x) >> 20) & 0x7ff;
  if (exponent === 0x7ff) return x === x ? Infinity : NaN;
  if (exponent > 52) return powerOfTwo(exponent - 1023 - 52);
  return exponent > 0 ? 5e-324 * powerOfTwo(exponent - 1) : 5e-324;
}
