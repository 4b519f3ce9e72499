import { log } from "../../numerics/exp-log.ts";
import { ascending } from "./exact.ts";
import { type Surface } from "./surface.ts";

/** A surface older than the newest by more than this has no say. */
export const maxSurfaceLagMs = 120_000;
/** Where smiles are compared, in deviations from the forward. */
const deviations = [-4, -2, -1, -0.5, 0, 0.5, 1, 2, 4] as const;
/** A forward that is 1 % off counts as much as ten volatility points. */
const forwardWeight = 10;

/** What one publisher last said. */
export interface PublishedBy {
  readonly publisher: string;
  readonly surface: Surface;
}

/**
 * Which of several publishers' surfaces to believe: the one to which most are nearest. Its radius, the distance within which a majority of all
 * lie, itself included, is the least. While fewer than half of the publishers lie, every right surface has all right ones, so a majority, within the
 * right ones' largest distance from one another; the chosen one has too, and a majority contains a right one. So it is no further
 * from a right surface than right ones are from each other. Of two, the newer; then the first by name.
 *
 * @param all - sorted by publisher, not empty.
 */
export function chooseSurface(all: readonly PublishedBy[]): Surface | undefined {
  const newestMs = all.reduce((newest, { surface }) => Math.max(newest, surface.timeMs), 0);
  const heard = all
    .map(({ surface }) => surface)
    .filter(({ timeMs }) => newestMs - timeMs <= maxSurfaceLagMs);
  const points = heard.length < 3 ? [] : heard.map(pointsOn(heard));
  let chosen: Surface | undefined;
  let leastRadius = Infinity;
  for (const [i, surface] of heard.entries()) {
    const distances = points.map((other) => distance(points[i] ?? other, other)).sort(ascending);
    const radius = distances[distances.length >> 1] ?? 0;
    const isNewer = surface.timeMs > (chosen?.timeMs ?? -1);
    if (radius < leastRadius || (radius === leastRadius && isNewer)) {
      leastRadius = radius;
      chosen = surface;
    }
  }
  return chosen;
}

/** Volatilities and forwards of a surface where all of `heard` are compared: at every expiry that one of them has. */
function pointsOn(heard: readonly Surface[]): (surface: Surface) => Float64Array {
  const expiries = [...new Set(heard.flatMap(({ slices }) => slices.map(({ expiryMs }) => expiryMs)))].sort(
    ascending,
  );
  const places = expiries.map((expiryMs) => {
    const ratios = heard.map((surface) => surface.forwardRatio(expiryMs)).sort(ascending);
    const ratio = ratios[ratios.length >> 1] ?? 1;
    const totals = heard.map(({ svi }) => svi.totalVarianceAt(expiryMs, 0).value).sort(ascending);
    return { expiryMs, ratio, deviation: Math.sqrt(totals[totals.length >> 1] ?? 0) };
  });
  return (surface) => {
    const points: number[] = [];
    for (const { expiryMs, ratio, deviation } of places) {
      const own = surface.forwardRatio(expiryMs);
      points.push(forwardWeight * log(own / ratio));
      // One strike for all: a surface with another forward is read at its own log-moneyness of it.
      for (const z of deviations)
        points.push(surface.svi.volAt(expiryMs, z * deviation + log(ratio / own)).value);
    }
    return Float64Array.from(points);
  };
}

/** The largest difference at any point. */
function distance(a: Float64Array, b: Float64Array): number {
  let largest = 0;
  for (const [i, value] of a.entries()) largest = Math.max(largest, Math.abs(value - (b[i] ?? 0)));
  return largest;
}
