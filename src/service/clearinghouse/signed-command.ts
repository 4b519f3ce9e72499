import { type ClearingEvent, type Command, type Rejection } from "../../clearing/index.ts";

/** What a client sends: a command and the proof of who asks. JSON, the same over HTTP and WebSocket. */
export interface SignedCommand {
  /** Address or session key, as in `Envelope.signer`. */
  readonly signer: string;
  readonly nonce: number;
  /** 0: no deadline. */
  readonly deadlineMs: number;
  /** The chain that the signer meant; another venue's commands are refused by name. */
  readonly chainId: number;
  /** `0x` and hex digits. */
  readonly signature: string;
  readonly command: unknown;
}

/** A {@link SignedCommand} whose fields are known to be well formed. */
export interface CheckedCommand {
  readonly signer: string;
  readonly nonce: number;
  readonly deadlineMs: number;
  readonly signature: Uint8Array;
  readonly command: Command;
}

/** What became of a command: given only once it is durable. */
export interface Receipt {
  readonly sequence: number;
  readonly timeMs: number;
  readonly outcome: "accepted" | "rejected";
  readonly rejection?: Rejection & {
    readonly remedy: string;
    /** Value and limit as decimals of a unit, where they count ticks, lots, units or micros. Added by the API. */
    readonly inUnits?: { readonly unit: string; readonly value: string; readonly limit: string };
  };
  /** What the command caused, in order. Events of other accounts (the makers it met) are left out. */
  readonly events: readonly ClearingEvent[];
}
