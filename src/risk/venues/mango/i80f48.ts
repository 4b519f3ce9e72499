/** One as an I80F48: signed fixed point with 48 fraction bits, as raw integers. */
export const one: bigint = 1n << 48n;

/** a·b, the low 48 bits dropped toward zero. */
export const mul = (a: bigint, b: bigint): bigint => (a * b) / one;
/** a/b, dropped toward zero. b ≠ 0. */
export const div = (a: bigint, b: bigint): bigint => (a * one) / b;
export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
/** The nearest float64. */
export const toNumber = (raw: bigint): number => Number(raw) / Number(one);
