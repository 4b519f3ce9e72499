import { type Command } from "../../clearing/protocol/commands.ts";
import { PlimsollError } from "../../quantity/error.ts";
import { type Receipt, type SignedCommand } from "../api/protocol/commands.ts";
import { type Http, noAnswer, ServiceError } from "./http.ts";
import { type Signer } from "./signer.ts";
import { type Stream } from "./stream.ts";
import { backoff, sleep } from "./wait.ts";

/** The machine takes a nonce once within 64 below the highest used: what is under way must stay inside, in whatever order it arrives. */
const nonceWindow = 60;
const firstWaitMs = 50;
const mostWaitMs = 2_000;

export interface SendOptions {
  /** The machine refuses the command later than this, by its own clock. 0, the default: no deadline. */
  readonly deadlineMs?: number;
}

export interface SenderOptions {
  readonly http: Http;
  readonly stream: Stream;
  /** What was not answered is sent again for so long. */
  readonly giveUpMs: number;
  /** Nonces go on from this clock in microseconds, so that they rise from one client of a key to the next. */
  readonly now: () => number;
}

/**
 * Sends a key's commands: each is signed once, and the same bytes are sent until the service says what became of them, so that a command
 * happens once however often its answer is lost. Over the stream while it is open, else over HTTP.
 */
export class CommandSender {
  readonly #signer: Signer;
  readonly #options: SenderOptions;
  readonly #closed: AbortController = new AbortController();
  /** Nonces under way, ascending. */
  readonly #underWay: Set<number> = new Set();
  readonly #line: (() => void)[] = [];
  #lastNonce = 0;

  constructor(signer: Signer, options: SenderOptions) {
    this.#signer = signer;
    this.#options = options;
  }

  /** How many have no answer yet. */
  get underWay(): number {
    return this.#underWay.size + this.#line.length;
  }

  /**
   * @throws {ServiceError} when the service refuses the bytes, or does not answer: `PLM_UNAVAILABLE` says that what became of the command
   *   is not known.
   * @throws {PlimsollError} `PLM_NONCE` when it was carried out and its receipt is lost.
   */
  async send(command: Command, { deadlineMs = 0 }: SendOptions = {}): Promise<Receipt> {
    const nonce = await this.#nextNonce();
    try {
      const signed = await this.#signer.command(command, nonce, deadlineMs);
      return await this.#deliver(signed);
    } finally {
      this.#underWay.delete(nonce);
      this.#line.shift()?.();
    }
  }

  /** Waits while it would leave the oldest under way outside of the window. */
  async #nextNonce(): Promise<number> {
    while (this.#lastNonce + 1 - this.#oldest() >= nonceWindow) {
      await new Promise<void>((resolve) => this.#line.push(resolve));
      this.#requireOpen();
    }
    this.#requireOpen();
    const clock = Math.floor(this.#options.now()) * 1_000;
    // The clock is only looked at while nothing is under way, so that what is stays inside the window.
    this.#lastNonce = this.#underWay.size === 0 ? Math.max(this.#lastNonce + 1, clock) : this.#lastNonce + 1;
    this.#underWay.add(this.#lastNonce);
    return this.#lastNonce;
  }

  #oldest(): number {
    for (const nonce of this.#underWay) return nonce;
    return this.#lastNonce;
  }

  #requireOpen(): void {
    if (this.#closed.signal.aborted) throw noAnswer("the client was closed", "Make another client.");
  }

  async #deliver(signed: SignedCommand): Promise<Receipt> {
    const { giveUpMs } = this.#options;
    const untilMs = performance.now() + giveUpMs;
    const waits = backoff(firstWaitMs, mostWaitMs);
    let isUnsure = false;
    for (;;) {
      try {
        return this.#settled(await this.#attempt(signed), isUnsure);
      } catch (error) {
        if (!(error instanceof ServiceError) || !error.mayRetry) throw error;
        isUnsure ||= error.status === 0;
        const waitMs = Math.max(error.retryAfterMs ?? 0, waits.next().value);
        if (this.#closed.signal.aborted || performance.now() + waitMs > untilMs) throw error;
        await sleep(waitMs, this.#closed.signal);
      }
    }
  }

  #settled(receipt: Receipt, isUnsure: boolean): Receipt {
    if (!isUnsure || receipt.rejection?.code !== "nonceUsed") return receipt;
    throw new PlimsollError("PLM_NONCE", {
      field: "nonce",
      value: receipt.rejection.value,
      limit: "one whose receipt the service still has",
      remedy:
        "The command was carried out before its answer was lost; look at the account's orders and history.",
    });
  }

  async #attempt(signed: SignedCommand): Promise<Receipt> {
    const { stream, http } = this.#options;
    if (!stream.isOpen) return http.request("submitCommand", {}, { body: signed });
    const answer = await stream.ask({ op: "command", signed });
    if (answer.type === "receipt") return answer.receipt;
    throw noAnswer(`a ${answer.type}`, "Send the command again.");
  }

  close(): void {
    this.#closed.abort();
    for (const resume of this.#line.splice(0)) resume();
  }
}
