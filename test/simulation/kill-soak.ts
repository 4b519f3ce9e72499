// A venue in a process of its own, under load, killed again and again: `npm run soak:kill -- --times 200 --seed 1`.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { randomStream, type RandomStream } from "plimsoll/numerics";
import { type Command, domainSeparator } from "../../src/clearing/index.ts";
import { type Receipt, type SignedCommand } from "../../src/service/clearinghouse/index.ts";
import { readJournal } from "../../src/service/journal/index.ts";
import { addressKey, sessionKey, signCommand, type SigningKey } from "../../src/service/signatures/index.ts";
import { venueKeys } from "../../src/service/venue/index.ts";
import { addressOf, officer, startMs } from "../properties/clearing-venue.ts";
import { firstAccount, ownerCount } from "../properties/clearing-whole-venue.ts";
import type { Recovered } from "./kill-service.ts";
import { Auditor } from "./service-auditor.ts";
import { type Asked, fitStep, setUpCommands, StepPool } from "./service-flow.ts";

export interface SoakOptions {
  readonly times: number;
  readonly seed: number;
  /** Venue milliseconds per real one, once the venue is set up. */
  readonly speed: number;
  /** Records between two snapshots of the service's own accord. */
  readonly snapshotEvery: number;
  readonly onRound?: (line: string) => void;
}

/** What a soak came by. */
export interface SoakFigures {
  kills: number;
  /** Kills before the service said that it had recovered. */
  whileStarting: number;
  /** Kills within milliseconds of asking for a snapshot. */
  whileSaving: number;
  /** Recoveries that were checked, and those that began at a snapshot. */
  recoveries: number;
  fromSnapshot: number;
  torn: number;
  snapshotsChecked: number;
  records: number;
  acknowledged: number;
  accepted: number;
  rejected: number;
  /** Durable, though the kill came before the answer. */
  unanswered: number;
  /** The same bytes sent again after a kill. */
  sentAgain: number;
  medianStartMs: number;
  stateRoot: string;
}

const domain = { venue: "Soak", chainId: 31_337 };
const separator = domainSeparator(domain);
const program = fileURLToPath(new URL("kill-service.ts", import.meta.url));
const tradeTypes = new Set(["placeOrder", "cancelOrder", "amendOrder", "massQuote", "cancelAll"]);
const workersPerClient = 12;

/** The venue's time goes on from `venueMs`, which it was at `realMs`. */
interface VenueClock {
  readonly realMs: number;
  readonly venueMs: number;
  readonly speed: number;
}

/** One run of the service, from start to kill. */
class Life {
  readonly child: ChildProcess;
  /** Fulfilled when its modules are loaded. */
  readonly started: Promise<void>;
  readonly recovered: Promise<Recovered>;
  readonly port: Promise<number>;
  readonly gone: Promise<void>;
  isGone = false;
  error = "";

  constructor(directory: string, clock: VenueClock, snapshotEvery: number) {
    this.child = spawn(
      process.execPath,
      [
        "--conditions=plimsoll-source",
        program,
        directory,
        String(clock.realMs),
        String(clock.venueMs),
        String(clock.speed),
        String(snapshotEvery),
      ],
      { stdio: ["pipe", "pipe", "pipe"], cwd: fileURLToPath(new URL("../..", import.meta.url)) },
    );
    const started = Promise.withResolvers<void>();
    const recovered = Promise.withResolvers<Recovered>();
    const port = Promise.withResolvers<number>();
    this.started = started.promise;
    this.recovered = recovered.promise;
    this.port = port.promise;
    createInterface({ input: this.child.stdout! }).on("line", (line) => {
      const message = JSON.parse(line) as
        | Recovered
        | { type: "started" }
        | { type: "listening"; port: number };
      if (message.type === "started") started.resolve();
      if (message.type === "recovered") recovered.resolve(message);
      if (message.type === "listening") port.resolve(message.port);
    });
    this.child.stderr!.on("data", (text: Buffer) => (this.error += text.toString()));
    this.gone = new Promise((resolve) => {
      this.child.once("close", () => {
        this.isGone = true;
        const ended = new Error(`the service ended by itself: ${this.error}`);
        recovered.reject(ended);
        port.reject(ended);
        resolve();
      });
    });
    for (const promise of [this.recovered, this.port]) promise.catch(() => undefined);
  }

  async kill(): Promise<void> {
    assert.ok(!this.isGone, `the service ended by itself: ${this.error}`);
    this.child.kill("SIGKILL");
    await this.gone;
    assert.equal(this.error, "");
  }
}

/** A client's connection: an answer for each message, or nothing once the service is gone. */
class Connection {
  readonly closed: Promise<void>;
  isOpen = true;
  readonly #socket: ReturnType<typeof connect>;
  readonly #waiting: Map<number, (answer: unknown) => void> = new Map();
  #next = 0;

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      this.#socket.once("close", () => {
        for (const settle of this.#waiting.values()) settle(undefined);
        this.#waiting.clear();
        this.isOpen = false;
        resolve();
      });
    });
    const lines = createInterface({ input: this.#socket }).on("error", () => undefined);
    lines.on("line", (line) => {
      let message: { readonly id: number };
      try {
        message = JSON.parse(line) as { readonly id: number };
      } catch {
        return; // the kill cut it short: no answer
      }
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
  }

  ask(message: { readonly request: SignedCommand } | { readonly snapshot: true }): Promise<unknown> {
    if (!this.isOpen) return Promise.resolve(undefined);
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.write(`${JSON.stringify({ id, ...message })}\n`);
    });
  }
}

class Soak {
  readonly #options: SoakOptions;
  readonly #directory = mkdtempSync(join(tmpdir(), "plimsoll-soak-"));
  readonly #random: RandomStream;
  readonly #steps: StepPool;
  readonly #keys: Map<string, SigningKey> = new Map();
  /** Of each owner, for some of the trading. */
  readonly #sessions: Map<string, SigningKey> = new Map();
  readonly #publisher: SigningKey;
  readonly #nonces: Map<string, number> = new Map();
  readonly #auditor: Auditor;
  /** Slow until the venue is set up: what is listed with a date must be there before that date, however long kills delay it. */
  #clock: VenueClock = { realMs: Date.now(), venueMs: startMs, speed: 1 };
  readonly #setUp: Asked[];
  #setUpRequest: SignedCommand | undefined;
  #unanswered: Set<SignedCommand> = new Set();
  #starts: number[] = [];
  readonly figures: SoakFigures = {
    kills: 0,
    whileStarting: 0,
    whileSaving: 0,
    recoveries: 0,
    fromSnapshot: 0,
    torn: 0,
    snapshotsChecked: 0,
    records: 0,
    acknowledged: 0,
    accepted: 0,
    rejected: 0,
    unanswered: 0,
    sentAgain: 0,
    medianStartMs: 0,
    stateRoot: "",
  };

  constructor(options: SoakOptions) {
    this.#options = options;
    this.#random = randomStream(options.seed);
    this.#steps = new StepPool(options.seed, 2_000);
    const secret = (): Uint8Array => new Uint8Array(32).map(() => this.#random.nextBelow(256));
    const file = join(this.#directory, "keys");
    const lines = Array.from({ length: 17 }, () => Buffer.from(secret()).toString("hex"));
    writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
    const { house, publishers } = venueKeys(file);
    this.#publisher = publishers[0]!;
    this.#auditor = new Auditor(house.signer);
    this.#keys.set(officer, house);
    // Above what the venue signs itself with when it is set up, which goes by the clock.
    this.#nonces.set(house.signer, (this.#clock.realMs + 86_400_000) * 1_000);
    const authorizing: Asked[] = [];
    for (let owner = 1; owner <= ownerCount; owner++) {
      const signer = addressOf(owner);
      const session = sessionKey(secret());
      this.#keys.set(signer, addressKey(secret()));
      this.#sessions.set(signer, session);
      for (const account of [0, 1]) {
        const command: Command = {
          type: "authorizeKey",
          account: firstAccount + 2 * (owner - 1) + account,
          key: session.signer,
          canTrade: true,
          canTransfer: false,
          expiryMs: 0,
          maxOrderNotionalMicros: 0,
        };
        authorizing.push({ signer, command });
      }
    }
    // Genesis, roles and documents are the service's own doing.
    const own = new Set(["genesis", "grantRole", "setRiskDocument"]);
    this.#setUp = [...setUpCommands(true).filter(({ command }) => !own.has(command.type)), ...authorizing];
  }

  #now(): number {
    const { realMs, venueMs, speed } = this.#clock;
    return venueMs + Math.floor((Date.now() - realMs) * speed);
  }

  #live(): Life {
    return new Life(this.#directory, this.#clock, this.#options.snapshotEvery);
  }

  async run(): Promise<SoakFigures> {
    try {
      while (this.figures.kills < this.#options.times) await this.#round();
      const life = this.#live();
      await this.#check(life);
      await life.kill();
      return this.#finish();
    } finally {
      rmSync(this.#directory, { recursive: true, force: true });
    }
  }

  async #round(): Promise<void> {
    const { figures } = this;
    const life = this.#live();
    try {
      // A new venue is killed twice before it is set up; the next life sets it up.
      const dice = figures.kills < 2 ? 0 : figures.kills === 2 ? 99 : this.#random.nextBelow(100);
      if (dice < 20) {
        // Anywhere from the first line that it runs to when it usually has recovered; a few before.
        if (figures.kills < 2 || this.#random.nextBelow(4) > 0) await Promise.race([life.started, life.gone]);
        await sleep(this.#random.nextFloat() * (median(this.#starts) || 1_000));
        figures.whileStarting++;
      } else {
        await this.#check(life);
        const clients = await this.#connect(life);
        // Restarting begins at a snapshot only if history had reached it: some lives are long enough for that.
        if (dice % 3 === 0) await Promise.race([clients[0]!.ask({ snapshot: true }), sleep(5_000)]);
        const again = [...this.#unanswered].filter(() => this.#random.nextBelow(2) === 0);
        this.#unanswered = new Set();
        const load = clients.map((client, i) => this.#load(client, i === 0 ? again : undefined));
        for (const one of load) one.catch(() => undefined); // told when all are gone
        // The threads that verify signatures start with the first command; one kill in six doesn't wait for them.
        if (figures.kills === 2) await this.#answers(life, this.#setUp.length + 20);
        else if (this.#random.nextBelow(6) > 0) await this.#answers(life, this.#random.nextBelow(100));
        await sleep(this.#random.nextBelow(200));
        if (dice < 40) {
          void clients[0]!.ask({ snapshot: true });
          await sleep(this.#random.nextFloat() * 12);
          figures.whileSaving++;
        }
        await life.kill();
        await Promise.all([...clients.map(({ closed }) => closed), ...load]);
        if (this.#setUp.length === 0 && this.#clock.speed !== this.#options.speed) {
          this.#clock = { realMs: Date.now(), venueMs: this.#now(), speed: this.#options.speed };
        }
        figures.kills++;
        this.#options.onRound?.(
          `kill ${figures.kills}: ${this.#auditor.twin.sequence} records found before, ${this.#auditor.acknowledgedCount} acknowledged by now, ${this.#unanswered.size} unanswered`,
        );
        return;
      }
      await life.kill();
      figures.kills++;
      this.#options.onRound?.(`kill ${figures.kills}: while it started`);
    } finally {
      if (!life.isGone) life.child.kill("SIGKILL");
    }
  }

  /** Holds what the service recovered to what it had acknowledged. */
  async #check(life: Life): Promise<void> {
    await Promise.race([life.started, life.gone]);
    const started = performance.now();
    const found = await life.recovered;
    this.#starts.push(performance.now() - started);
    assert.deepEqual(found.rejectedSnapshots, []);
    const wanted = new Set(found.snapshots.map(({ sequence }) => sequence));
    await this.#auditor.read(readJournal(join(this.#directory, "journal")), found.sequence, wanted);
    const root = (sequence: number): string => `0x${this.#auditor.roots.get(sequence) ?? ""}`;
    assert.equal(found.stateRoot, root(found.sequence), "state root after recovery");
    for (const snapshot of found.snapshots) {
      assert.equal(snapshot.stateRoot, root(snapshot.sequence), `root of snapshot ${snapshot.sequence}`);
    }
    this.figures.recoveries++;
    this.figures.fromSnapshot += Number(found.fromSequence > 0);
    this.figures.torn += Number(found.torn);
    this.figures.snapshotsChecked += found.snapshots.length;
  }

  /** Waits for so many answers, rather than for a time: a busy machine gives none in it. */
  async #answers(life: Life, count: number): Promise<void> {
    const wanted = this.#auditor.acknowledgedCount + count;
    const untilMs = performance.now() + 30_000;
    while (this.#auditor.acknowledgedCount < wanted && !life.isGone && performance.now() < untilMs) {
      await sleep(5);
    }
  }

  async #connect(life: Life): Promise<Connection[]> {
    const port = await life.port;
    return Array.from({ length: 1 + ownerCount }, () => new Connection(port));
  }

  /** A client: sets up what isn't, sends some again, then trades, with several commands under way. */
  async #load(client: Connection, again: readonly SignedCommand[] | undefined): Promise<void> {
    if (again) {
      await this.#goOnSettingUp(client);
      this.figures.sentAgain += again.length;
      await Promise.all(again.map((request) => this.#submit(client, request)));
    }
    if (this.#setUp.length > 0) return;
    const work = async (): Promise<void> => {
      while (client.isOpen) {
        const now = this.#now();
        const asked = fitStep(this.#auditor.twin.engine, now, this.#steps.draw(this.#random));
        const request = this.#sign(asked);
        const sent = [this.#submit(client, request)];
        // Whoever is impatient sends the same bytes twice, and hears the same answer twice.
        if (this.#random.nextBelow(20) === 0) sent.push(this.#submit(client, request));
        await Promise.all(sent);
      }
    };
    await Promise.all(Array.from({ length: workersPerClient }, work));
  }

  async #goOnSettingUp(client: Connection): Promise<void> {
    for (let asked = this.#setUp[0]; asked !== undefined; asked = this.#setUp[0]) {
      // After a kill, the same bytes again: the machine may have them, and then refuses their nonce.
      this.#setUpRequest ??= this.#sign(asked);
      const receipt = await this.#submit(client, this.#setUpRequest);
      this.#unanswered.delete(this.#setUpRequest);
      if (receipt === undefined) return;
      const code = receipt === "forgotten" ? undefined : receipt.rejection?.code;
      assert.equal(code, undefined, asked.command.type);
      this.#setUpRequest = undefined;
      this.#setUp.shift();
    }
  }

  #sign({ signer, command }: Asked): SignedCommand {
    const session = tradeTypes.has(command.type) ? this.#sessions.get(signer) : undefined;
    const usual = session && this.#random.nextBelow(3) > 0 ? session : this.#keys.get(signer);
    const key = command.type.startsWith("publish") ? this.#publisher : usual;
    assert.ok(key);
    const nonce = (this.#nonces.get(key.signer) ?? 0) + 1;
    this.#nonces.set(key.signer, nonce);
    const asked = this.#dated(command, nonce);
    const { signature } = signCommand(key, asked, nonce, 0, separator);
    return {
      signer: key.signer,
      nonce,
      deadlineMs: 0,
      chainId: domain.chainId,
      signature: `0x${Buffer.from(signature).toString("hex")}`,
      command: asked,
    };
  }

  #dated(command: Command, nonce: number): Command {
    const timeMs = this.#now();
    if (command.type === "publishPrices") {
      return { ...command, prices: command.prices.map((price) => ({ ...price, timeMs })) };
    }
    if (command.type === "publishSurface") return { ...command, timeMs };
    return command.type === "deposit" ? { ...command, reference: `deposit ${nonce}` } : command;
  }

  /** `forgotten`: carried out before a kill, and no longer among the answers that a recovery finds. */
  async #submit(client: Connection, request: SignedCommand): Promise<Receipt | "forgotten" | undefined> {
    this.#auditor.sends(request);
    const again = this.#unanswered.has(request);
    this.#unanswered.add(request);
    const answer = (await client.ask({ request })) as
      | { readonly receipt?: Receipt; readonly error?: string; readonly message?: string }
      | undefined;
    if (answer === undefined) return undefined;
    if (answer.error === "PLM_NONCE") {
      assert.ok(again, `${request.signer}:${request.nonce} was used by nobody else`);
      this.#unanswered.delete(request);
      return "forgotten";
    }
    assert.ok(answer.receipt, `${answer.error}: ${answer.message}`);
    this.#unanswered.delete(request);
    this.#auditor.hears(request, answer.receipt);
    return answer.receipt;
  }

  #finish(): SoakFigures {
    const { figures } = this;
    const auditor = this.#auditor;
    const { sequence } = auditor.twin;
    figures.records = sequence;
    figures.acknowledged = auditor.acknowledgedCount;
    figures.accepted = auditor.accepted;
    figures.rejected = auditor.rejected;
    figures.unanswered = auditor.unanswered;
    figures.medianStartMs = Math.round(median(this.#starts));
    figures.stateRoot = auditor.roots.get(sequence) ?? "";
    assert.equal(auditor.independentRoot(), figures.stateRoot, "root of what was acknowledged, in order");
    return figures;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Runs a soak. What fails throws, after the line that repeats it: its commands are the same, its moments as near as timing allows. */
export async function soak(options: SoakOptions): Promise<SoakFigures> {
  try {
    return await new Soak(options).run();
  } catch (error) {
    const { times, seed, speed, snapshotEvery } = options;
    console.error("NOT passed: a promise was broken, or the trial itself failed; below is what.");
    console.error(
      `reproduce: npm run soak:kill -- --times ${times} --seed ${seed} --speed ${speed} --snapshot-every ${snapshotEvery}`,
    );
    throw error;
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      times: { type: "string", default: "200" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      speed: { type: "string", default: "60" },
      "snapshot-every": { type: "string", default: "400" },
    },
  });
  const [times, seed, speed] = [Number(values.times), Number(values.seed), Number(values.speed)];
  const snapshotEvery = Number(values["snapshot-every"]);
  console.error(`seed ${seed}`);
  const figures = await soak({ times, seed, speed, snapshotEvery, onRound: (line) => console.error(line) });
  console.log(JSON.stringify(figures, null, 2));
  console.error(
    `passed: ${figures.kills} kills, ${figures.recoveries} recoveries checked, and none of ${figures.acknowledged} answers was lost or changed.`,
  );
}
