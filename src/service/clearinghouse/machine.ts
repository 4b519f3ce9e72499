import { type ClearingEvent, type Envelope } from "../../clearing/index.ts";

/** What the service needs of the clearing engine. */
export interface Machine {
  /** Of the last envelope applied; 0 before the first. */
  readonly sequence: number;
  readonly timeMs: number;
  apply(envelope: Envelope, emit: (event: ClearingEvent) => void): void;
  stateRoot(): Uint8Array;
  /** The whole state, in pieces of bounded size. Read without letting anything be applied in between. */
  snapshot(): Iterable<Uint8Array>;
}
