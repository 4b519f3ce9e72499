import { type Command } from "./commands.ts";

/**
 * A command as the journal holds it: sequenced, timed, and with the proof of who asked. The service fills in `sequence` and `timeMs`;
 * everything else is the signer's.
 */
export interface Envelope {
  /** 1, 2, 3 … without gaps: the number of its record in the journal. */
  readonly sequence: number;
  /** Time of the machine from this command on, UTC. Never less than that of the envelope before. */
  readonly timeMs: number;
  /**
   * Who asks: an Ethereum address (`0x` and 40 lower-case hex digits, by EIP-712 signature), a session key (64 lower-case hex digits, the
   * Ed25519 public key), or empty for the sequencer itself, which may only send `genesis` and `tick`.
   */
  readonly signer: string;
  /** Used once per signer, within a window of 64 below the highest used. */
  readonly nonce: number;
  /** The command is refused later than this. 0: no deadline. */
  readonly deadlineMs: number;
  /** 65 bytes (r, s, v) for an address, 64 for a session key, none for the sequencer. Over the EIP-712 digest of command, nonce and deadline. */
  readonly signature: Uint8Array;
  readonly command: Command;
}
