import { highWord, ulp } from "../../src/numerics/float-bits.ts";

/** An exact number, `numerator / 2^scaleBits`: room for the smallest subnormal with 60 bits to spare. */
const scaleBits = 1140n;

function fromFloat(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const field = (highWord(x) >> 20) & 0x7ff;
  const fraction = view.getBigUint64(0) & ((1n << 52n) - 1n);
  const mantissa = field === 0 ? fraction : fraction | (1n << 52n);
  const shift = BigInt(Math.max(field, 1) - 1075) + scaleBits;
  return (x < 0 ? -mantissa : mantissa) << shift;
}

function fromDecimal(text: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/.exec(text);
  if (!match) throw new TypeError(`not a decimal: ${text}`);
  const fraction = match[3] ?? "";
  const digits = BigInt(`${match[1]}${match[2]}${fraction}`);
  const exponent = Number(match[4] ?? "0") - fraction.length;
  return exponent >= 0
    ? (digits * 10n ** BigInt(exponent)) << scaleBits
    : (digits << scaleBits) / 10n ** BigInt(-exponent);
}

const ratio = (a: bigint, b: bigint): number => Number((a * 1_000_000n) / b) / 1e6;

/** |computed − reference| in units in the last place of the reference; ∞ when not finite. */
export function errorInUlps(computed: number, reference: string): number {
  if (!Number.isFinite(computed)) return Infinity;
  const difference = fromFloat(computed) - fromDecimal(reference);
  return ratio(difference < 0n ? -difference : difference, fromFloat(ulp(Number(reference))));
}

/** |computed − reference| / max(|reference|, floor); ∞ when not finite. */
export function relativeError(computed: number, reference: string, floor: number = 0): number {
  if (!Number.isFinite(computed)) return Infinity;
  const difference = fromFloat(computed) - fromDecimal(reference);
  const size = fromFloat(Math.max(Math.abs(Number(reference)), floor));
  return Number(((difference < 0n ? -difference : difference) * 10n ** 30n) / size) / 1e30;
}
