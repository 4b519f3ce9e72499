import { allowedBreaches } from "../../risk/backtest/allowed-breaches.ts";
import { countBreaches } from "../../risk/backtest/breach.ts";
import { equalSafetyScale } from "../../risk/backtest/equal-safety.ts";
import { type Observations } from "./observations.ts";
import { type Requirement, seriesOf } from "./series.ts";
import { type HorizonWindows, type Span, windowsOf } from "./windows.ts";

/** One type under one model. */
export interface TypeScale {
  readonly type: string;
  readonly windows: number;
  /** Breaches of the requirement as published. */
  readonly breachesUnscaled: number;
  /** Smallest factor with which this type alone meets the target; ∞ where none does. */
  readonly ownScale: number;
  /** Breaches at the model's one scale. */
  readonly breaches: number;
  /** Has it at least 1 / target windows, so that one breach may be allowed? Others don't bind. */
  readonly binds: boolean;
}

/** The factor on all of a model's requirements with which every type that it margins meets the target. */
export interface ModelScale {
  readonly model: string;
  readonly horizonHours: number;
  readonly target: number;
  /** Where it was solved. */
  readonly span: Span;
  /** ∞: losses without a requirement beyond what the target allows. NaN: no type has windows enough. */
  readonly scale: number;
  /** The type that needs it; empty for NaN. */
  readonly binding: string;
  /** What the others need, and which of them: how much of the scale is that one type's. NaN and empty where no other binds. */
  readonly scaleWithoutBinding: number;
  readonly nextBinding: string;
  readonly types: readonly TypeScale[];
}

/** Types with fewer than 1 / target windows can't be told to meet it. */
export const bindsAt = (windows: number, target: number): boolean =>
  windows > 0 && allowedBreaches({ observations: windows, target, promise: { kind: "realised" } }) >= 1;

/**
 * One scale of one model at one horizon.
 *
 * @param types - names of those that count; absent: all that the model margins.
 */
export function modelScale(input: {
  readonly observations: Observations;
  readonly requirement: Requirement;
  readonly windows: HorizonWindows;
  readonly span: Span;
  readonly model: number;
  readonly target: number;
  readonly types?: ReadonlySet<string>;
}): ModelScale {
  const { observations, requirement, windows, span, model, target } = input;
  const series = windows.types.flatMap((type) => {
    if (input.types && !input.types.has(type.type)) return [];
    const own = seriesOf({ observations, requirement, windows: windowsOf(type, span), models: [model] });
    return own.windows.length === 0 ? [] : [{ ...own, name: type.type }];
  });
  const binding = series.filter((type) => bindsAt(type.windows.length, target));
  const solved = binding.length === 0 ? null : equalSafetyScale({ types: binding, target });
  const scale = solved?.scale ?? Number.NaN;
  const others = solved?.types.filter(({ name }) => name !== solved.binding) ?? [];
  const nextScale = others.reduce((largest, type) => Math.max(largest, type.scale), 0);
  const own = new Map(solved?.types.map((type) => [type.name, type]));
  return {
    model: observations.models[model]!.id,
    horizonHours: windows.horizonHours,
    target,
    span,
    scale,
    binding: solved?.binding ?? "",
    scaleWithoutBinding: others.length === 0 ? Number.NaN : nextScale,
    nextBinding: others.find((type) => type.scale === nextScale)?.name ?? "",
    types: series.map((type): TypeScale => {
      const safety = own.get(type.name) ?? equalSafetyScale({ types: [type], target }).types[0]!;
      return {
        type: type.name,
        windows: type.windows.length,
        breachesUnscaled: safety.breachesUnscaled,
        ownScale: safety.scale,
        breaches: countBreaches(type, scale),
        binds: own.has(type.name),
      };
    }),
  };
}
