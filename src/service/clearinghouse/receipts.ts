import { type Receipt } from "./signed-command.ts";

/** A command that was sequenced under a signer and nonce, and its answer. */
export interface KnownCommand {
  /** Hash of the signed bytes and the signature: tells a repeat from another command under the same nonce. */
  readonly fingerprint: string;
  readonly receipt: Promise<Receipt>;
}

/**
 * Remembers the latest commands by signer and nonce, so that a client that lost the answer may send the same bytes again and gets it
 * instead of a second order. Bounded: the oldest are forgotten; the machine's nonces still refuse them then.
 */
export class Receipts {
  readonly #known: Map<string, KnownCommand> = new Map();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  static #key(signer: string, nonce: number): string {
    return `${signer}:${nonce}`;
  }

  find(signer: string, nonce: number): KnownCommand | undefined {
    return this.#known.get(Receipts.#key(signer, nonce));
  }

  remember(signer: string, nonce: number, command: KnownCommand): void {
    this.#known.set(Receipts.#key(signer, nonce), command);
    if (this.#known.size <= this.#capacity) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }

  /** Forgets a command that was never sequenced, so that it may be sent again. */
  forget(signer: string, nonce: number): void {
    this.#known.delete(Receipts.#key(signer, nonce));
  }
}
