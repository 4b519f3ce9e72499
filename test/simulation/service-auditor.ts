import assert from "node:assert/strict";
import {
  type ClearingEvent,
  completeCommand,
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
} from "../../src/clearing/index.ts";
import { ByteWriter } from "../../src/clearing/state/index.ts";
import { Machine, type Receipt, type SignedCommand } from "../../src/service/clearinghouse/index.ts";
import { type RecordBatch } from "../../src/service/journal/index.ts";
import { checkInvariants } from "../properties/clearing-invariants.ts";
import { TestVenue } from "../properties/clearing-venue.ts";

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

interface Acknowledged {
  readonly request: SignedCommand;
  readonly receipt: Receipt;
}

/**
 * The world outside of a service that is made to crash: knows what was sent and what was answered, and holds every recovery
 * to it. Its twin applies the same journal, is never interrupted, and is never restored from a snapshot.
 */
export class Auditor {
  readonly twin: Machine = Machine.empty();
  /** Roots of the twin at the sequences that were asked for, in hex. */
  readonly roots: Map<number, string> = new Map();
  accepted = 0;
  rejected = 0;
  /** Commands that were never answered, and were there after a crash all the same. */
  unanswered = 0;
  readonly #sent: Map<string, SignedCommand> = new Map();
  readonly #acknowledged: Map<number, Acknowledged> = new Map();
  readonly #records: Uint8Array[] = [];
  readonly #takenOnce: Set<string> = new Set();
  readonly #inVault: Map<number, bigint> = new Map();
  readonly #writer: ByteWriter = new ByteWriter(4096);
  readonly #ownSigner: string;
  #highest = 0;

  /** @param ownSigner - the venue's own key, whose commands when setting up nobody outside sends. */
  constructor(ownSigner: string = "") {
    this.#ownSigner = ownSigner;
  }

  sends(request: SignedCommand): void {
    this.#sent.set(keyOf(request), request);
  }

  hears(request: SignedCommand, receipt: Receipt): void {
    const before = this.#acknowledged.get(receipt.sequence);
    if (before) assert.deepEqual({ request, receipt }, before, "the same bytes, the same answer");
    this.#acknowledged.set(receipt.sequence, { request, receipt });
    this.#highest = Math.max(this.#highest, receipt.sequence);
  }

  /** The last record that was acknowledged to anyone. */
  get highest(): number {
    return this.#highest;
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.size;
  }

  /**
   * Reads a journal from its first record through `last`: what was known before is unchanged, what is new was asked for, and was
   * answered as the twin finds.
   *
   * @param rootsAt - where the twin's root is wanted.
   */
  async read(
    batches: AsyncIterable<RecordBatch>,
    last: number,
    rootsAt: ReadonlySet<number> = new Set(),
  ): Promise<void> {
    assert.ok(last >= this.#highest, `record ${this.#highest} was acknowledged, ${last} is the last there`);
    assert.ok(last >= this.#records.length, `${this.#records.length} records were there, now ${last}`);
    let sequence = 0;
    for await (const { firstSequence, records } of batches) {
      assert.equal(firstSequence, sequence + 1);
      for (const record of records) {
        if (sequence === last) break;
        const known = this.#records[sequence++];
        if (known) assert.ok(Buffer.compare(known, record) === 0, `record ${sequence} changed`);
        else this.#take(record);
        if (rootsAt.has(sequence) && sequence === this.twin.sequence) this.#noteRoot();
      }
      if (sequence === last) break;
    }
    assert.equal(sequence, last, "the journal ends before what was recovered from it");
    this.#noteRoot();
    this.#checkMoney();
  }

  #noteRoot(): void {
    this.roots.set(this.twin.sequence, hex(this.twin.stateRoot()));
  }

  #take(record: Uint8Array): void {
    const envelope = decodeEnvelope(record);
    const { sequence, signer, command } = envelope;
    assert.equal(sequence, this.#records.length + 1);
    this.#records.push(record.slice());
    const events: ClearingEvent[] = [];
    this.twin.apply(envelope, (event) => events.push(event));
    const isRefused = events.some(({ type }) => type === "rejected");
    this.#count(envelope, events, isRefused);
    if (signer === "") {
      assert.ok(command.type === "tick" || (command.type === "genesis" && sequence === 1));
      return;
    }
    const key = keyOf(envelope);
    const request = this.#sent.get(key);
    if (request === undefined) {
      const isSetUp = command.type === "grantRole" || command.type === "setRiskDocument";
      assert.ok(signer === this.#ownSigner && isSetUp, `record ${sequence} was never sent`);
      return;
    }
    const wanted = this.#encode(envelopeOf(request, sequence, envelope.timeMs));
    assert.ok(Buffer.compare(wanted, record) === 0, `record ${sequence} is not what was sent`);
    if (!isRefused) {
      assert.ok(!this.#takenOnce.has(key), `${key} was applied twice`);
      this.#takenOnce.add(key);
      this.accepted++;
    } else this.rejected++;
    const answered = this.#acknowledged.get(sequence);
    if (answered) checkReceipt(answered, envelope, events);
    else this.unanswered++;
  }

  /** What came into the vaults and left them. */
  #count({ command }: Envelope, events: readonly ClearingEvent[], isRefused: boolean): void {
    if (command.type === "deposit" && !isRefused) this.#move(command.asset, BigInt(command.units));
    for (const event of events) {
      if (event.type === "withdrawalSettled" && event.outcome === "paid") {
        this.#move(event.asset, -BigInt(event.units));
      }
    }
  }

  #move(asset: number, units: bigint): void {
    this.#inVault.set(asset, (this.#inVault.get(asset) ?? 0n) + units);
  }

  /** Conservation to the unit: over all accounts, and against what was paid in and out; and the machine's other invariants. */
  #checkMoney(): void {
    const { ledger } = this.twin.engine.stores;
    for (let asset = 0; asset < ledger.assetCount; asset++) {
      assert.equal(ledger.total(asset), 0n, `asset ${asset} is conserved`);
    }
    for (const [asset, units] of this.#inVault) {
      assert.equal(BigInt(-ledger.balance(0, asset)), units, `the vault of asset ${asset}`);
    }
    checkInvariants(new TestVenue(this.twin.engine));
  }

  /**
   * Applies everything to a new machine: what was acknowledged from the requests and answers alone, the rest from the journal. The root,
   * in hex.
   */
  independentRoot(): string {
    const machine = Machine.empty();
    for (let sequence = 1; sequence <= this.#records.length; sequence++) {
      const answered = this.#acknowledged.get(sequence);
      const envelope = answered
        ? envelopeOf(answered.request, sequence, answered.receipt.timeMs)
        : decodeEnvelope(this.#records[sequence - 1]!);
      machine.apply(envelope, () => {});
    }
    return hex(machine.stateRoot());
  }

  #encode(envelope: Envelope): Uint8Array {
    this.#writer.clear();
    encodeEnvelope(envelope, this.#writer);
    return this.#writer.copy();
  }
}

const keyOf = ({ signer, nonce }: { readonly signer: string; readonly nonce: number }): string =>
  `${signer}:${nonce}`;

function envelopeOf(request: SignedCommand, sequence: number, timeMs: number): Envelope {
  const { signer, nonce, deadlineMs, signature } = request;
  const command = completeCommand(request.command);
  assert.ok(!("code" in command));
  return {
    sequence,
    timeMs,
    signer,
    nonce,
    deadlineMs,
    signature: Buffer.from(signature.slice(2), "hex"),
    command,
  };
}

/** An answer says what happened: outcome and reason, in order, all that is public, and nothing that did not happen. */
function checkReceipt(
  { request, receipt }: Acknowledged,
  envelope: Envelope,
  events: readonly ClearingEvent[],
): void {
  const { sequence } = envelope;
  assert.equal(keyOf(request), keyOf(envelope), `record ${sequence} is another's`);
  assert.equal(receipt.timeMs, envelope.timeMs, `time of record ${sequence}`);
  const refused = events.find((event) => event.type === "rejected");
  assert.equal(receipt.outcome, refused ? "rejected" : "accepted", `outcome of record ${sequence}`);
  assert.equal(receipt.rejection?.code, refused?.code, `reason of record ${sequence}`);
  const told = receipt.events.map((event) => JSON.stringify(event));
  let at = 0;
  for (const event of events) {
    const isTold = told[at] === JSON.stringify(event);
    if (isTold) at++;
    else assert.ok("account" in event, `record ${sequence} left out ${JSON.stringify(event)}`);
  }
  assert.equal(at, told.length, `record ${sequence} told of what did not happen`);
}
