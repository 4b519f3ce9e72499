/** One known forward. */
export interface ForwardPoint {
  readonly expiryMs: number;
  /** Quote currency per unit, > 0. */
  readonly forward: number;
}

/** A value read off a curve or surface, and whether it lies outside the points that the curve was made from. */
export interface Interpolated {
  readonly value: number;
  readonly extrapolated: boolean;
}

/** Forwards by expiry. */
export interface ForwardCurve {
  readonly asOfMs: number;
  readonly spot: number;
  /** Ascending by expiry. */
  readonly points: readonly ForwardPoint[];
  /** The forward at an instant ≥ `asOfMs`. */
  forwardAt(expiryMs: number): Interpolated;
}
