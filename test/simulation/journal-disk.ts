import { basename, dirname } from "node:path";
import type { RandomStream } from "plimsoll/numerics";
import { PlimsollError } from "plimsoll/quantity";
import type { FileSystem, Lock, OpenFile, Surroundings } from "../../src/service/journal/file-system.ts";
import type { ReaderSurroundings } from "../../src/service/journal/index.ts";

/** Sectors are what a disk writes whole or, at worst, from the front up to some byte. */
const sectorBytes = 512;

interface Inode {
  /** What survives a loss of power, its length included. */
  durable: Uint8Array;
  /** What programs see. */
  current: Uint8Array;
  /** Writes that no sync has covered, oldest first. */
  pending: { readonly at: number; readonly bytes: Uint8Array }[];
}

type NameChange =
  | { readonly kind: "create"; readonly name: string; readonly inode: Inode }
  | { readonly kind: "rename"; readonly from: string; readonly to: string; readonly inode: Inode }
  | { readonly kind: "remove"; readonly name: string };

/** How much of what was not synced is lost: nothing (only the process died), some of it, or all. */
export type Crash = "process" | "power";

/**
 * One directory on a disk that tells what was written from what was synced, and loses the difference at a crash: by sectors, in any
 * order, torn inside a sector, and names independently of contents. Everything is drawn from one stream of random numbers,
 * the interleaving of calls included.
 */
export class SimulatedDisk implements FileSystem {
  readonly #random: RandomStream;
  readonly #durableNames = new Map<string, Inode>();
  readonly #names = new Map<string, Inode>();
  #pendingNames: NameChange[] = [];
  #locked = false;
  #timers = new Set<() => void>();
  /** Calls since the disk was made. */
  steps: number = 0;
  /** Each call takes one turn, for tests in which nothing goes on beside another: the runner follows every promise, which takes time. */
  readonly #isCalm: boolean;
  /** How many turns a flush may take beyond those that every call takes. */
  syncTurns: number = 0;
  /** The call at which everything stops. */
  crashAt: number = Infinity;
  /** The next call of this kind after so many steps fails. */
  failAt: number = Infinity;
  failure: "sync" | "write" | undefined;
  /** Incremented by each crash: calls of an earlier life never return. */
  #life = 0;
  #crashed!: Promise<"crashed">;
  #announce!: (word: "crashed") => void;

  constructor(random: RandomStream, isCalm: boolean = false) {
    this.#random = random;
    this.#isCalm = isCalm;
    this.#arm();
  }

  /** Fulfilled when the crash comes. */
  get crashed(): Promise<"crashed"> {
    return this.#crashed;
  }

  get surroundings(): Surroundings {
    return {
      files: this,
      random: (bytes) => new Uint8Array(bytes).map(() => this.#random.nextBelow(256)),
      nowMicros: () => this.steps,
      soon: (work) => void this.#turns(this.#random.nextBelow(4)).then(work),
      later: (work) => {
        this.#timers.add(work);
        return () => void this.#timers.delete(work);
      },
    };
  }

  /** What a reader needs of this disk. While it pauses, timers go off and writers go on. */
  get readerSurroundings(): ReaderSurroundings {
    return {
      files: this,
      pause: async () => {
        this.fireTimers();
        await this.#turns(20);
      },
    };
  }

  /** Lets every timer that waits go off. */
  fireTimers(): void {
    for (const work of this.#timers) {
      this.#timers.delete(work);
      work();
    }
  }

  #arm(): void {
    this.#crashed = new Promise((resolve) => {
      this.#announce = resolve;
    });
  }

  async #turns(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await Promise.resolve();
  }

  /** Every call passes here: takes its turn and effect, or never returns once the crash has come. */
  async #step<T>(effect: () => T): Promise<T> {
    const life = this.#life;
    if (!this.#isCalm) await this.#turns(1 + this.#random.nextBelow(3));
    if (life === this.#life) this.steps += 1;
    if (life !== this.#life || this.steps >= this.crashAt) {
      if (life === this.#life) this.#announce("crashed");
      await new Promise(() => undefined);
    }
    return effect();
  }

  /** What is left after a crash. A new life begins: nothing of the old one reaches the disk any more. */
  crash(kind: Crash): void {
    this.#life += 1;
    this.crashAt = Infinity;
    this.failAt = Infinity;
    this.failure = undefined;
    this.syncTurns = 0;
    this.#locked = false;
    this.#timers.clear();
    this.#arm();
    if (kind === "process") return;
    const luck = this.#luck();
    for (const change of this.#pendingNames) if (luck()) this.#apply(change, this.#durableNames);
    this.#pendingNames = [];
    this.#names.clear();
    for (const [name, inode] of this.#durableNames) {
      for (const write of inode.pending) this.#tear(inode, write, luck);
      inode.pending = [];
      inode.current = inode.durable.slice();
      this.#names.set(name, inode);
    }
  }

  /** Whether one thing that wasn't synced survives: all do, none does, or each by its own chance. */
  #luck(): () => boolean {
    const chance = [0, 1, 0.5, 0.1, 0.9][this.#random.nextBelow(5)] ?? 0;
    return () => this.#random.nextFloat() < chance;
  }

  /** Writes to what is durable those sectors that made it, some in part. */
  #tear(
    inode: Inode,
    { at, bytes }: { readonly at: number; readonly bytes: Uint8Array },
    luck: () => boolean,
  ): void {
    const mayTear = this.#random.nextBelow(2) === 0;
    for (let from = 0; from < bytes.length;) {
      const to = Math.min(bytes.length, from + sectorBytes - ((at + from) % sectorBytes));
      if (luck()) {
        const torn = mayTear && this.#random.nextBelow(3) === 0;
        const end = torn ? from + this.#random.nextBelow(to - from) : to;
        inode.durable = written(inode.durable, at + from, bytes.subarray(from, end));
      }
      from = to;
    }
  }

  #apply(change: NameChange, names: Map<string, Inode>): void {
    if (change.kind === "remove") names.delete(change.name);
    else if (change.kind === "create") names.set(change.name, change.inode);
    else {
      names.delete(change.from);
      names.set(change.to, change.inode);
    }
  }

  #change(change: NameChange): void {
    this.#apply(change, this.#names);
    this.#pendingNames.push(change);
  }

  #failed(kind: "sync" | "write"): boolean {
    if (this.failure !== kind || this.steps < this.failAt) return false;
    this.failAt = Infinity;
    return true;
  }

  makeDirectory(): Promise<void> {
    return Promise.resolve();
  }

  list(): Promise<string[]> {
    return this.#step(() => this.names());
  }

  open(path: string, how: "read" | "update" | "create"): Promise<OpenFile> {
    return this.#step(() => {
      const name = basename(path);
      let inode = this.#names.get(name);
      if ((how === "create") !== (inode === undefined)) throw trouble("PLM_FILE", path);
      if (!inode) {
        inode = { durable: new Uint8Array(0), current: new Uint8Array(0), pending: [] };
        this.#change({ kind: "create", name, inode });
      }
      return this.#file(path, inode, how !== "read");
    });
  }

  #file(path: string, inode: Inode, mayWrite: boolean): OpenFile {
    const life = this.#life;
    let open = true;
    const step = <T>(effect: () => T): Promise<T> =>
      this.#step(() => {
        if (!open) throw new Error(`${path} is closed`);
        return effect();
      });
    return {
      path,
      size: () => step(() => inode.current.length),
      read: (into, position) =>
        step(() => {
          const bytes = inode.current.subarray(position, position + into.length);
          into.set(bytes);
          return bytes.length;
        }),
      write: (bytes, position) => {
        if (!mayWrite) throw new Error(`${path} was opened for reading`);
        const copy = bytes.slice();
        // The system takes it at once, so that a crash finds it under way.
        if (life === this.#life) {
          inode.pending.push({ at: position, bytes: copy });
          inode.current = written(inode.current, position, copy);
        }
        return step(() => {
          if (this.#failed("write")) throw trouble("PLM_DISK", path);
        });
      },
      sync: async () => {
        const covered = inode.pending.length;
        if (this.syncTurns > 0) await this.#turns(this.#random.nextBelow(this.syncTurns));
        return step(() => {
          const writes = inode.pending.splice(0, covered);
          if (this.#failed("sync")) {
            // What programs see stays; what of it is on the disk nobody knows, and no later sync will write it.
            const luck = this.#luck();
            for (const write of writes) this.#tear(inode, write, luck);
            throw trouble("PLM_DISK", path);
          }
          for (const { at, bytes } of writes) inode.durable = written(inode.durable, at, bytes);
        });
      },
      close: () =>
        step(() => {
          open = false;
        }),
    };
  }

  rename(from: string, to: string): Promise<void> {
    return this.#step(() => {
      const inode = this.#names.get(basename(from));
      if (!inode || dirname(from) !== dirname(to)) throw trouble("PLM_FILE", from);
      this.#change({ kind: "rename", from: basename(from), to: basename(to), inode });
    });
  }

  remove(path: string): Promise<void> {
    return this.#step(() => {
      if (!this.#names.has(basename(path))) throw trouble("PLM_FILE", path);
      this.#change({ kind: "remove", name: basename(path) });
    });
  }

  syncDirectory(): Promise<void> {
    const covered = this.#pendingNames.length;
    return this.#step(() => {
      for (const change of this.#pendingNames.splice(0, covered)) this.#apply(change, this.#durableNames);
    });
  }

  lock(path: string): Promise<Lock> {
    return this.#step(() => {
      if (this.#locked) throw trouble("PLM_JOURNAL_LOCKED", path);
      this.#locked = true;
      const life = this.#life;
      return {
        release: () => {
          if (life === this.#life) this.#locked = false;
          return Promise.resolve();
        },
      };
    });
  }

  /** Names that programs see. */
  names(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** A file's bytes, to look at; change them by {@link put}. */
  bytes(name: string): Uint8Array {
    const inode = this.#names.get(name);
    if (!inode) throw new Error(`no file ${name}`);
    return inode.current;
  }

  /** Replaces a file's bytes on the disk itself, or with undefined removes it: rot, lost files, a hand that errs. */
  put(name: string, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) {
      this.#names.delete(name);
      this.#durableNames.delete(name);
      return;
    }
    const inode = { durable: bytes.slice(), current: bytes.slice(), pending: [] };
    this.#names.set(name, inode);
    this.#durableNames.set(name, inode);
  }
}

/** `onto` with `bytes` from `at` on; in place where it is long enough. */
function written(onto: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  let result = onto;
  if (at + bytes.length > onto.length) {
    result = new Uint8Array(at + bytes.length);
    result.set(onto);
  }
  result.set(bytes, at);
  return result;
}

function trouble(code: "PLM_FILE" | "PLM_DISK" | "PLM_JOURNAL_LOCKED", path: string): PlimsollError {
  return new PlimsollError(code, {
    field: path,
    value: "simulated",
    limit: "a disk without faults",
    remedy: "Read the test.",
  });
}
