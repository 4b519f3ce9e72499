import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { nativeVerifier } from "./native.ts";
import { type Verdict, verdicts, verifyEnvelope } from "./verify-envelope.ts";
import { pack, type Task, type TaskResult, type WorkerStart } from "./work.ts";
import { domainSeparator, type SigningDomain } from "../../clearing/protocol/index.ts";
import { PlimsollError, requireNumber } from "../../quantity/error.ts";

export interface VerifierOptions {
  readonly domain: SigningDomain;
  /** Threads beside the caller's; one less than there are processors, at least 1. 0: the caller's own thread does the work. */
  readonly threads?: number;
  /** Envelopes that may wait for their verdict before {@link SignatureVerifier.verify} is refused; 65,536. */
  readonly maxPending?: number;
}

/** Verifies signatures before sequencing. */
export interface SignatureVerifier {
  /**
   * A verdict for each encoded envelope, in their order. Envelopes are read before the call returns. Sequence and time are not signed,
   * so they may still be 0 (see `stampEnvelope`).
   *
   * Rejects with `PLM_LIMIT`, taking nothing on, when too many are pending, and with `PLM_USAGE` after {@link close}.
   */
  verify(envelopes: readonly Uint8Array[]): Promise<readonly Verdict[]>;
  /** Envelopes that wait for their verdict. */
  readonly pending: number;
  /** Stops the threads; what is pending is rejected. */
  close(): Promise<void>;
}

/** Chunks are small enough that threads share a batch, and big enough that handing them over costs little. */
const chunkLength = 64;

interface Pending {
  readonly count: number;
  readonly resolve: (found: readonly Verdict[]) => void;
  readonly reject: (error: Error) => void;
}

class ThreadedVerifier implements SignatureVerifier {
  readonly #workers: readonly Worker[];
  readonly #load: number[];
  readonly #maxPending: number;
  readonly #tasks = new Map<number, Pending & { readonly worker: number }>();
  #nextTask = 0;
  #pending = 0;
  #stopped: Error | undefined;

  constructor(domain: SigningDomain, threads: number, maxPending: number) {
    const file = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
    this.#maxPending = maxPending;
    this.#load = Array.from({ length: threads }, () => 0);
    this.#workers = this.#load.map(() => {
      const worker = new Worker(file, { workerData: { domain } satisfies WorkerStart, execArgv: [] });
      worker.on("message", (result: TaskResult) => this.#answer(result));
      worker.on("error", (error) => this.#stop(error instanceof Error ? error : new Error(String(error))));
      worker.unref();
      return worker;
    });
  }

  get pending(): number {
    return this.#pending;
  }

  async verify(envelopes: readonly Uint8Array[]): Promise<readonly Verdict[]> {
    if (this.#stopped !== undefined) throw this.#stopped;
    requireRoom(this.#pending, envelopes.length, this.#maxPending);
    const chunks: Promise<readonly Verdict[]>[] = [];
    const length = Math.max(1, Math.min(chunkLength, Math.ceil(envelopes.length / this.#workers.length)));
    for (let at = 0; at < envelopes.length; at += length)
      chunks.push(this.#send(envelopes.slice(at, at + length)));
    const found = await Promise.all(chunks);
    return found.flat();
  }

  #send(envelopes: readonly Uint8Array[]): Promise<readonly Verdict[]> {
    const task = this.#nextTask++;
    const worker = this.#load.indexOf(Math.min(...this.#load));
    const count = envelopes.length;
    this.#load[worker] = (this.#load[worker] ?? 0) + count;
    this.#pending += count;
    const bytes = pack(envelopes);
    const { promise, resolve, reject } = Promise.withResolvers<readonly Verdict[]>();
    this.#tasks.set(task, { count, worker, resolve, reject });
    if (this.#tasks.size === 1) for (const one of this.#workers) one.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#workers[worker]?.postMessage({ task, bytes } satisfies Task, [bytes.buffer]);
    return promise;
  }

  #answer({ task, verdicts: numbers }: TaskResult): void {
    const pending = this.#tasks.get(task);
    if (pending === undefined) return;
    this.#tasks.delete(task);
    this.#pending -= pending.count;
    this.#load[pending.worker] = (this.#load[pending.worker] ?? 0) - pending.count;
    if (this.#tasks.size === 0) for (const worker of this.#workers) worker.unref();
    pending.resolve(Array.from(numbers, (number) => verdicts[number] ?? "malformed"));
  }

  #stop(reason: Error): void {
    this.#stopped ??= reason;
    for (const { reject } of this.#tasks.values()) reject(this.#stopped);
    this.#tasks.clear();
    this.#pending = 0;
  }

  async close(): Promise<void> {
    this.#stop(closed());
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

class InlineVerifier implements SignatureVerifier {
  readonly pending = 0;
  readonly #verify = nativeVerifier();
  readonly #separator: Uint8Array;
  #open = true;

  constructor(domain: SigningDomain) {
    this.#separator = domainSeparator(domain);
  }

  async verify(envelopes: readonly Uint8Array[]): Promise<readonly Verdict[]> {
    if (!this.#open) throw closed();
    return envelopes.map((envelope) => verifyEnvelope(envelope, this.#separator, this.#verify));
  }

  async close(): Promise<void> {
    this.#open = false;
  }
}

const closed = (): PlimsollError =>
  new PlimsollError("PLM_USAGE", {
    field: "verifier",
    value: "closed",
    limit: "open",
    remedy: "Make another verifier.",
  });

function requireRoom(pending: number, more: number, most: number): void {
  if (pending + more <= most) return;
  throw new PlimsollError("PLM_LIMIT", {
    field: "envelopes",
    value: pending + more,
    limit: `at most ${most} waiting for verification`,
    remedy: "Wait for earlier verdicts, then send these again.",
  });
}

/** @throws {PlimsollError} `PLM_DOMAIN` for a wrong number of threads. */
export function signatureVerifierPool(options: VerifierOptions): SignatureVerifier {
  const { domain, threads = Math.max(1, availableParallelism() - 1), maxPending = 65_536 } = options;
  requireNumber("threads", threads, 0, 256);
  return threads === 0
    ? new InlineVerifier(domain)
    : new ThreadedVerifier(domain, Math.floor(threads), maxPending);
}
