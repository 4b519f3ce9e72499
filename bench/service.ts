import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { depths, type Flow, makeFlow } from "./engine.ts";
import { type Contestant, interleave, printRatio, printTimings, ratioOf } from "./measure.ts";
import { processorTimeMs } from "./processor-time.ts";
import { encodeEnvelope, type Envelope } from "../src/clearing/index.ts";
import { ByteWriter } from "../src/clearing/state/index.ts";
import { Clearinghouse, Machine, Receipts, type SignedCommand } from "../src/service/clearinghouse/index.ts";
import { type CommandLog, openEmbeddedLog } from "../src/service/journal/index.ts";
import { type SignatureVerifier } from "../src/service/signatures/index.ts";

/** Where the journal is made: a disk, not memory. JOURNAL_DIRECTORY says another. */
const parent = process.env["JOURNAL_DIRECTORY"] ?? tmpdir();
const signature = `0x${"00".repeat(65)}`;

/** Signatures are verified on other threads, and timed by the bench of that name: here they are believed. */
export const believing: SignatureVerifier = {
  pending: 0,
  verify: async (envelopes) => envelopes.map(() => "valid" as const),
  close: async () => undefined,
};

/** The mixed flow of the bench of the engine: what stands before it is timed, and what is. */
export interface ServiceFlow {
  readonly before: readonly Envelope[];
  readonly timed: readonly Envelope[];
  readonly requests: readonly SignedCommand[];
  /** Root of the state after all of it, from the bare engine. */
  readonly root: string;
}

/** Envelopes that set the flow's venue up, with its first orders. */
const beforeOf = (flow: Flow): Envelope[] =>
  [...flow.setUp, ...flow.envelopes.slice(0, flow.prefill)].map((envelope) =>
    envelope.signer === "" ? { ...envelope, signature: new Uint8Array(0) } : envelope,
  );

/** The venue of the flow with few orders resting. */
export const thinVenue = (): Envelope[] => beforeOf(makeFlow(depths[0]));

export function serviceFlow(): ServiceFlow {
  const flow: Flow = makeFlow(depths[1]);
  const before = beforeOf(flow);
  const timed = flow.envelopes.slice(flow.prefill);
  const requests = timed.map(({ signer, nonce, deadlineMs, command }) => ({
    signer,
    nonce,
    deadlineMs,
    chainId: 1,
    signature,
    command,
  }));
  const machine = begun(before);
  for (const envelope of timed) machine.apply(envelope, nothing);
  return { before, timed, requests, root: rootOf(machine) };
}

export function begun(before: readonly Envelope[]): Machine {
  const machine = Machine.empty();
  for (const envelope of before) machine.apply(envelope, nothing);
  return machine;
}

const nothing = (): void => {};
export const rootOf = (machine: Machine): string => Buffer.from(machine.stateRoot()).toString("hex");

/** Runs `work` with a new journal that already holds `before`, and removes it. */
export async function withJournal<T>(
  before: readonly Envelope[],
  work: (log: CommandLog, directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(parent, "plimsoll-bench-"));
  const log = await openEmbeddedLog({ directory, create: true });
  try {
    const writer = new ByteWriter(4096);
    for (let at = 0; at < before.length; at += 1_000) {
      const records = before.slice(at, at + 1_000).map((envelope) => encoded(envelope, writer));
      await log.append(records, at + 1);
    }
    return await work(log, directory);
  } finally {
    await log.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

export function encoded(envelope: Envelope, writer: ByteWriter): Uint8Array {
  writer.clear();
  encodeEnvelope(envelope, writer);
  return writer.copy();
}

/** Encode, apply, append: a group each so many commands, and no more than a few groups under way. */
async function pipeline({ timed }: ServiceFlow, machine: Machine, log: CommandLog): Promise<void> {
  const writer = new ByteWriter(4096);
  const group = 512;
  const underWay: Promise<void>[] = [];
  for (let at = 0; at < timed.length; at += group) {
    const first = log.nextSequence;
    const records = timed.slice(at, at + group).map((envelope) => {
      const record = encoded(envelope, writer);
      machine.apply(envelope, nothing);
      return record;
    });
    underWay.push(log.append(records, first));
    if (underWay.length >= 4) await underWay.shift();
  }
  await Promise.all(underWay);
}

/** Commands that a clearinghouse holds before it answers that it is busy. */
export const queueLimit = 50_000;

/** A clearinghouse over the machine whose clock is that of the flow. */
export function houseOf(flow: ServiceFlow, machine: Machine, log: CommandLog): Clearinghouse {
  const first = flow.before.length;
  return new Clearinghouse({
    machine,
    log,
    verifier: believing,
    chainId: 1,
    now: () => flow.timed[machine.sequence - first]?.timeMs ?? machine.timeMs,
    tickMs: 0,
    snapshotEvery: 0,
    queueLimit,
    receipts: new Receipts(100_000),
  });
}

/** Clients that together keep so many commands under way, each answered when it is durable. */
async function submitAll({ requests }: ServiceFlow, house: Clearinghouse, underWay: number): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < requests.length) {
      const receipt = await house.submit(requests[next++]!);
      if (receipt.outcome === "rejected") throw new Error(JSON.stringify(receipt.rejection));
    }
  };
  await Promise.all(Array.from({ length: underWay }, client));
}

/** What the machine costs by itself, and what it costs to have every command durable before it is answered. */
export async function benchService(rounds: number): Promise<void> {
  const flow = serviceFlow();
  const count = flow.timed.length;
  console.log(`\nDurable throughput: ${count} commands of the engine's mixed flow, journal under ${parent}`);
  const clock = new Map<string, number[]>();
  const contestant = (
    name: string,
    run: (machine: Machine, log: CommandLog) => Promise<void>,
  ): Contestant => ({
    name,
    run: () =>
      withJournal(flow.before, async (log) => {
        const machine = begun(flow.before);
        const start = processorTimeMs();
        const startClock = performance.now();
        await run(machine, log);
        const ms = processorTimeMs() - start;
        clock.set(name, [...(clock.get(name) ?? []), performance.now() - startClock]);
        if (rootOf(machine) !== flow.root) throw new Error(`${name}: another root`);
        return ms;
      }),
  });
  const bare = "bare engine";
  const piped = "encode, apply, journal, durable";
  const whole = "clearinghouse: submit to receipt";
  const timings = await interleave(
    [
      contestant(bare, async (machine) => {
        for (const envelope of flow.timed) machine.apply(envelope, nothing);
      }),
      contestant(piped, (machine, log) => pipeline(flow, machine, log)),
      contestant(whole, (machine, log) => submitAll(flow, houseOf(flow, machine, log), 4_096)),
    ],
    Math.min(rounds, 7),
  );
  console.log("  processor time of the machine's thread:");
  printTimings(timings.values(), (ms) => `${(count / ms / 1000).toFixed(3)} M/s`);
  console.log("  best by the clock:");
  for (const [name, times] of clock) {
    console.log(`  ${name.padEnd(44)} ${(count / Math.min(...times) / 1000).toFixed(3).padStart(10)} M/s`);
  }
  printRatio("durable pipeline ÷ bare engine, throughput", ratioOf(timings, [bare], piped), { atLeast: 0.5 });
  printRatio("clearinghouse ÷ bare engine, throughput", ratioOf(timings, [bare], whole));
}
