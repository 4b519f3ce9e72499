import { type Applied } from "../clearinghouse/index.ts";
import { type HistoryStore } from "./history-store.ts";
import { type Row, rowsOf } from "./tables.ts";

export interface HistoryWriterOptions {
  /**
   * What was applied after a record, once more from the journal. With it the writer holds no more than `queueRows`: it passes over what
   * comes beyond, and fetches that when the store takes rows again. Without it everything that comes is held.
   */
  readonly replayAfter?: (sequence: number) => AsyncIterable<readonly Applied[]>;
  /** Rows that may wait, and those of one more command; 100,000. */
  readonly queueRows?: number;
  /** Rows of one transaction at most; 5,000. */
  readonly transactionRows?: number;
  /** Pause after the first failure in a row, doubled after each up to the longest; 500 ms and 30 s. */
  readonly retryMs?: number;
  readonly longestRetryMs?: number;
  /** Told when writing begins to fail, and with undefined when it goes on. */
  readonly onTrouble?: (error: Error | undefined) => void;
}

/**
 * Writes applied commands to a store, in order and in transactions of bounded size, without holding the clearing service up: history may
 * lag or fail, commands go on. What it hasn't stored when the process ends is stored after the restart, from the journal.
 */
export class HistoryWriter {
  readonly store: HistoryStore;
  readonly #options: HistoryWriterOptions;
  readonly #queueRows: number;
  readonly #transactionRows: number;
  #rows: Row[] = [];
  /** Last command that there was. */
  #seen: number;
  /** Last command whose rows wait or are stored; less than seen: the rest comes from the journal. */
  #taken: number;
  #stored: number;
  #replay: AsyncIterator<readonly Applied[]> | undefined;
  #running: Promise<void> | undefined;
  #failure: Error | undefined;
  #failures = 0;
  #closing = false;
  #wake: () => void = () => undefined;

  /** @param storedSequence - what the store says of itself. */
  constructor(store: HistoryStore, storedSequence: number, options: HistoryWriterOptions = {}) {
    this.store = store;
    this.#stored = storedSequence;
    this.#taken = storedSequence;
    this.#seen = storedSequence;
    this.#options = options;
    this.#queueRows = options.queueRows ?? (options.replayAfter === undefined ? Infinity : 100_000);
    this.#transactionRows = options.transactionRows ?? 5_000;
  }

  /** Everything up to here is stored. */
  get storedSequence(): number {
    return this.#stored;
  }

  /** Commands that are not stored yet. */
  get lagRecords(): number {
    return this.#seen - this.#stored;
  }

  /** Rows that wait in memory. */
  get pendingRows(): number {
    return this.#rows.length;
  }

  /** The store's last error; writing was tried again since, or will be. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** What is wrong with history, if something is: for anyone to read, so without addresses or users. */
  get trouble(): string | undefined {
    const behind = `${this.lagRecords} commands behind`;
    if (this.#failure !== undefined) return `cannot be written (${reasonOf(this.#failure)}), ${behind}`;
    return this.#taken < this.#seen ? `catching up, ${behind}` : undefined;
  }

  /** Takes commands that follow those taken before; ones already stored are passed over. */
  write(batch: readonly Applied[]): void {
    this.#seen = Math.max(this.#seen, batch.at(-1)?.envelope.sequence ?? 0);
    this.#take(batch, this.#queueRows);
    // With nothing to store it would end before it is noted as running, and be noted for good.
    if (this.#stored < this.#seen && !this.#closing) this.#running ??= this.#run();
  }

  #take(batch: readonly Applied[], mostRows: number): void {
    for (const { envelope, events } of batch) {
      const { sequence, timeMs } = envelope;
      if (sequence <= this.#taken) continue;
      const isNext = sequence === this.#taken + 1 || this.#options.replayAfter === undefined;
      if (!isNext || this.#rows.length >= mostRows) return;
      this.#taken = sequence;
      events.forEach((event, ordinal) => {
        for (const row of rowsOf(event, sequence, ordinal, timeMs)) this.#rows.push(row);
      });
    }
  }

  async #run(): Promise<void> {
    while (this.#stored < (this.#closing ? this.#taken : this.#seen)) {
      try {
        if (this.#taken < this.#seen && this.#rows.length < this.#transactionRows && !this.#closing) {
          await this.#fetch();
        } else await this.#storeSome();
      } catch (error) {
        this.#failed(error instanceof Error ? error : new Error(String(error)));
        if (this.#closing) break;
        await this.#pause();
      }
    }
    if (this.#stored === this.#seen) await this.#endReplay();
    this.#running = undefined;
    // What came while the replay was being ended.
    if (this.#stored < this.#seen && !this.#closing) this.#running = this.#run();
  }

  /** Takes some of what was passed over. */
  async #fetch(): Promise<void> {
    this.#replay ??= this.#options.replayAfter?.(this.#taken)[Symbol.asyncIterator]();
    const before = this.#taken;
    const next = await this.#replay?.next().catch((error: unknown) => {
      this.#replay = undefined;
      throw error;
    });
    if (next?.done === false) return this.#take(next.value, Infinity);
    this.#replay = undefined;
    if (this.#taken === before) throw new Error(`the journal has no command after ${before}`);
  }

  async #endReplay(): Promise<void> {
    const replay = this.#replay;
    this.#replay = undefined;
    await replay?.return?.().catch(() => undefined);
  }

  /** One transaction: the first rows that wait, and how far everything is stored with them. */
  async #storeSome(): Promise<void> {
    const rows = this.#rows.slice(0, this.#transactionRows);
    const next = this.#rows[rows.length];
    // A command's rows may be parted: it counts as stored with the last of them.
    const sequence = next === undefined ? this.#taken : Math.max(this.#stored, sequenceOf(next) - 1);
    await this.store.store(rows, sequence);
    this.#rows.splice(0, rows.length);
    this.#stored = sequence;
    this.#failures = 0;
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#options.onTrouble?.(undefined);
  }

  #failed(error: Error): void {
    const isNew = this.#failure === undefined;
    this.#failure = error;
    this.#failures++;
    if (isNew) this.#options.onTrouble?.(error);
  }

  async #pause(): Promise<void> {
    const { retryMs = 500, longestRetryMs = 30_000 } = this.#options;
    const waitMs = Math.min(longestRetryMs, retryMs * 2 ** Math.min(16, this.#failures - 1));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Waits until everything that was written is stored; gives up at the store's next error. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) {
      await Promise.race([this.#running, new Promise((resolve) => setTimeout(resolve, 50))]);
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  /** Stores what waits in memory, unless the store fails, and closes it. The journal has the rest. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wake();
    await Promise.race([this.#running, new Promise((resolve) => setTimeout(resolve, closeMs).unref())]);
    await this.#endReplay();
    await this.store.close();
  }
}

/** A store that does not answer is left. */
const closeMs = 5_000;

const reasonOf = (error: Error): string =>
  "code" in error && typeof error.code === "string" && !error.code.startsWith("ERR_")
    ? error.code
    : error.message;

/** The first column of each table. */
const sequenceOf = ({ values }: Row): number => Number(values[0]);
