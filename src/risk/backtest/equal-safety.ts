import { PlimsollError } from "../../quantity/error.ts";
import { allowedBreaches, requireTarget, type ScalePromise } from "./allowed-breaches.ts";
import { breachScales, countBreaches, requireLosses, type LossSeries } from "./breach.ts";
import { blockScale, type BlockedLosses } from "./conformal-scale.ts";

/** One kind of book at the scale it needs itself, and at the scale of all. */
export interface TypeSafety {
  readonly name: string;
  readonly observations: number;
  /** Breaches that its own scale may leave; −1: too few windows for the promise. Null for blocks, which have no one count. */
  readonly allowedBreaches: number | null;
  /** Smallest scale with which this type alone keeps the promise. ≥ 0; ∞ where none does. */
  readonly scale: number;
  /** Windows with a loss and no requirement: breaches at every scale. */
  readonly breachesAtEveryScale: number;
  /** Breaches of the requirements as given, at scale 1. */
  readonly breachesUnscaled: number;
  /** Breaches at the equal-safety scale. */
  readonly breaches: number;
  /** breaches / observations. */
  readonly breachRate: number;
}

/** The scale that makes every kind of book as safe as the target. */
export interface EqualSafety {
  /** Largest of the types' own scales: the smallest with which every type keeps the promise. ∞ where none does. */
  readonly scale: number;
  /** The type that needs it, the first of equals. */
  readonly binding: string;
  readonly types: readonly TypeSafety[];
  /** All windows of all types as one: what a pooled rate would hide is the difference of the scales. */
  readonly pooled: Omit<TypeSafety, "name">;
}

/**
 * Smallest scale k such that *every* type's breach rate of k × requirement is at most `target`: two margin models scaled so are
 * equally safe, and their requirements can be compared. An order statistic of loss ÷ requirement, exact: with any
 * smaller float64 the binding type breaches once more than allowed.
 *
 * @param promise - what is meant by the rate; absent: realised in these windows. With `blocks` every type names its blocks; equal
 *   numbers of different types are the same block (the same days) when pooled.
 * @throws {PlimsollError} `PLM_DATA_GAP` without types or windows, `PLM_DOMAIN` for numbers out of range, lengths that differ or missing
 *   blocks, `PLM_LIMIT` for too many windows.
 */
export function equalSafetyScale(input: {
  readonly types: readonly (LossSeries & { readonly blocks?: Int32Array })[];
  readonly target: number;
  readonly promise?: ScalePromise;
}): EqualSafety {
  const { types, promise = { kind: "realised" } } = input;
  const target = requireTarget(input.target);
  for (const [index, type] of types.entries()) requireLosses(`types[${index}]`, type);
  const scales = types.map((type) => breachScales(type));
  const all = concatenated(scales);
  if (all.length === 0) {
    throw new PlimsollError("PLM_DATA_GAP", {
      field: "types",
      value: types,
      limit: "at least one type of book",
      remedy: "Give the windows of at least one type.",
    });
  }
  const needs: { readonly allowed: number | null; readonly scale: number }[] = [];
  let pooledNeed: { readonly allowed: number | null; readonly scale: number };
  if (promise.kind === "blocks") {
    const blocked = types.map((type, index) => withBlocks(type, index));
    for (const type of blocked) needs.push({ allowed: null, ...blockScale({ losses: type, target }) });
    pooledNeed = { allowed: null, ...blockScale({ losses: blocked, target }) };
  } else {
    const need = (own: Float64Array): { readonly allowed: number; readonly scale: number } => {
      const allowed = allowedBreaches({ observations: own.length, target, promise });
      return { allowed, scale: scaleLeaving(own, allowed) };
    };
    for (const own of scales) needs.push(need(own));
    pooledNeed = need(all);
  }
  const scale = needs.reduce((largest, need) => Math.max(largest, need.scale), 0);
  const safety = types.map((type, index): TypeSafety => {
    const need = needs[index] ?? pooledNeed;
    const breaches = countBreaches(type, scale);
    return {
      name: type.name,
      observations: type.losses.length,
      allowedBreaches: need.allowed,
      scale: need.scale,
      breachesAtEveryScale: countBreaches(type, Infinity),
      breachesUnscaled: countBreaches(type),
      breaches,
      breachRate: breaches / type.losses.length,
    };
  });
  const sum = (part: (type: TypeSafety) => number): number =>
    safety.reduce((total, type) => total + part(type), 0);
  const breaches = sum((type) => type.breaches);
  return {
    scale,
    binding: safety.find((type) => type.scale === scale)?.name ?? "",
    types: safety,
    pooled: {
      observations: all.length,
      allowedBreaches: pooledNeed.allowed,
      scale: pooledNeed.scale,
      breachesAtEveryScale: sum((type) => type.breachesAtEveryScale),
      breachesUnscaled: sum((type) => type.breachesUnscaled),
      breaches,
      breachRate: breaches / all.length,
    },
  };
}

/** The (allowed + 1)-th largest: the smallest scale that leaves at most `allowed` above itself. ∞ for −1, 0 for all. */
function scaleLeaving(scales: Float64Array, allowed: number): number {
  if (allowed < 0) return Infinity;
  const sorted = scales.filter((scale) => scale > 0).sort();
  return sorted[sorted.length - 1 - allowed] ?? 0;
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function withBlocks(type: LossSeries & { readonly blocks?: Int32Array }, index: number): BlockedLosses {
  const { losses, requirements, blocks } = type;
  if (blocks) return { losses, requirements, blocks };
  throw new PlimsollError("PLM_DOMAIN", {
    field: `types[${index}].blocks`,
    value: undefined,
    limit: "a block number for each window",
    remedy: "Number the windows by the day or week they start in, or ask for another promise.",
  });
}
