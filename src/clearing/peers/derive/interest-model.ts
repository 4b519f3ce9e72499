import { type Fixed18, one } from "../../../risk/venues/shared/fixed18.ts";
import { kinkedRate, type KinkedRateModel, utilisation } from "../../lending/rate-model.ts";
import { deriveExp } from "./exp.ts";

const secondsPerYear = 31_536_000n;

export { utilisation };

/** Yearly borrow rate of Derive's cash asset: the kinked curve at what of the supply is borrowed. */
export const borrowRate = (model: KinkedRateModel, supply: Fixed18, borrow: Fixed18): Fixed18 =>
  kinkedRate(utilisation(supply, borrow), model);

/** e^(rate × time) − 1 by the venue's exponential. */
export const interestFactor = (ratePerYear: Fixed18, elapsedSeconds: bigint): Fixed18 =>
  deriveExp((ratePerYear * elapsedSeconds) / secondsPerYear) - one;
