import { type Fixed18 } from "../shared/fixed18.ts";
import { type BasisParams, type PegParams, type PmInputs, type VolShockParams } from "./pm-inputs.ts";

export interface Pm1Inputs extends PmInputs {
  /** Units of the underlying itself held as collateral, ≥ 0. */
  readonly base: Fixed18;
}

export interface Pm1Scenario {
  /** Multiplier of spot, forwards and the perpetual's price. */
  readonly spotShock: Fixed18;
  readonly volShock: "none" | "up" | "down";
}

/** A parameter sheet of PM1. Names as the venue publishes them; fractions. */
export interface Pm1Params {
  readonly basisContingency: BasisParams;
  readonly otherContingency: PegParams & {
    readonly basePercent: Fixed18;
    readonly perpPercent: Fixed18;
    readonly optionPercent: Fixed18;
  };
  readonly margin: {
    readonly imFactor: Fixed18;
    readonly baseStaticDiscount: Fixed18;
    readonly rateMultScale: Fixed18;
    readonly rateAddScale: Fixed18;
  };
  readonly volShock: VolShockParams;
  readonly scenarios: readonly Pm1Scenario[];
}
