import { expWithTail } from "./exp-log.ts";

// Mills ratio R(x) = (1 − N(x)) / φ(x): the normal tail over the normal density. Smooth, positive and falling, so one
// rational function serves where the tail itself spans 300 decades. Our own minimax fit of degree 9 over 10 on [0, 40]
// (5.4e-17 before rounding): scripts/references/coefficients.py. All coefficients are positive, so Horner's rule
// loses nothing. The evaluation order is mirrored, operation by operation, by the SIMD kernel: change both or none.

/** Numerator of R(x) for x from 0 to 1000. */
export function millsNumerator(x: number): number {
  return (
    ((((((((3.5013345569023317e-6 * x + 9.40080388058508e-5) * x + 0.0012361767035015065) * x +
      0.010297941206744437) *
      x +
      0.0594363393446695) *
      x +
      0.2456275808535341) *
      x +
      0.7268781460133511) *
      x +
      1.4913317044083843) *
      x +
      1.943892136311888) *
      x +
    1.2533141373155001
  );
}

/** Denominator of R(x) for x from 0 to 1000. */
export function millsDenominator(x: number): number {
  return (
    (((((((((3.501334556911736e-6 * x + 9.400803880387758e-5) * x + 0.0012396780382448228) * x +
      0.010391949234975164) *
      x +
      0.06066551378491976) *
      x +
      0.25573749471567414) *
      x +
      0.7838773816078295) *
      x +
      1.7172996224815151) *
      x +
      2.5640504836771894) *
      x +
      2.348886084232209) *
      x +
    1
  );
}

/** R(x) by the rational fit: within a few ulp on [0, 40], 3e-12 beyond, where the density has long vanished. */
export const millsBounded = (x: number): number => millsNumerator(x) / millsDenominator(x);

/** √(2π) */
const sqrtTwoPi = 2.5066282746310007;

/** Mills ratio (1 − N(x)) / φ(x) for every x: about 1/x far right, ∞ where it overflows left of −37.6. */
export function millsRatio(x: number): number {
  if (x < -38.7) return Infinity;
  if (x < 0) {
    // the square exactly, as a sum of two
    const top = Math.fround(x);
    return sqrtTwoPi * expWithTail(0.5 * top * top, 0.5 * (x - top) * (x + top)) - millsRatio(-x);
  }
  if (x <= 40) return millsBounded(x);
  const t = 1 / (x * x);
  return (1 - t * (1 - t * (3 - t * (15 - t * (105 - t * 945))))) / x;
}
