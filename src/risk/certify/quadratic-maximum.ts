/** q(u, v) = constant + uSlope·u + vSlope·v + ½·(uu·u² + 2·uv·u·v + vv·v²) on the square |u| ≤ 1, |v| ≤ 1. */
export interface Quadratic {
  constant: number;
  uSlope: number;
  vSlope: number;
  uu: number;
  uv: number;
  vv: number;
}

/** A largest value of a quadratic on the square, and where. */
export interface QuadraticMaximum {
  /** At least the maximum, but for rounding of the terms: see the allowance in {@link boundCell}. */
  value: number;
  u: number;
  v: number;
}

/** How far from singular a negative definite form must be for its vertex to be computed: 1 − uv²/(uu·vv) at least. */
const wellConditioned = 1e-9;

/**
 * The maximum over the square: at a corner, at the vertex of an edge, or inside where the form is negative definite. A form so
 * close to singular that its vertex can't be computed well is raised, by less than 1e-9 of its own size, until it has none
 * inside; the maximum is then on an edge.
 *
 * @param into - overwritten with the result: no garbage in the inner loop.
 */
export function quadraticMaximum(q: Quadratic, into: QuadraticMaximum): void {
  const { constant, uSlope, vSlope, uu, uv } = q;
  let { vv } = q;
  into.value = -Infinity;
  const consider = (u: number, v: number): void => {
    const value = constant + (uSlope * u + vSlope * v + (0.5 * (uu * u * u + vv * v * v) + uv * u * v));
    if (value > into.value) {
      into.value = value;
      into.u = u;
      into.v = v;
    }
  };
  if (uu < 0 && vv < 0) {
    const determinant = uu * vv - uv * uv;
    if (determinant > wellConditioned * uu * vv) {
      const u = (uv * vSlope - vv * uSlope) / determinant;
      const v = (uv * uSlope - uu * vSlope) / determinant;
      if (u > -1 && u < 1 && v > -1 && v < 1) consider(u, v);
    } else if (determinant > -wellConditioned * uu * vv) {
      vv *= 1 - 2 * wellConditioned;
    }
  }
  for (let side = -1; side <= 1; side += 2) {
    consider(side, 1);
    consider(side, -1);
    if (vv < 0) consider(side, Math.max(-1, Math.min(1, -(vSlope + uv * side) / vv)));
    if (uu < 0) consider(Math.max(-1, Math.min(1, -(uSlope + uv * side) / uu)), side);
  }
}
