import {
  type ClearingEvent,
  type Command,
  encodeEnvelope,
  type Envelope,
  type RejectionCode,
} from "../../clearing/index.ts";
import { ByteWriter } from "../../clearing/state/bytes.ts";
import { type Machine } from "../clearinghouse/index.ts";
import { type CommandLog } from "../journal/index.ts";

/** What a command came to. Good until the next. */
export interface Answer {
  /** Undefined when it was accepted. */
  rejection: RejectionCode | undefined;
  /** Lots that the order of this command filled. */
  filledLots: number;
  /** Number of what the command made: account, request, offer or withdrawal; −1 for none. */
  made: number;
}

export interface DeskOptions {
  readonly machine: Machine;
  readonly log?: CommandLog;
  /** Told of every event, in order. */
  readonly onEvent: (event: ClearingEvent, command: Command) => void;
}

/** No key signs here: the engine leaves signatures to the service's door, which a replay does not pass. */
const unsigned = new Uint8Array(65);
const nothing = new Uint8Array(0);
/** Records that are handed to the journal at once. */
const recordsPerAppend = 4_096;

/**
 * The way in: gives commands their sequence, nonce and time, and applies them to the machine in this process. With a log they are written to
 * it as the service's are.
 */
export class Desk {
  readonly machine: Machine;
  /** Of the commands to come. */
  timeMs = 0;
  commands = 0;
  readonly commandsByType: Map<Command["type"], number> = new Map();
  events = 0;
  readonly #nonces: Map<string, number> = new Map();
  readonly #log: CommandLog | undefined;
  readonly #writer: ByteWriter = new ByteWriter(4_096);
  readonly #onEvent: DeskOptions["onEvent"];
  readonly #answer: Answer = { rejection: undefined, filledLots: 0, made: -1 };
  readonly #emit: (event: ClearingEvent) => void;
  #command: Command = { type: "tick" };
  #records: Uint8Array[] = [];
  #written: Promise<void> = Promise.resolve();

  constructor({ machine, log, onEvent }: DeskOptions) {
    this.machine = machine;
    this.#log = log;
    this.#onEvent = onEvent;
    this.#emit = (event) => this.#take(event);
  }

  #take(event: ClearingEvent): void {
    this.events++;
    const answer = this.#answer;
    if (event.type === "orderFilled") {
      if (event.role === "taker") answer.filledLots += event.lots;
    } else if (event.type === "rejected") answer.rejection = event.code;
    else if (event.type === "accountOpened") answer.made = event.account;
    else if (event.type === "quoteRequested") answer.made = event.request;
    else if (event.type === "quoteOffered") answer.made = event.offer;
    else if (event.type === "withdrawalRequested") answer.made = event.withdrawal;
    this.#onEvent(event, this.#command);
  }

  /** @param signer - whose command it is; empty for the sequencer's own. */
  send(signer: string, command: Command): Readonly<Answer> {
    const answer = this.#answer;
    answer.rejection = undefined;
    answer.filledLots = 0;
    answer.made = -1;
    const nonce = signer === "" ? 0 : (this.#nonces.get(signer) ?? 0) + 1;
    if (signer !== "") this.#nonces.set(signer, nonce);
    const envelope: Envelope = {
      sequence: this.machine.sequence + 1,
      timeMs: this.timeMs,
      signer,
      nonce,
      deadlineMs: 0,
      signature: signer === "" ? nothing : unsigned,
      command,
    };
    this.#command = command;
    this.commands++;
    this.commandsByType.set(command.type, (this.commandsByType.get(command.type) ?? 0) + 1);
    this.machine.apply(envelope, this.#emit);
    if (this.#log !== undefined) this.#write(envelope);
    return answer;
  }

  #write(envelope: Envelope): void {
    this.#writer.clear();
    encodeEnvelope(envelope, this.#writer);
    this.#records.push(this.#writer.copy());
  }

  /** Hands what has gathered to the log, if there is enough of it or `all`. */
  async flush(all: boolean): Promise<void> {
    const log = this.#log;
    if (log === undefined) return;
    const least = all ? 1 : recordsPerAppend;
    while (this.#records.length >= least) {
      const records = this.#records.splice(0, recordsPerAppend);
      await this.#written;
      this.#written = log.append(records, log.nextSequence);
      // What goes wrong is told where it is waited for.
      this.#written.catch(() => undefined);
    }
    if (all) await this.#written;
  }
}
