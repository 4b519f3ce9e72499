import { type Interpolated } from "./forward-curve.ts";

/** Black-76 volatilities by expiry and strike. */
export interface VolatilitySurface {
  readonly asOfMs: number;
  /** Ascending. */
  readonly expiriesMs: readonly number[];
  /**
   * The volatility at an instant > `asOfMs` and a log-moneyness ln(strike/forward).
   * Annual fraction. Says when it lies outside the quotes that the surface was fitted to.
   */
  volAt(expiryMs: number, logMoneyness: number): Interpolated;
}
