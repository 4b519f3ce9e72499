import { type Fixed18 } from "../shared/fixed18.ts";
import { type BasisParams, type PegParams, type PmInputs, type VolShockParams } from "./pm-inputs.ts";
import { type SkewParams } from "./pm2-skew.ts";

/** Anything but cash that backs a PM2 account. */
export interface Pm2Collateral {
  /** Units of the asset, ≥ 0. */
  readonly amount: Fixed18;
  /** USD per unit. */
  readonly price: Fixed18;
  readonly confidence: Fixed18;
  /** Whether it moves with the spot scenarios. */
  readonly riskCancelling: boolean;
  /** Fraction of its value. */
  readonly mmHaircut: Fixed18;
  /** On top of `mmHaircut`, for initial margin. */
  readonly imHaircut: Fixed18;
}

export interface Pm2Inputs extends PmInputs {
  readonly collaterals: readonly Pm2Collateral[];
}

export interface Pm2Scenario {
  /** Multiplier of spot, forwards and the perpetual's price: 1.18 is +18 %. */
  readonly spotShock: Fixed18;
  readonly volShock: "none" | "up" | "down" | "linear" | "abs";
  readonly dampeningFactor: Fixed18;
}

/** A parameter sheet of PM2. Names as the venue publishes them; fractions. */
export interface Pm2Params {
  readonly basisContingency: BasisParams;
  readonly otherContingency: PegParams & {
    readonly MMPerpPercent: Fixed18;
    /** On top of the maintenance percentage. */
    readonly IMPerpPercent: Fixed18;
    readonly MMOptionPercent: Fixed18;
    readonly IMOptionPercent: Fixed18;
  };
  readonly margin: {
    readonly imFactor: Fixed18;
    readonly mmFactor: Fixed18;
    readonly shortRateMultScale: Fixed18;
    readonly longRateMultScale: Fixed18;
    readonly shortRateAddScale: Fixed18;
    readonly longRateAddScale: Fixed18;
    readonly shortBaseStaticDiscount: Fixed18;
    readonly longBaseStaticDiscount: Fixed18;
  };
  readonly volShock: VolShockParams & { readonly minVolUpShock: Fixed18 };
  readonly skewShock: SkewParams;
  readonly scenarios: readonly Pm2Scenario[];
}
