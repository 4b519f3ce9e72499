import {
  type ClearingEvent,
  type Command,
  completeCommand,
  encodeEnvelope,
  type Envelope,
  stampEnvelope,
} from "../../clearing/index.ts";
import { ByteWriter } from "../../clearing/state/bytes.ts";
import { InvariantError, PlimsollError } from "../../quantity/error.ts";
import { type CommandLog, Histogram, type HistogramFigures } from "../journal/index.ts";
import { type SignatureVerifier, type Verdict } from "../signatures/index.ts";
import { type Machine } from "./machine.ts";
import { receiptOf } from "./receipt-of.ts";
import { fingerprintOf, type Receipts } from "./receipts.ts";
import { checkSignedCommand } from "./check-signed-command.ts";
import { type CheckedCommand, type Receipt, type SignedCommand } from "./signed-command.ts";

/** One applied envelope and all that it caused. */
export interface Applied {
  readonly envelope: Envelope;
  readonly events: readonly ClearingEvent[];
}

export interface ClearinghouseOptions {
  readonly machine: Machine;
  readonly log: CommandLog;
  readonly verifier: SignatureVerifier;
  readonly chainId: number;
  /** UTC milliseconds. May stand still or be set back: the machine's time is held until it is passed again. */
  readonly now: () => number;
  /**
   * A `tick` is sequenced when nothing else was for this long, or for twice as long no price: the machine looks at accounts with those alone. Not
   * while the clock stands still. 0: never.
   */
  readonly tickMs: number;
  /** A snapshot is saved after this many records. 0: only when asked. */
  readonly snapshotEvery: number;
  /** Commands that may wait for their signature or the disk before more are refused. */
  readonly queueLimit: number;
  /** Answers kept for repeats; those that recovery found among what it replayed are in it already. */
  readonly receipts: Receipts;
  /** Told when a listener failed, which is then dropped. */
  readonly onListenerFailure?: (error: Error) => void;
  /** Told when a snapshot that was due could not be saved: commands go on, the next start replays more. The next is tried when it is due. */
  readonly onSnapshotFailure?: (error: Error) => void;
  /** Told once each time that the clock is found behind the machine's time by more than a second. */
  readonly onClockBehind?: (behindMs: number) => void;
}

/** Told of everything applied, in order, once it is durable. */
export type Listener = (batch: readonly Applied[]) => void;

/** Clocks are corrected by less than this all the time. */
const clockToleranceMs = 1_000;

/** 1 µs to 1 s. */
const applyBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 100e3, 1e6];

interface Unverified {
  readonly record: Uint8Array;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

interface Waiting {
  readonly applied: Applied;
  readonly settle: ((receipt: Receipt) => void) | undefined;
  readonly fail: ((error: unknown) => void) | undefined;
}

/**
 * The one place where commands get their order: signature, sequence, state, disk, then answer. A command is applied before it is
 * written, so that one which would break an invariant stops the process while the journal doesn't hold it; nobody hears of it
 * before it is durable.
 */
export class Clearinghouse {
  readonly machine: Machine;
  readonly #log: CommandLog;
  readonly #options: ClearinghouseOptions;
  readonly #receipts: Receipts;
  readonly #listeners: Set<Listener> = new Set();
  readonly #writer: ByteWriter = new ByteWriter(4096);
  #unverified: Unverified[] = [];
  #records: Uint8Array[] = [];
  #waiting: Waiting[] = [];
  /** Fulfilled when the verdicts of all envelopes that came so far were given. */
  #verified: Promise<void> = Promise.resolve();
  #flushing = false;
  #inFlight = 0;
  #verifying = 0;
  #closing = false;
  #failure: Error | undefined;
  readonly #applyMicros = new Histogram(applyBounds);
  #lastSnapshot: { readonly sequence: number; readonly timeMs: number };
  /** What the clock said when something was sequenced last, and when that was by a clock that nobody sets. */
  #lastClockMs = Number.NaN;
  #lastSequencedAt = -Infinity;
  /** When the machine last looked at accounts. */
  #lastLookAt = -Infinity;
  #clockIsBehind = false;
  #durableSequence: number;
  #sinceSnapshot = 0;
  #saving: Promise<unknown> | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #durable: Promise<void> = Promise.resolve();

  constructor(options: ClearinghouseOptions) {
    this.machine = options.machine;
    this.#durableSequence = options.machine.sequence;
    this.#lastSnapshot = { sequence: options.machine.sequence, timeMs: options.now() };
    this.#log = options.log;
    this.#options = options;
    this.#receipts = options.receipts;
    if (options.tickMs > 0) {
      this.#ticker = setInterval(() => this.#tickIfDue(), options.tickMs);
      this.#ticker.unref();
    }
  }

  /** Why nothing more is accepted, if so. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Commands between arrival and answer. */
  get queued(): number {
    return this.#verifying + this.#inFlight;
  }

  /** Commands whose signature is being verified. */
  get verifying(): number {
    return this.#verifying;
  }

  /** Of the last command that is durable. */
  get durableSequence(): number {
    return this.#durableSequence;
  }

  /** How long commands took to apply. */
  get applyMicros(): HistogramFigures {
    return this.#applyMicros.figures();
  }

  /** The last snapshot that was saved; where this process began before the first. */
  get lastSnapshot(): { readonly sequence: number; readonly timeMs: number } {
    return this.#lastSnapshot;
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** By how much the clock is behind the machine's time, which is held meanwhile. More than moments: it was set back. */
  get clockBehindMs(): number {
    return Math.max(0, this.machine.timeMs - this.#options.now());
  }

  /** Calls `listener` for everything applied from now on. Returns the way to stop it. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Sequences a signed command and answers when it is durable. The same bytes, signature and all, get the answer that they got before.
   *
   * @throws {PlimsollError} `PLM_FIELD` for a malformed command, `PLM_SIGNATURE` for a signature that isn't the signer's,
   *   `PLM_NONCE` for a nonce that was used for other bytes, or for these so long ago that their answer is forgotten, `PLM_BUSY` when
   *   the queue is full or the service is closing.
   */
  async submit(request: SignedCommand): Promise<Receipt> {
    this.#requireOpen();
    const command = checkSignedCommand(request, this.#options.chainId, completeCommand);
    const envelope: Envelope = { sequence: 0, timeMs: 0, ...command };
    const record = this.#encode(envelope);
    const fingerprint = fingerprintOf(record);
    const repeated = this.#receipts.find(command);
    if (repeated?.fingerprint === fingerprint) return repeated.receipt;
    if (this.queued >= this.#options.queueLimit) throw this.#busy("the queue is full");
    this.#verifying++;
    try {
      const verdict = await this.#verdictOf(record);
      if (verdict !== "valid") throw wrongSignature(verdict);
    } finally {
      this.#verifying--;
    }
    this.#requireOpen();
    // Only the signer itself takes its nonces, and only it is told which are taken; the same may have come twice meanwhile.
    const known = this.#receipts.find(command);
    if (known?.fingerprint === fingerprint) return known.receipt;
    if (known !== undefined || this.#isUsed(command)) {
      await this.barrier();
      throw usedNonce(command.nonce, known !== undefined);
    }
    const receipt = this.#sequence(envelope, record);
    // If it fails, so has the clearinghouse: nobody is answered from here any more.
    this.#receipts.remember(command, { fingerprint, receipt });
    return receipt;
  }

  /** The machine would refuse it too, but in the journal: whoever kept old commands could fill the disk with them. */
  #isUsed({ signer, nonce }: CheckedCommand): boolean {
    const { signers } = this.machine.engine.stores.identity;
    const number = signers.find(signer);
    return number >= 0 && signers.nonces.isUsed(number, nonce);
  }

  /** Envelopes of one turn of the event loop go to the verifier together. */
  #verdictOf(record: Uint8Array): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      this.#unverified.push({ record, resolve, reject });
      if (this.#unverified.length === 1) setImmediate(() => this.#verifyGathered());
    });
  }

  #verifyGathered(): void {
    const gathered = this.#unverified;
    this.#unverified = [];
    const before = this.#verified;
    const found = this.#options.verifier.verify(gathered.map(({ record }) => record));
    // Threads may finish in any order; commands are sequenced as they came.
    this.#verified = found.then(
      async (verdicts) => {
        await before;
        gathered.forEach(({ resolve }, i) => resolve(verdicts[i] ?? "malformed"));
      },
      async (error: unknown) => {
        await before;
        const reason = error instanceof PlimsollError ? this.#busy("signatures wait") : error;
        for (const { reject } of gathered) reject(reason);
      },
    );
  }

  #encode(envelope: Envelope): Uint8Array {
    this.#writer.clear();
    encodeEnvelope(envelope, this.#writer);
    return this.#writer.copy();
  }

  /** Sequences what the service itself has to say: `genesis` and `tick`. */
  sequenceOwn(command: Envelope["command"]): Promise<Receipt> {
    this.#requireOpen();
    const envelope: Envelope = {
      sequence: 0,
      timeMs: 0,
      signer: "",
      nonce: 0,
      deadlineMs: 0,
      signature: new Uint8Array(0),
      command,
    };
    return this.#sequence(envelope, this.#encode(envelope));
  }

  #sequence(unplaced: Envelope, record: Uint8Array): Promise<Receipt> {
    const now = this.#options.now();
    this.#watchClock(now);
    const { signer, nonce, deadlineMs, signature, command } = unplaced;
    const sequence = this.machine.sequence + 1;
    const timeMs = Math.max(this.machine.timeMs, now);
    const envelope: Envelope = { sequence, timeMs, signer, nonce, deadlineMs, signature, command };
    const events: ClearingEvent[] = [];
    try {
      stampEnvelope(record, sequence, timeMs);
      const startMs = performance.now();
      this.machine.apply(envelope, (event) => events.push(event));
      this.#applyMicros.add((performance.now() - startMs) * 1_000);
      this.#records.push(record);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new InvariantError(String(error)));
      throw error;
    }
    this.#lastClockMs = now;
    this.#lastSequencedAt = performance.now();
    if (looks.has(command.type)) this.#lastLookAt = this.#lastSequencedAt;
    this.#inFlight++;
    return new Promise<Receipt>((settle, fail) => {
      this.#waiting.push({ applied: { envelope, events }, settle, fail });
      if (!this.#flushing) {
        this.#flushing = true;
        setImmediate(() => this.#flush());
      }
    });
  }

  /** Hands what has gathered to the log; the log groups what comes while its last flush runs. */
  #flush(): void {
    this.#flushing = false;
    if (this.#records.length === 0 || this.#failure) return;
    const records = this.#records;
    const waiting = this.#waiting;
    this.#records = [];
    this.#waiting = [];
    const first = waiting[0]?.applied.envelope.sequence ?? 0;
    const written = this.#log.append(records, first).then(
      () => this.#release(waiting),
      (error: unknown) => {
        const failure = error instanceof Error ? error : new Error(String(error));
        for (const { fail } of waiting) fail?.(failure);
        this.#inFlight -= waiting.length;
        this.#fail(failure);
      },
    );
    this.#durable = written;
  }

  #release(waiting: readonly Waiting[]): void {
    this.#inFlight -= waiting.length;
    const batch = waiting.map(({ applied }) => applied);
    this.#durableSequence = batch.at(-1)?.envelope.sequence ?? this.#durableSequence;
    for (const listener of this.#listeners) this.#tell(listener, batch);
    for (const { applied, settle } of waiting) settle?.(receiptOf(applied));
    this.#sinceSnapshot += waiting.length;
    const { snapshotEvery } = this.#options;
    if (snapshotEvery > 0 && this.#sinceSnapshot >= snapshotEvery && this.#saving === undefined) {
      void this.snapshot().catch((error: unknown) => this.#snapshotFailed(error));
    }
  }

  /** What the journal holds is safe without it; a state that cannot be written down is not. */
  #snapshotFailed(error: unknown): void {
    if (error instanceof PlimsollError) this.#options.onSnapshotFailure?.(error);
    else this.#fail(error instanceof Error ? error : new Error(String(error)));
  }

  /** A listener that fails is dropped: nobody who only listens may hold up commands. */
  #tell(listener: Listener, batch: readonly Applied[]): void {
    try {
      listener(batch);
    } catch (error) {
      this.#listeners.delete(listener);
      this.#options.onListenerFailure?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Fulfilled when everything applied so far is durable: what a reader may be told. */
  async barrier(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#records.length > 0) this.#flush();
    await this.#durable;
    if (this.#failure) throw this.#failure;
  }

  /** Saves the state as it is now. */
  async snapshot(): Promise<{ readonly sequence: number; readonly stateRoot: Uint8Array }> {
    if (this.#saving !== undefined) await this.#saving;
    this.#sinceSnapshot = 0;
    // The pieces are copied at once: commands go on while they are written.
    const { sequence } = this.machine;
    const stateRoot = this.machine.stateRoot();
    const chunks = [...this.machine.snapshot()];
    const saving = this.barrier().then(() => this.#log.snapshots.save({ sequence, stateRoot, chunks }));
    this.#saving = saving;
    try {
      await saving;
      this.#lastSnapshot = { sequence, timeMs: this.#options.now() };
    } finally {
      this.#saving = undefined;
    }
    return { sequence, stateRoot };
  }

  /** Stops accepting, answers what is under way, and closes the log. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    clearInterval(this.#ticker);
    while (this.#verifying > 0) await new Promise((resolve) => setImmediate(resolve));
    if (this.#failure === undefined) {
      await this.barrier();
      if (this.#saving !== undefined) await this.#saving;
    }
    await this.#log.close();
  }

  #tickIfDue(): void {
    if (this.#closing || this.#failure || this.machine.sequence === 0) return;
    const { tickMs } = this.#options;
    const now = performance.now();
    if (now - this.#lastSequencedAt < tickMs && now - this.#lastLookAt < 2 * tickMs) return;
    // A clock that only a feed moves stands still between its steps; one that was set back goes on.
    if (this.#options.now() === this.#lastClockMs) return;
    this.sequenceOwn({ type: "tick" }).catch(() => undefined);
  }

  #watchClock(now: number): void {
    const behindMs = this.machine.timeMs - now;
    const isBehind = behindMs > clockToleranceMs;
    if (isBehind && !this.#clockIsBehind) this.#options.onClockBehind?.(behindMs);
    this.#clockIsBehind = isBehind;
  }

  #requireOpen(): void {
    if (this.#failure) throw this.#failure;
    if (this.#closing) throw this.#busy("the service is closing");
  }

  #busy(why: string): PlimsollError {
    return new PlimsollError("PLM_BUSY", {
      field: "command",
      value: why,
      limit: `at most ${this.#options.queueLimit} commands under way`,
      remedy: "Send it again in a second, with the same nonce.",
    });
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    clearInterval(this.#ticker);
    for (const { fail } of this.#waiting) fail?.(error);
    this.#inFlight -= this.#waiting.length;
    this.#waiting = [];
    this.#records = [];
  }
}

/** After which the machine goes on with margin calls and liquidations. */
const looks: ReadonlySet<Command["type"]> = new Set(["tick", "publishPrices", "publishSurface"]);

const usedNonce = (nonce: number, isOther: boolean): PlimsollError =>
  new PlimsollError("PLM_NONCE", {
    field: "nonce",
    value: nonce,
    limit: isOther
      ? "a nonce that was not used for another command"
      : "a nonce that was not used, or one whose receipt the service still has",
    remedy: isOther
      ? "Sign the command again with the next nonce."
      : "If this command was sent before, look at the account's orders and history for what it did. Otherwise sign it again with the next nonce.",
  });

const wrongSignature = (verdict: Verdict): PlimsollError =>
  new PlimsollError("PLM_SIGNATURE", {
    field: "signature",
    value: verdict,
    limit: "the signer's signature of this command, nonce, deadline and venue",
    remedy: "Sign the digest that docs/protocol.md describes, with the key that `signer` names.",
  });
