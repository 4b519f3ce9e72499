/** The median: the middle value, or the mean of the two middle ones. NaN when empty. Leaves its argument alone. */
export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  if (sorted.length % 2 === 1) return upper;
  const lower = sorted[middle - 1] ?? NaN;
  return lower + (upper - lower) / 2;
}
