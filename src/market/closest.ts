/** Edit distance with transpositions (optimal string alignment), case-insensitive; anything above `limit` counts as `limit + 1`. */
function editDistance(left: string, right: string, limit: number): number {
  const a = left.toLowerCase();
  const b = right.toLowerCase();
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= b.length; column += 1) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + change,
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      }
      current.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    beforePrevious = previous;
    previous = current;
  }
  return Math.min(previous[b.length] ?? 0, limit + 1);
}

const longestCompared = 64;
/** Most candidates measured for one name: a hint is worth a few milliseconds, whatever the size of the market. */
const mostCompared = 5_000;

/** Up to `count` candidates that a mistyped name may have meant, nearest first; none when nothing is near. */
export function closest(name: string, candidates: Iterable<string>, count: number = 3): string[] {
  if (name.length > longestCompared) return [];
  const limit = Math.max(1, Math.floor(name.length / 3));
  const near: { candidate: string; distance: number }[] = [];
  const last = name.at(-1);
  let compared = 0;
  for (const candidate of candidates) {
    if (candidate.length > longestCompared || Math.abs(candidate.length - name.length) > limit) continue;
    if (candidate.charAt(0).toLowerCase() !== name.charAt(0).toLowerCase() && candidate.at(-1) !== last)
      continue;
    compared += 1;
    if (compared > mostCompared) break;
    const distance = editDistance(name, candidate, limit);
    if (distance <= limit) near.push({ candidate, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  return near.slice(0, count).map(({ candidate }) => candidate);
}

/** `"Did you mean A or B?"`, or `otherwise` when nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>, otherwise: string): string {
  const near = closest(name, candidates);
  return near.length > 0 ? `Did you mean ${near.join(" or ")}?` : otherwise;
}
