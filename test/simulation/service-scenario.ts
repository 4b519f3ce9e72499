import assert from "node:assert/strict";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { randomStream, type RandomStream } from "plimsoll/numerics";
import { PlimsollError } from "plimsoll/quantity";
import {
  Clearinghouse,
  type Receipt,
  Receipts,
  recover,
  type SignedCommand,
} from "../../src/service/clearinghouse/index.ts";
import {
  type CommandLog,
  openEmbeddedLog,
  type OpenFile,
  type Surroundings,
} from "../../src/service/journal/index.ts";
import { type SignatureVerifier } from "../../src/service/signatures/index.ts";
import { startMs } from "../properties/clearing-venue.ts";
import { SimulatedDisk } from "./journal-disk.ts";
import { Auditor, hex } from "./service-auditor.ts";
import { type Asked, fitStep, setUpCommands, StepPool } from "./service-flow.ts";

const directory = "/journal";
const chainId = 1;
const setUps = [setUpCommands(false), setUpCommands(true)] as const;
const steps = new StepPool(20_261_124, 2_000);

/** Signatures are not what is tried here: they are long enough, and believed. */
const signature = `0x${"5a".repeat(65)}`;
const believing: SignatureVerifier = {
  pending: 0,
  verify: async (envelopes) => envelopes.map(() => "valid" as const),
  close: async () => undefined,
};

/** The clearinghouse on a disk that crashes: several lives, and after each death the same journal, machine and answers. */
class Scenario {
  readonly random: RandomStream;
  readonly disk: SimulatedDisk;
  readonly auditor: Auditor = new Auditor();
  readonly portfolio: boolean;
  readonly setUp: readonly Asked[];
  readonly seen: Seen = noneSeen();
  /** Sent in the life before and never answered: may be sent again, the same bytes. */
  unanswered: Set<SignedCommand> = new Set();
  /** The last answers of the lives before: whoever asks again must hear the same. */
  answered: Map<SignedCommand, Receipt> = new Map();
  fromSequence: number = 0;
  nowMs: number = startMs;
  #nonce = 0;

  constructor(seed: number) {
    this.random = randomStream(seed);
    this.disk = new SimulatedDisk(this.random);
    this.portfolio = this.random.nextBelow(4) === 0;
    this.setUp = setUps[this.portfolio ? 1 : 0];
  }

  async open(): Promise<{ readonly log: CommandLog; readonly house: Clearinghouse }> {
    const log = await openEmbeddedLog(
      {
        directory,
        create: true,
        blockBytes: this.random.nextBelow(3) === 0 ? 4096 : 512,
        segmentBytes: (this.portfolio ? 1 << 17 : 1 << 15) << this.random.nextBelow(3),
        retainSnapshots: 2,
      },
      this.surroundings(),
    );
    const atMost =
      this.random.nextBelow(4) === 0 ? this.random.nextBelow(log.durableSequence + 1) : undefined;
    const receipts = new Receipts(100);
    const recovery = await recover(log, { receipts, ...(atMost === undefined ? {} : { atMost }) });
    this.fromSequence = recovery.fromSequence;
    await this.check(log, recovery);
    // A clock may be set back while the service is down.
    if (this.random.nextBelow(3) === 0) this.nowMs -= this.random.nextBelow(10_000);
    const house = new Clearinghouse({
      machine: recovery.machine,
      log,
      verifier: believing,
      chainId,
      now: () => this.nowMs,
      tickMs: 0,
      snapshotEvery: this.random.nextBelow(2) === 0 ? 0 : 5 + this.random.nextBelow(40),
      queueLimit: 1_000,
      receipts,
    });
    return { log, house };
  }

  /** The disk of this life alone: what a clearinghouse of an earlier one still asks of it is never answered. */
  surroundings(): Surroundings {
    const life = this.seen.crashes;
    const mortal = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (of, name) => {
          const found: unknown = Reflect.get(of, name, of);
          if (typeof found !== "function") return found;
          return (...words: unknown[]): unknown => {
            if (life !== this.seen.crashes) return new Promise(() => undefined);
            const answer: unknown = Reflect.apply(found, of, words);
            return name === "open" ? (answer as Promise<OpenFile>).then(mortal) : answer;
          };
        },
      });
    const { surroundings } = this.disk;
    return { ...surroundings, files: mortal(surroundings.files) };
  }

  /** Everything acknowledged is there, nothing else, and the machine is that of the twin. */
  async check(log: CommandLog, recovery: Awaited<ReturnType<typeof recover>>): Promise<void> {
    const { machine, fromSequence, rejectedSnapshots } = recovery;
    assert.deepEqual(rejectedSnapshots, []);
    assert.equal(machine.sequence, log.durableSequence);
    const snapshots = await log.snapshots.list();
    const wanted = new Set(snapshots.map(({ sequence }) => sequence));
    await this.auditor.read(log.read(1), machine.sequence, wanted);
    assert.equal(hex(machine.stateRoot()), this.auditor.roots.get(machine.sequence), "state root");
    const { snapshot } = await log.snapshots.latest();
    const known = snapshot && this.auditor.roots.get(snapshot.sequence);
    if (known) assert.equal(hex(snapshot.stateRoot), known, "the snapshot's root");
    this.seen.torn += Number(log.recovery.torn !== undefined);
    this.seen.fromSnapshot += Number(fromSequence > 0);
    this.seen.severalSegments += Number(log.recovery.segments > 1);
  }

  async run(): Promise<void> {
    const lives = 1 + this.random.nextBelow(4);
    for (let life = 0; life < lives; life++) {
      // Lives differ in length; some end while they recover or set up.
      this.disk.crashAt = this.disk.steps + 1 + this.random.nextBelow(life === 0 ? 200 : 120);
      if (this.random.nextBelow(6) === 0) {
        this.disk.failure = this.random.nextBelow(2) === 0 ? "sync" : "write";
        this.disk.failAt = this.disk.steps + this.random.nextBelow(80);
      }
      await Promise.race([this.disk.crashed, this.live()]);
      await new Promise(setImmediate);
      this.seen.crashes++;
      this.disk.crash(this.random.nextBelow(4) === 0 ? "process" : "power");
    }
    const { log, house } = await this.open();
    const last = house.machine.sequence;
    await (last === 0 ? house.sequenceOwn(genesisOf(this.setUp)) : house.sequenceOwn({ type: "tick" }));
    assert.equal(log.durableSequence, last + 1, "a recovered service goes on");
    await house.close();
    assert.equal(
      this.auditor.independentRoot(),
      this.auditor.roots.get(last),
      "root of what was acknowledged",
    );
    this.seen.records += last;
    this.seen.acknowledged += this.auditor.acknowledgedCount;
    this.seen.unanswered += this.auditor.unanswered;
    this.seen.steps += this.disk.steps;
  }

  async live(): Promise<void> {
    try {
      const { house } = await this.open();
      await this.begin(house);
      await this.use(house);
    } catch (error) {
      // Only a disk that was made to fail may end it.
      if (!(error instanceof PlimsollError && error.code === "PLM_DISK")) throw error;
      this.seen.failedDisks++;
    }
  }

  /** Sets the venue up, or goes on with it where a crash ended it. */
  async begin(house: Clearinghouse): Promise<void> {
    const last = house.machine.sequence;
    if (last === 0) await house.sequenceOwn(genesisOf(this.setUp));
    const rest = this.setUp.slice(Math.max(1, last));
    await Promise.all(rest.map((asked) => this.send(house, asked)));
  }

  async use(house: Clearinghouse): Promise<void> {
    for (const request of this.unanswered) {
      if (this.random.nextBelow(3) === 0) await this.submit(house, request);
    }
    this.unanswered = new Set();
    for (const [request, receipt] of this.answered) await this.repeat(house, request, receipt);
    this.answered = new Map();
    let underWay: Promise<void>[] = [];
    for (let round = 0; round < 100; round++) {
      const dice = this.random.nextBelow(30);
      if (dice === 0) this.disk.fireTimers();
      else if (dice === 1) underWay.push(house.snapshot().then(() => void this.seen.snapshots++));
      else if (dice < 6) {
        const afterMs = this.random.nextBelow(dice === 2 ? 600_000 : 2_000);
        this.nowMs += afterMs;
        underWay.push(house.sequenceOwn({ type: "tick" }).then(() => undefined));
      } else if (dice < 12) {
        await Promise.all(underWay);
        underWay = [];
      } else {
        const step = steps.draw(this.random);
        this.nowMs += step.afterMs;
        underWay.push(this.send(house, fitStep(house.machine.engine, this.nowMs, step)));
      }
    }
    await Promise.all(underWay);
    await house.barrier();
  }

  send(house: Clearinghouse, { signer, command }: Asked): Promise<void> {
    const request = { signer, nonce: ++this.#nonce, deadlineMs: 0, chainId, signature, command };
    this.auditor.sends(request);
    return this.submit(house, request);
  }

  async submit(house: Clearinghouse, request: SignedCommand): Promise<void> {
    this.unanswered.add(request);
    const receipt = await house.submit(request).catch(forgotten);
    this.unanswered.delete(request);
    if (receipt === undefined) return;
    this.auditor.hears(request, receipt);
    if (receipt.outcome === "accepted") this.answered.set(request, receipt);
  }

  /** The answer of the life before is found again, unless the machine came back from a snapshot after it. */
  async repeat(house: Clearinghouse, request: SignedCommand, receipt: Receipt): Promise<void> {
    const last = house.machine.sequence;
    const again = await house.submit(request).catch(forgotten);
    assert.equal(house.machine.sequence, last, "a repeat takes no sequence");
    if (receipt.sequence > this.fromSequence && receipt.sequence > last - 50)
      assert.ok(again, "forgotten too early");
    if (again === undefined) this.seen.forgotten++;
    else {
      assert.deepEqual(again, receipt);
      this.seen.repeated++;
    }
  }
}

/** The one refusal that a repeat may get. */
function forgotten(error: unknown): undefined {
  if (!(error instanceof PlimsollError && error.code === "PLM_NONCE")) throw error;
}

function genesisOf([first]: readonly Asked[]): Asked["command"] {
  assert.ok(first);
  return first.command;
}

/** What the scenarios came by: proof that the faults did happen. */
export interface Seen {
  crashes: number;
  torn: number;
  failedDisks: number;
  severalSegments: number;
  snapshots: number;
  fromSnapshot: number;
  records: number;
  acknowledged: number;
  unanswered: number;
  /** Asked again in a later life: answered as before, or told that the answer is forgotten. */
  repeated: number;
  forgotten: number;
  /** Calls to the disk. */
  steps: number;
}

const noneSeen = (): Seen => ({
  crashes: 0,
  torn: 0,
  failedDisks: 0,
  severalSegments: 0,
  snapshots: 0,
  fromSnapshot: 0,
  records: 0,
  acknowledged: 0,
  unanswered: 0,
  repeated: 0,
  forgotten: 0,
  steps: 0,
});

/** Runs the scenarios of seeds `from` to `to` − 1. The first that fails throws, and says how to repeat it. */
async function runScenarios(from: number, to: number): Promise<Seen> {
  const sum = noneSeen();
  for (let seed = from; seed < to; seed++) {
    const scenario = new Scenario(seed);
    try {
      await scenario.run();
    } catch (error) {
      console.error(
        `reproduce: SERVICE_SEED=${seed} npm run test:only -- test/simulation/service-crash.test.ts`,
      );
      throw error;
    }
    for (const name of Object.keys(sum) as (keyof Seen)[]) sum[name] += scenario.seen[name];
  }
  return sum;
}

if (!isMainThread) {
  const { from, to } = workerData as { readonly from: number; readonly to: number };
  parentPort?.postMessage(await runScenarios(from, to));
}
