import { type Fixed18, fixed18ToNumber, formatFixed18, one } from "../shared/fixed18.ts";

/** A row of either generation. */
export interface LabelledScenario {
  readonly spotShock: Fixed18;
  readonly volShock: "none" | "up" | "down" | "linear" | "abs";
  readonly dampeningFactor?: Fixed18;
}

/** Identifier and name of the basis contingency where it takes the place of a scenario. */
export const basisLabel = { id: "basis-contingency", label: "basis contingency" } as const;

const volWords: Readonly<Record<LabelledScenario["volShock"], string>> = {
  none: "volatility unchanged",
  up: "volatility up",
  down: "volatility down",
  linear: "volatility skew rotated",
  abs: "volatility wings bent",
};

const percent = (share: Fixed18): string => {
  const value = fixed18ToNumber(share) * 100;
  return `${value > 0 ? "+" : ""}${Number(value.toPrecision(4))} %`;
};

/** Identifier and name of a scenario: `spot-0.865-up`, `spot −13.5 %, volatility up`. */
export function scenarioLabel({ spotShock, volShock, dampeningFactor = one }: LabelledScenario): {
  readonly id: string;
  readonly label: string;
} {
  const move = spotShock === one ? "spot unchanged" : `spot ${percent(spotShock - one)}`;
  const share = dampeningFactor === one ? "" : `, counted at ${percent(dampeningFactor).replace("+", "")}`;
  return {
    id: `spot-${formatFixed18(spotShock)}-${volShock}`,
    label: `${move}, ${volWords[volShock]}${share}`,
  };
}
