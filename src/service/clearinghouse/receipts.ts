import { hash } from "node:crypto";
import { stampEnvelope } from "../../clearing/index.ts";
import { type Applied } from "./clearinghouse.ts";
import { receiptOf } from "./receipt-of.ts";
import { type Receipt } from "./signed-command.ts";

/** A command that was sequenced under a signer and nonce, and its answer. */
export interface KnownCommand {
  /** Hash of the signed bytes and the signature: tells a repeat from another command under the same nonce. */
  readonly fingerprint: string;
  readonly receipt: Promise<Receipt>;
}

/** What tells one signed command from another. */
export interface CommandKey {
  readonly signer: string;
  readonly nonce: number;
}

/** Answers by signer, then nonce: a text made of both would have to be put together and hashed for every command. */
class Answers {
  readonly #bySigner = new Map<string, Map<number, KnownCommand>>();
  size = 0;

  get({ signer, nonce }: CommandKey): KnownCommand | undefined {
    return this.#bySigner.get(signer)?.get(nonce);
  }

  set({ signer, nonce }: CommandKey, command: KnownCommand): void {
    const own = this.#bySigner.get(signer);
    if (own === undefined) this.#bySigner.set(signer, new Map([[nonce, command]]));
    else {
      if (own.has(nonce)) this.size--;
      own.set(nonce, command);
    }
    this.size++;
  }
}

/** Of an encoded envelope that has no place yet: neither sequence nor time. */
export const fingerprintOf = (unplaced: Uint8Array): string => hash("sha256", unplaced, "base64");

/** Events of all answers kept, for each that may be kept: a mass quote's answer may hold a thousand. */
const eventsPerReceipt = 8;

/**
 * Remembers the latest commands by signer and nonce, so that a client that lost the answer may send the same bytes again and gets it
 * instead of a second order. Bounded: the older half is forgotten at once (removing them one by one would leave the map full of
 * holes to step over); the machine's nonces still refuse them then. Answers with very many events are forgotten sooner, so that memory is bounded too.
 */
export class Receipts {
  #younger: Answers = new Answers();
  #older: Answers = new Answers();
  readonly capacity: number;
  readonly #half: number;
  /** Events of the younger's answers, of those that are known already. */
  #events = 0;

  /** @param capacity - the most that are kept; at least half of them are, once there were so many of usual size. */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#half = Math.ceil(capacity / 2);
  }

  find(key: CommandKey): KnownCommand | undefined {
    return this.#younger.get(key) ?? this.#older.get(key);
  }

  remember(key: CommandKey, command: KnownCommand): void {
    if (this.#younger.size >= this.#half || this.#events >= this.#half * eventsPerReceipt) {
      this.#older = this.#younger;
      this.#younger = new Answers();
      this.#events = 0;
    }
    const kept = this.#younger;
    kept.set(key, command);
    command.receipt.then(
      ({ events }) => {
        if (this.#younger === kept) this.#events += events.length;
      },
      () => undefined,
    );
  }

  /** Remembers what is found in the journal, oldest first. */
  recall(record: Uint8Array, applied: Applied): void {
    const { envelope, events } = applied;
    if (envelope.signer === "") return;
    // Refused because of a command under that nonce, whose answer is the one to give.
    if (
      events.some((event) => event.type === "rejected" && event.code === "nonceUsed") &&
      this.find(envelope)
    )
      return;
    const unplaced = record.slice();
    stampEnvelope(unplaced, 0, 0);
    this.remember(envelope, {
      fingerprint: fingerprintOf(unplaced),
      receipt: Promise.resolve(receiptOf(applied)),
    });
  }
}
