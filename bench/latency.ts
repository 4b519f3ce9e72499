import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { begun, houseOf, queueLimit, rootOf, serviceFlow, withJournal } from "./service.ts";
import { type Clearinghouse, type SignedCommand } from "../src/service/clearinghouse/index.ts";
import { randomStream } from "../src/numerics/random.ts";

const seed = 20_261_124;
const shares = [0.1, 0.5, 0.9] as const;
/** So long is each load offered, unless the flow ends before. */
const loadSeconds = 4;
const mostUnderWay = 2_048;
/** Fewer than the service's queue takes before it answers that it is busy. */
const mostWaiting = queueLimit - 1;

/** p50, p99 and p99.9 in milliseconds. */
function percentiles(ms: readonly number[]): string {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN).toFixed(3).padStart(9);
  return `p50 ${at(0.5)}   p99 ${at(0.99)}   p99.9 ${at(0.999)} ms`;
}

/** What no durable answer can beat: one page written and flushed, one after another, in a file that is full already. */
async function rawDisk(directory: string): Promise<number[]> {
  const file = await open(join(directory, "raw"), constants.O_RDWR | constants.O_CREAT, 0o600);
  const page = new Uint8Array(4096).fill(1);
  const pages = 1_000;
  for (let at = 0; at < pages; at++) await file.write(page, 0, page.length, at * page.length);
  await file.sync();
  const took: number[] = [];
  for (let at = 0; at < pages; at++) {
    const start = performance.now();
    await file.write(page, 0, page.length, at * page.length);
    await file.datasync();
    took.push(performance.now() - start);
  }
  await file.close();
  return took;
}

/** As fast as it goes: answers per millisecond. */
async function fastest(house: Clearinghouse, requests: readonly SignedCommand[]): Promise<number> {
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < requests.length) await house.submit(requests[next++]!);
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: mostUnderWay }, client));
  return requests.length / (performance.now() - start);
}

/**
 * Commands arrive when the clock says, whether or not those before were answered; what waits because the service is late counts.
 *
 * @param perMs - arrivals per millisecond, on average.
 * @returns milliseconds from each arrival to its durable answer.
 */
async function openLoop(
  house: Clearinghouse,
  requests: readonly SignedCommand[],
  perMs: number,
): Promise<number[]> {
  const random = randomStream(seed);
  let due = 0;
  const arrivals = requests.map(() => (due -= Math.log(1 - random.nextFloat()) / perMs));
  const took: number[] = [];
  const answers: Promise<void>[] = [];
  let underWay = 0;
  const start = performance.now();
  for (let next = 0; next < requests.length;) {
    const now = performance.now() - start;
    // Beyond what the service holds, arrivals wait at the client, in their order; that wait counts.
    for (; next < requests.length && arrivals[next]! <= now && underWay < mostWaiting; next++) {
      const arrival = arrivals[next]!;
      underWay++;
      const answer = house.submit(requests[next]!).then(() => {
        underWay--;
        took.push(performance.now() - start - arrival);
      });
      answers.push(answer);
    }
    await new Promise(setImmediate);
  }
  await Promise.all(answers);
  return took;
}

/** Time from arrival to durable answer at three loads, beside what the disk alone takes. */
export async function benchLatency(): Promise<void> {
  const flow = serviceFlow();
  console.log("\nLatency of the clearinghouse, arrivals by a seeded Poisson clock, the engine's mixed flow");
  await withJournal(flow.before, async (log, directory) => {
    const machine = begun(flow.before);
    const house = houseOf(flow, machine, log);
    const { requests } = flow;
    const raw = await rawDisk(directory);
    const warm = 20_000;
    const trial = 40_000;
    await fastest(house, requests.slice(0, warm));
    const most = await fastest(house, requests.slice(warm, warm + trial));
    console.log(`  write and fdatasync of 4 KiB alone              ${percentiles(raw)}`);
    console.log(`  most: ${(most * 1_000).toFixed(0)} commands/s, ${mostUnderWay} under way`);
    let at = warm + trial;
    for (const share of shares) {
      const count = Math.min(
        Math.floor(most * share * loadSeconds * 1_000),
        Math.floor((requests.length - at) / (shares.length - shares.indexOf(share))),
      );
      const took = await openLoop(house, requests.slice(at, at + count), most * share);
      at += count;
      console.log(
        `  at ${String(share * 100).padStart(2)} % of that, ${String(count).padStart(6)} commands         ${percentiles(took)}`,
      );
    }
    await fastest(house, requests.slice(at));
    if (rootOf(machine) !== flow.root) throw new Error("another root");
    console.log("  answers: the state's root is the bare engine's");
  });
}
