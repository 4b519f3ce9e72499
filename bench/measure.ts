import { cpus } from "node:os";
import { processorTimeMs } from "./processor-time.ts";

/** Something that is timed: does its whole work once and gives the milliseconds that it took. */
export interface Contestant {
  readonly name: string;
  readonly run: () => number | Promise<number>;
}

export interface Timing {
  readonly name: string;
  readonly medianMs: number;
  readonly minMs: number;
  /** Half the distance between the quartiles, as a share of the median. */
  readonly spread: number;
}

/** Processor time that `work` takes on this thread, in milliseconds: what other programs do meanwhile does not count. */
export function timed(work: () => void): number {
  const start = processorTimeMs();
  work();
  return processorTimeMs() - start;
}

/** Time by the clock, for work on several threads: only a machine that is otherwise idle gives a fair figure. */
export function timedByClock(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/**
 * Times contestants in turn, round by round, so that whatever else the machine does falls on all alike. The first round warms up
 * and does not count.
 */
export async function interleave(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Map<string, Timing>> {
  const times = contestants.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      const ms = await contestant.run();
      if (round > 0) times[i]?.push(ms);
    }
  }
  return new Map(
    contestants.map(({ name }, i) => {
      const sorted = (times[i] ?? []).sort((a, b) => a - b);
      const at = (share: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
      const medianMs = at(0.5);
      return [name, { name, medianMs, minMs: at(0), spread: (at(0.75) - at(0.25)) / 2 / medianMs }];
    }),
  );
}

/** Prints one line per contestant; `rate` turns milliseconds into what is compared. */
export function printTimings(timings: Iterable<Timing>, rate: (ms: number) => string): void {
  for (const { name, medianMs, minMs, spread } of timings) {
    console.log(
      `  ${name.padEnd(44)} ${rate(medianMs).padStart(16)}   best ${rate(minMs).padStart(14)}   ±${(spread * 100).toFixed(1)} %`,
    );
  }
}

export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** A ratio of times, by medians and by best times. When the machine is busy with other work, the best times tell more. */
export interface Ratio {
  readonly byMedian: number;
  readonly byBest: number;
}

/** Time of the fastest of `over` divided by that of `under`. */
export function ratioOf(timings: ReadonlyMap<string, Timing>, over: readonly string[], under: string): Ratio {
  const ratio = (of: (timing: Timing) => number): number => {
    const times = over.flatMap((name) => timings.get(name) ?? []).map(of);
    const below = timings.get(under);
    return times.length > 0 && below ? Math.min(...times) / of(below) : NaN;
  };
  return { byMedian: ratio(({ medianMs }) => medianMs), byBest: ratio(({ minMs }) => minMs) };
}

/** Prints a ratio against its target and says whether it was reached, by medians; without the other contestant, how to have it. */
export function printRatio(what: string, { byMedian, byBest }: Ratio, target?: Target): void {
  if (Number.isNaN(byMedian)) {
    console.log(`  ${what.padEnd(66)} not compared: run npm run bench:setup`);
    return;
  }
  let verdict = "";
  if (target && "atLeast" in target) {
    verdict = `target ≥ ${target.atLeast}: ${byMedian >= target.atLeast ? "reached" : "missed"}`;
  } else if (target) {
    verdict = `target ≤ ${target.atMost}: ${byMedian <= target.atMost ? "reached" : "missed"}`;
  }
  console.log(
    `  ${what.padEnd(66)} ${byMedian.toFixed(3).padStart(8)}   by best times ${byBest.toFixed(3).padStart(8)}   ${verdict}`,
  );
}

export function printMachine(): void {
  const processors = cpus();
  console.log(
    `${processors[0]?.model.trim() ?? "unknown processor"}, ${processors.length} cores, Node ${process.versions.node}, V8 ${process.versions.v8}`,
  );
}
