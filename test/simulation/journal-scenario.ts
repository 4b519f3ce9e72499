import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { randomStream, type RandomStream } from "plimsoll/numerics";
import { PlimsollError } from "plimsoll/quantity";
import {
  openEmbeddedLog,
  openJournalReader,
  type CommandLog,
  type JournalReader,
} from "../../src/service/journal/index.ts";
import { SimulatedDisk } from "./journal-disk.ts";

const directory = "/journal";

/** What the world outside knows: what it asked for, and what it was promised. */
interface Ledger {
  /** Record i + 1, as last submitted under that sequence. */
  submitted: Uint8Array[];
  /** All records up to this one were acknowledged, or were given back by a recovery. */
  promised: number;
  /** Sequences of snapshots whose saving was acknowledged. */
  snapshots: number[];
}

class Scenario {
  readonly random: RandomStream;
  readonly disk: SimulatedDisk;
  readonly ledger: Ledger = { submitted: [], promised: 0, snapshots: [] };
  readonly retainSnapshots = 2;
  torn = 0;
  segments = 0;
  failed = 0;
  looks = 0;
  unproven = 0;
  growing = 0;

  constructor(seed: number) {
    this.random = randomStream(seed);
    this.disk = new SimulatedDisk(this.random);
  }

  open(): Promise<CommandLog> {
    // Sizes may change whenever a journal is opened; each segment keeps its own.
    const blockBytes = this.random.nextBelow(3) === 0 ? 4096 : 512;
    const segmentBytes = blockBytes * (6 + this.random.nextBelow(20));
    const { retainSnapshots } = this;
    const queueBytes = 1 << (10 + this.random.nextBelow(8));
    const options = { directory, create: true, blockBytes, segmentBytes, retainSnapshots, queueBytes };
    return openEmbeddedLog(options, this.disk.surroundings);
  }

  async run(): Promise<void> {
    const lives = 1 + this.random.nextBelow(5);
    for (let life = 0; life < lives; life++) {
      const seen = await this.look(); // which takes no part of a life
      this.disk.crashAt = this.disk.steps + 1 + this.random.nextBelow(life === 0 ? 150 : 60);
      if (this.random.nextBelow(5) === 0) {
        this.disk.failure = this.random.nextBelow(2) === 0 ? "sync" : "write";
        this.disk.failAt = this.disk.steps + this.random.nextBelow(100);
      }
      await Promise.race([this.disk.crashed, this.live(seen)]);
      // Let what is done already be heard of; nothing else gets to the disk any more.
      await new Promise(setImmediate);
      this.disk.crash(this.random.nextBelow(4) === 0 ? "process" : "power");
    }
    const seen = await this.look();
    const log = await this.open();
    this.compare(seen, log);
    await this.check(log);
    await log
      .append([this.record()], log.nextSequence)
      .catch(() => assert.fail("a recovered log refuses to append"));
    await log.close();
  }

  /** One run of the service, until the crash or a failing disk ends it. */
  async live(seen: JournalReader | undefined): Promise<void> {
    try {
      const log = await this.open();
      this.compare(seen, log);
      await this.use(log);
    } catch (error) {
      // Only a disk that was made to fail may end it.
      if (!(error instanceof PlimsollError && error.code === "PLM_DISK")) throw error;
      this.failed += 1;
    }
  }

  async use(first: CommandLog): Promise<void> {
    let log = first;
    await this.check(log);
    for (let round = 0; round < 40; round++) {
      const dice = this.random.nextBelow(20);
      if (dice === 0) {
        await log.close();
        log = await this.open();
        await this.check(log);
      } else if (dice === 1) this.disk.fireTimers();
      else if (dice === 2) await this.saveSnapshot(log);
      else if (dice === 3) await this.lookBeside(log);
      else await this.append(log);
    }
    await log.append([], log.nextSequence);
  }

  async append(log: CommandLog): Promise<void> {
    const records = Array.from({ length: this.random.nextBelow(6) }, () => this.record());
    const firstSequence = log.nextSequence;
    const last = firstSequence + records.length - 1;
    const { submitted } = this.ledger;
    submitted.splice(firstSequence - 1, Infinity, ...records);
    const appended = log.append(records, firstSequence).then(
      () => {
        this.ledger.promised = Math.max(this.ledger.promised, last);
        assert.ok(log.durableSequence >= last);
      },
      async (error: unknown) => {
        if (error instanceof PlimsollError && error.code === "PLM_JOURNAL_BUSY") {
          assert.equal(log.nextSequence, firstSequence);
          submitted.splice(firstSequence - 1);
          return log.ready();
        }
        // Fail closed: nothing goes any more.
        await assert.rejects(log.append([this.record()], log.nextSequence), { code: "PLM_DISK" });
        await assert.rejects(log.ready(), { code: "PLM_DISK" });
        assert.ok(log.stats().failure);
        throw error;
      },
    );
    const busy = log.nextSequence === firstSequence;
    if (busy || this.random.nextBelow(2) === 0) await appended;
    else appended.catch(() => undefined);
  }

  async saveSnapshot(log: CommandLog): Promise<void> {
    const sequence = log.durableSequence;
    await log.snapshots.save({ sequence, stateRoot: rootOf(sequence), chunks: [contentOf(sequence)] });
    this.ledger.snapshots.push(sequence);
  }

  /** What a reader makes of the files that a crash left; they stay as they are. Nothing if there is no journal yet. */
  async look(): Promise<JournalReader | undefined> {
    const files = (): unknown =>
      this.disk.names().map((name) => [name, hash("sha256", this.disk.bytes(name))]);
    const before = files();
    let reader: JournalReader | undefined;
    try {
      reader = await openJournalReader({ directory }, this.disk.readerSurroundings);
      await this.checkRead(reader);
    } catch (error) {
      if (!(error instanceof PlimsollError && error.code === "PLM_FILE")) throw error;
    }
    assert.deepEqual(files(), before, "a reader changed a file");
    return reader;
  }

  /** A reader foretells what the next start finds and cuts off. */
  compare(seen: JournalReader | undefined, log: CommandLog): void {
    assert.equal(seen === undefined, log.recovery.created);
    if (!seen) return;
    this.looks += 1;
    assert.equal(seen.durableSequence, log.recovery.lastSequence);
    assert.equal(seen.segments, log.recovery.segments);
    assert.deepEqual(seen.torn, log.recovery.torn);
    assert.equal(seen.isGrowing, false);
  }

  /** A reader beside the writer at work gives what is durable, and takes nothing else for it. */
  async lookBeside(log: CommandLog): Promise<void> {
    // On a disk that may take its time: some groups are whole long before they are durable.
    const appends = 1 + this.random.nextBelow(4);
    for (let i = 0; i < appends; i++) await this.append(log);
    const before = log.durableSequence;
    this.disk.syncTurns = [0, 30, 100, 400][this.random.nextBelow(4)] ?? 0;
    const reader = await openJournalReader({ directory }, this.disk.readerSurroundings);
    const sure = reader.unprovenFrom === undefined ? reader.durableSequence : reader.unprovenFrom - 1;
    assert.ok(reader.durableSequence >= before, `${before} durable, ${reader.durableSequence} read`);
    // Of a disk that failed nobody knows what it holds.
    if (!log.stats().failure)
      assert.ok(sure <= log.durableSequence, `${sure} read, ${log.durableSequence} durable`);
    this.disk.syncTurns = 0;
    this.looks += 1;
    this.unproven += Number(reader.unprovenFrom !== undefined);
    this.growing += Number(reader.isGrowing);
    await this.checkRead(reader);
  }

  async checkRead(reader: JournalReader): Promise<void> {
    let sequence = 0;
    for await (const { firstSequence, records } of reader.read(1)) {
      assert.equal(firstSequence, sequence + 1);
      for (const record of records) assert.deepEqual(record, this.ledger.submitted[sequence++]);
    }
    assert.equal(sequence, reader.durableSequence);
    const { snapshot, rejected } = await reader.snapshots.latest();
    assert.deepEqual(rejected, []);
    assert.ok((snapshot?.sequence ?? 0) <= sequence);
  }

  /** Random, but often with what could be taken for the log's own: zeros, seals, headers. */
  record(): Uint8Array {
    const length = 1 + this.random.nextBelow(this.random.nextBelow(8) === 0 ? 900 : 200);
    const kind = this.random.nextBelow(6);
    const fill = [0, 0xa6, 0x59][kind];
    const bytes = new Uint8Array(length);
    if (fill !== undefined) return bytes.fill(fill);
    for (let i = 0; i < length; i++) bytes[i] = this.random.nextUint32();
    return bytes;
  }

  /** Everything promised is there, unchanged and in order, and nothing that nobody asked for. */
  async check(log: CommandLog): Promise<void> {
    const { ledger } = this;
    const { recovery } = log;
    if (recovery.torn) this.torn += 1;
    this.segments = Math.max(this.segments, recovery.segments);
    assert.deepEqual(recovery.lost, []);
    assert.ok(
      recovery.lastSequence >= ledger.promised,
      `${ledger.promised} promised, ${recovery.lastSequence} there`,
    );
    assert.ok(recovery.lastSequence <= ledger.submitted.length, "records that nobody submitted");
    assert.equal(log.durableSequence, recovery.lastSequence);
    let sequence = 0;
    for await (const { firstSequence, records } of log.read(1)) {
      assert.equal(firstSequence, sequence + 1);
      for (const record of records) assert.deepEqual(record, ledger.submitted[sequence++]);
    }
    assert.equal(sequence, recovery.lastSequence);
    ledger.promised = sequence;
    ledger.submitted.length = sequence;

    const { snapshot, rejected } = await log.snapshots.latest();
    assert.deepEqual(rejected, []);
    const newest = Math.max(-1, ...ledger.snapshots);
    assert.ok((snapshot?.sequence ?? -1) >= newest, `the snapshot of ${newest} is gone`);
    if (snapshot) {
      assert.deepEqual(new Uint8Array(snapshot.stateRoot), rootOf(snapshot.sequence));
      const chunks: Uint8Array[] = [];
      for await (const chunk of snapshot.chunks()) chunks.push(chunk);
      assert.ok(Buffer.concat(chunks).equals(contentOf(snapshot.sequence)));
    }
  }
}

const rootOf = (sequence: number): Uint8Array => new Uint8Array(32).fill(sequence + 1);
const contentOf = (sequence: number): Uint8Array =>
  new Uint8Array(700 + sequence).map((_, i) => i * sequence);

/** What the scenarios came by: proof that the faults did happen. */
export interface Seen {
  torn: number;
  severalSegments: number;
  failedDisks: number;
  /** Looks of readers, after crashes and beside writers. */
  looks: number;
  /** Of those beside writers. */
  unproven: number;
  growing: number;
  records: number;
  /** Calls to the disk. */
  steps: number;
}

/** Runs the scenarios of seeds `from` to `to` − 1. The first that fails throws, and says how to repeat it. */
async function runScenarios(from: number, to: number): Promise<Seen> {
  const seen: Seen = {
    torn: 0,
    severalSegments: 0,
    failedDisks: 0,
    looks: 0,
    unproven: 0,
    growing: 0,
    records: 0,
    steps: 0,
  };
  for (let seed = from; seed < to; seed++) {
    const scenario = new Scenario(seed);
    try {
      await scenario.run();
    } catch (error) {
      console.error(
        `reproduce: JOURNAL_SEED=${seed} npm run test:only -- test/simulation/journal-crash.test.ts`,
      );
      throw error;
    }
    seen.torn += scenario.torn;
    seen.severalSegments += Number(scenario.segments > 1);
    seen.failedDisks += scenario.failed;
    seen.looks += scenario.looks;
    seen.unproven += scenario.unproven;
    seen.growing += scenario.growing;
    seen.records += scenario.ledger.promised;
    seen.steps += scenario.disk.steps;
  }
  return seen;
}

if (!isMainThread) {
  const { from, to } = workerData as { readonly from: number; readonly to: number };
  parentPort?.postMessage(await runScenarios(from, to));
}
