import { type RemarginKernel, shortfallBlock } from "../../numerics/wasm/remargin-kernel.ts";
import { type RemarginLayout } from "./layout.ts";

/** The tail that an Expected Shortfall is the mean of. */
export interface Tail {
  /** Scenarios in it, fractions counting the boundary scenario in part; of weights when weighted. 0: no shortfall is asked for. */
  readonly mass: number;
  /** Whether scenarios count more than once. */
  readonly weighted: boolean;
}

/** Addresses of accounts' positions: all of them, or some gathered together. */
export interface PositionAddresses {
  readonly spans: number;
  readonly offsets: number;
  readonly lots: number;
}

/** Addresses of what the kernel says of each account's tail. */
export interface TailAddresses {
  readonly tailSums: number;
  readonly tailNexts: number;
  readonly tailWeights: number;
}

/** Writes the worst competing scenario of accounts `first` to `last`. */
export function worstPass(
  kernel: RemarginKernel,
  layout: RemarginLayout,
  { spans, offsets, lots }: PositionAddresses,
  first: number,
  last: number,
  worst: number,
): void {
  const { tileBytes } = layout;
  const { firstTile, tileCount } = layout.competing;
  const tiles = layout.tiles + firstTile * tileBytes;
  kernel.worst(tiles, tileCount, tileBytes, spans, offsets, lots, first, last, worst);
}

/** Writes the tails of accounts `first` to `last`. `scratch` belongs to this thread. */
export function shortfallPass(
  kernel: RemarginKernel,
  layout: RemarginLayout,
  tail: Tail,
  { spans, offsets, lots }: PositionAddresses,
  first: number,
  last: number,
  scratch: number,
  { tailSums, tailNexts, tailWeights }: TailAddresses,
): void {
  const { tiles, tileBytes, weights } = layout;
  const { tileCount, scenarioCount } = layout.distribution;
  const block = shortfallBlock(tileCount);
  if (tail.weighted) {
    kernel.shortfallWeighted(
      tiles,
      tileCount,
      tileBytes,
      spans,
      offsets,
      lots,
      first,
      last,
      scenarioCount,
      tail.mass,
      weights,
      block,
      scratch,
      tailSums,
      tailNexts,
      tailWeights,
    );
  } else {
    kernel.shortfall(
      tiles,
      tileCount,
      tileBytes,
      spans,
      offsets,
      lots,
      first,
      last,
      scenarioCount,
      Math.floor(tail.mass),
      block,
      scratch,
      tailSums,
      tailNexts,
    );
  }
}

/** Writes the tail of an account's scenario sums with an order added. */
export function orderShortfall(
  kernel: RemarginKernel,
  layout: RemarginLayout,
  tail: Tail,
  order: { readonly vector: number; readonly row: number; readonly lots: number },
  { tailSums, tailNexts, tailWeights }: TailAddresses,
): void {
  const { vector, row, lots } = order;
  const { tileCount, scenarioCount } = layout.distribution;
  const [scratch = 0] = layout.scratch;
  if (tail.weighted) {
    const { weights } = layout;
    kernel.orderShortfallWeighted(
      vector,
      row,
      lots,
      scenarioCount,
      tail.mass,
      weights,
      scratch,
      tailSums,
      tailNexts,
      tailWeights,
    );
  } else {
    const count = Math.floor(tail.mass);
    kernel.orderShortfall(vector, row, lots, tileCount, scenarioCount, count, scratch, tailSums, tailNexts);
  }
}

/** Mean over the tail, from what the kernel says of it. */
export function tailMean({ mass, weighted }: Tail, sum: number, next: number, weight: number): number {
  if (weighted) return (sum + (mass - weight) * next) / mass;
  const fraction = mass - Math.floor(mass);
  // with a whole tail the next smallest must not enter, as it may be ∞
  return fraction === 0 ? sum / mass : (sum + fraction * next) / mass;
}
