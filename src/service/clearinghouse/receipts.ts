import { type Receipt } from "./signed-command.ts";

/** A command that was sequenced under a signer and nonce, and its answer. */
export interface KnownCommand {
  /** Hash of the signed bytes and the signature: tells a repeat from another command under the same nonce. */
  readonly fingerprint: string;
  readonly receipt: Promise<Receipt>;
}

export const commandKey = ({ signer, nonce }: { readonly signer: string; readonly nonce: number }): string =>
  `${signer}:${nonce}`;

/**
 * Remembers the latest commands by signer and nonce, so that a client that lost the answer may send the same bytes again and gets it
 * instead of a second order. Bounded: the older half is forgotten at once (removing them one by one would leave the map full of
 * holes to step over); the machine's nonces still refuse them then.
 */
export class Receipts {
  #younger: Map<string, KnownCommand> = new Map();
  #older: Map<string, KnownCommand> = new Map();
  readonly #half: number;

  /** @param capacity - the most that are kept; at least half of them are. */
  constructor(capacity: number) {
    this.#half = Math.ceil(capacity / 2);
  }

  /** @param key - as {@link commandKey} makes it. */
  find(key: string): KnownCommand | undefined {
    return this.#younger.get(key) ?? this.#older.get(key);
  }

  remember(key: string, command: KnownCommand): void {
    if (this.#younger.size >= this.#half) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(key, command);
  }
}
