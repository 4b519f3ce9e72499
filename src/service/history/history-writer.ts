import { type Applied } from "../clearinghouse/index.ts";
import { type HistoryStore } from "./history-store.ts";
import { type Row, rowsOf } from "./tables.ts";

/**
 * Writes applied commands to a store, in order and in large transactions, without holding the clearing service up. What it hasn't
 * stored when the process ends is stored after the restart, from the journal.
 */
export class HistoryWriter {
  readonly store: HistoryStore;
  #rows: Row[] = [];
  #sequence = 0;
  #stored: number;
  #running: Promise<void> | undefined;
  #failure: Error | undefined;

  /** @param storedSequence - what the store says of itself. */
  constructor(store: HistoryStore, storedSequence: number) {
    this.store = store;
    this.#stored = storedSequence;
    this.#sequence = storedSequence;
  }

  /** Everything up to here is stored. */
  get storedSequence(): number {
    return this.#stored;
  }

  /** Rows that wait. */
  get pendingRows(): number {
    return this.#rows.length;
  }

  /** The store's last error; writing was tried again since, or will be. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Takes commands that follow those taken before; ones already stored are passed over. */
  write(batch: readonly Applied[]): void {
    for (const { envelope, events } of batch) {
      if (envelope.sequence <= this.#sequence) continue;
      this.#sequence = envelope.sequence;
      events.forEach((event, ordinal) => {
        for (const row of rowsOf(event, envelope.sequence, ordinal, envelope.timeMs)) this.#rows.push(row);
      });
    }
    // With nothing to store it would end before it is noted as running, and be noted for good.
    if (this.#stored < this.#sequence) this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#stored < this.#sequence) {
      const rows = this.#rows;
      const sequence = this.#sequence;
      this.#rows = [];
      try {
        await this.store.store(rows, sequence);
        this.#stored = sequence;
        this.#failure = undefined;
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error(String(error));
        this.#rows = [...rows, ...this.#rows];
        await new Promise((resolve) => setTimeout(resolve, 1_000).unref());
      }
    }
    this.#running = undefined;
  }

  /** Waits until what was taken is stored; gives up at the store's next error. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) {
      await Promise.race([this.#running, new Promise((resolve) => setTimeout(resolve, 50))]);
      if (this.#failure !== undefined) throw this.#failure;
    }
  }
}
