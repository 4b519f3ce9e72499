import { type ClearingEvent, createEngine, type Engine, type Envelope } from "../../clearing/index.ts";
import { readSnapshot, StateTree, writeSnapshot } from "../../clearing/state/index.ts";

/** The clearing engine with the commitment to its state. */
export class Machine {
  readonly engine: Engine;
  readonly tree: StateTree;

  private constructor(engine: Engine, tree: StateTree) {
    this.engine = engine;
    this.tree = tree;
  }

  /** A machine before genesis. */
  static empty(): Machine {
    const engine = createEngine();
    return new Machine(engine, new StateTree(engine.sections));
  }

  /** @throws {PlimsollError} `PLM_SNAPSHOT` when the pieces are not a snapshot of the state that its root names. */
  static async restored(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Machine> {
    const engine = createEngine();
    const { tree } = await readSnapshot(pieces, engine.sections);
    return new Machine(engine, tree);
  }

  /** Of the last envelope applied; 0 before the first. */
  get sequence(): number {
    return this.engine.sequence;
  }

  get timeMs(): number {
    return this.engine.timeMs;
  }

  apply(envelope: Envelope, emit: (event: ClearingEvent) => void): void {
    this.engine.apply(envelope, emit);
  }

  stateRoot(): Uint8Array {
    return this.tree.root(this.engine.head);
  }

  /** The whole state, in pieces. Nothing may be applied before the last was taken. */
  snapshot(): Iterable<Uint8Array> {
    return writeSnapshot(this.engine.sections, this.engine.head, this.stateRoot());
  }
}
