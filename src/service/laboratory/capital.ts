import { exp, log } from "../../numerics/exp-log.ts";
import { countBreaches } from "../../risk/backtest/breach.ts";
import { type Observations, type StudiedBook } from "./observations.ts";
import { type ModelScale } from "./scales.ts";
import { meanOf, type Requirement, seriesOf, sumOf } from "./series.ts";
import { type HorizonWindows, type Span, type TypeWindows } from "./windows.ts";

/** How two models are made equally safe before their capital is compared. */
export interface Basis {
  /** Where the scales are solved. `out-of-sample` is after the fact. */
  readonly span: Span;
  /**
   * `one`: one scale per model over every type it margins. `shared`: over the types that both margin. `per-type`: each type has its own,
   * as if a model were tuned to it.
   */
  readonly scaling: "one" | "shared" | "per-type";
}

/** Every basis of comparison, the headline first. */
export const bases: readonly Basis[] = [
  { span: "training", scaling: "one" },
  { span: "out-of-sample", scaling: "one" },
  { span: "training", scaling: "per-type" },
  { span: "out-of-sample", scaling: "per-type" },
  { span: "training", scaling: "shared" },
];

/** What two models ask for one type out of sample, in the windows that both margin: sums over windows, unscaled. */
export interface PairedType {
  readonly type: string;
  readonly group: StudiedBook["group"];
  readonly windows: number;
  readonly oursUsd: number;
  readonly rivalUsd: number;
  readonly notionalUsd: number;
}

/** Capital at equal safety for one type, as a share of notional. */
export interface TypeCapital {
  readonly type: string;
  readonly group: StudiedBook["group"];
  readonly windows: number;
  readonly ours: number;
  /** ∞ where no scale makes the rival safe. */
  readonly rival: number;
  /** ours ÷ rival: 0 for a rival that is never safe, ∞ for us so or for a rival that asks nothing; NaN for both. */
  readonly ratio: number;
}

/** Capital at equal safety over several types. */
export interface MeanCapital {
  readonly types: number;
  /** Types where ours asks less. */
  readonly less: number;
  /** Types that no scale makes safe, left out of the means. */
  readonly oursUnsafe: number;
  readonly rivalUnsafe: number;
  /** Mean over types of the share of notional. */
  readonly ours: number;
  readonly rival: number;
  /** ours ÷ rival of those means. */
  readonly ratio: number;
  /** Geometric mean of the types' ratios, of those where both take more than a millionth of notional: each type counts alike, however little it asks for. */
  readonly typicalRatio: number;
}

/** Capital of our model beside one rival at one horizon, target and basis. */
export interface Comparison {
  readonly rival: string;
  readonly horizonHours: number;
  readonly target: number;
  readonly basis: Basis;
  readonly oursScale: number;
  readonly rivalScale: number;
  readonly all: MeanCapital;
  readonly groups: Readonly<Record<StudiedBook["group"], MeanCapital>>;
  readonly types: readonly TypeCapital[];
}

export const groups: readonly StudiedBook["group"][] = ["plain", "option-hedged", "staked-collateral"];

/** Fewer windows than these out of sample, over all its assets, say nothing of what a type takes. */
export const leastPairedWindows = 20;

/** Types that both margin out of sample, with what each asks in the windows they share. */
export function pairedTypes(input: {
  readonly observations: Observations;
  readonly requirement: Requirement;
  readonly windows: HorizonWindows;
  readonly ours: number;
  readonly rival: number;
}): readonly PairedType[] {
  const { observations, requirement, windows, ours, rival } = input;
  return windows.types.flatMap((type: TypeWindows): PairedType[] => {
    const paired = (models: readonly [number, number]): ReturnType<typeof seriesOf> =>
      seriesOf({ observations, requirement, windows: type.outOfSample, models });
    const first = paired([ours, rival]);
    if (first.windows.length < leastPairedWindows) return [];
    return [
      {
        type: type.type,
        group: type.group,
        windows: first.windows.length,
        oursUsd: sumOf(first.requirements),
        rivalUsd: sumOf(paired([rival, ours]).requirements),
        notionalUsd: sumOf(first.notionals),
      },
    ];
  });
}

/** Scaled mean requirement ÷ mean notional; ∞ where no scale is enough. */
const capitalOf = (scale: number, requiredUsd: number, notionalUsd: number): number =>
  scale === Infinity ? Infinity : (scale * requiredUsd) / notionalUsd;

const ratioOf = (ours: number, rival: number): number => {
  if (rival === Infinity) return ours === Infinity ? Number.NaN : 0;
  return rival === 0 && ours === 0 ? Number.NaN : ours / rival;
};

/**
 * Compares capital over the types that both margin. Types that a scale says nothing about, because it was solved on a span without them, are
 * left out of `per-type`.
 */
export function compareCapital(input: {
  readonly pairs: readonly PairedType[];
  readonly rival: string;
  readonly basis: Basis;
  readonly oursScale: ModelScale;
  readonly rivalScale: ModelScale;
}): Comparison {
  const { pairs, rival, basis, oursScale, rivalScale } = input;
  const own = (scale: ModelScale): ((type: string) => number) => {
    const scales = new Map(
      scale.types.filter(({ binds }) => binds).map((type) => [type.type, type.ownScale]),
    );
    return (type) => (basis.scaling === "per-type" ? (scales.get(type) ?? Number.NaN) : scale.scale);
  };
  const [oursOf, rivalOf] = [own(oursScale), own(rivalScale)];
  const types = pairs.flatMap((pair): TypeCapital[] => {
    const [oursFactor, rivalFactor] = [oursOf(pair.type), rivalOf(pair.type)];
    if (Number.isNaN(oursFactor) || Number.isNaN(rivalFactor)) return [];
    const ours = capitalOf(oursFactor, pair.oursUsd, pair.notionalUsd);
    const rival = capitalOf(rivalFactor, pair.rivalUsd, pair.notionalUsd);
    const { type, group, windows } = pair;
    return [{ type, group, windows, ours, rival, ratio: ratioOf(ours, rival) }];
  });
  return {
    rival,
    horizonHours: oursScale.horizonHours,
    target: oursScale.target,
    basis,
    oursScale: oursScale.scale,
    rivalScale: rivalScale.scale,
    all: meanCapital(types),
    groups: {
      plain: meanCapital(types.filter(({ group }) => group === "plain")),
      "option-hedged": meanCapital(types.filter(({ group }) => group === "option-hedged")),
      "staked-collateral": meanCapital(types.filter(({ group }) => group === "staked-collateral")),
    },
    types,
  };
}

/** What is left of a requirement that cancels out, as a share of notional. */
const dust = 1e-6;

/** Means are over types for which both have a scale that is enough; NaN where there is none. */
export function meanCapital(types: readonly TypeCapital[]): MeanCapital {
  const finite = types.filter((type) => type.ours < Infinity && type.rival < Infinity);
  const ours = meanOf(finite.map((type) => type.ours));
  const rival = meanOf(finite.map((type) => type.rival));
  return {
    types: types.length,
    less: types.filter((type) => type.ours < type.rival).length,
    oursUnsafe: types.filter((type) => type.ours === Infinity).length,
    rivalUnsafe: types.filter((type) => type.rival === Infinity).length,
    ours,
    rival,
    ratio: ratioOf(ours, rival),
    typicalRatio: exp(
      meanOf(finite.flatMap((type) => (Math.min(type.ours, type.rival) > dust ? [log(type.ratio)] : []))),
    ),
  };
}

/** What one model asks out of sample for one type, unscaled and at its scale. */
export interface OwnCapital {
  readonly model: string;
  readonly horizonHours: number;
  readonly target: number;
  readonly type: string;
  readonly group: StudiedBook["group"];
  readonly windows: number;
  /** Mean requirement as published ÷ mean notional. */
  readonly published: number;
  /** At the training scale. ∞ where there is none. */
  readonly capital: number;
  /** 1 / capital: notional that a dollar carries. */
  readonly efficiency: number;
  /** Share of windows that breach at that scale out of sample: was it enough? */
  readonly breachRate: number;
}

/** Every type that a model margins, at the scale that its training gave. */
export function ownCapital(input: {
  readonly observations: Observations;
  readonly requirement: Requirement;
  readonly windows: HorizonWindows;
  readonly model: number;
  readonly scale: ModelScale;
}): readonly OwnCapital[] {
  const { observations, requirement, windows, model, scale } = input;
  return windows.types.flatMap((type): OwnCapital[] => {
    const series = seriesOf({ observations, requirement, windows: type.outOfSample, models: [model] });
    const count = series.windows.length;
    if (count === 0) return [];
    const [required, notional] = [sumOf(series.requirements), sumOf(series.notionals)];
    const capital = capitalOf(scale.scale, required, notional);
    return [
      {
        model: scale.model,
        horizonHours: scale.horizonHours,
        target: scale.target,
        type: type.type,
        group: type.group,
        windows: count,
        published: required / notional,
        capital,
        efficiency: 1 / capital,
        breachRate: Number.isNaN(scale.scale) ? Number.NaN : countBreaches(series, scale.scale) / count,
      },
    ];
  });
}
