export * from "./calibrate.ts";
export * from "./filter-calibration.ts";
export * from "./peg-calibration.ts";
export * from "./smile-calibration.ts";
export * from "./spot-calibration.ts";
export * from "./tail.ts";
