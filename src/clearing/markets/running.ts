import { invariant } from "../../quantity/error.ts";
import { openPremiumWindow, type PremiumWindow } from "../funding/index.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { BasisWindow } from "./basis-window.ts";

/** Where the book of a perpetual or future stands, and how far from its base it stood over the last minute. */
export interface BookBasis {
  bidMicros: number;
  askMicros: number;
  readonly window: BasisWindow;
}

/** Funding of a perpetual. */
export interface FundingState {
  premium: PremiumWindow;
  /** Cumulative, per lot. */
  perLot: bigint;
  nextMs: number;
}

/** The index's time integral when the settlement window of a future or option opened. */
export interface WindowStart {
  readonly integral: bigint;
  readonly observedMs: number;
}

const hasBasis = 1;
const hasFunding = 2;
const hasWindow = 4;

/** What runs for live instruments: book, basis, funding and settlement windows. One leaf per instrument, empty while nothing runs. */
export class RunningStates implements StateSection {
  readonly name = "market-running";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  leafCount: number = 0;
  readonly #basis = new Map<number, BookBasis>();
  readonly #funding = new Map<number, FundingState>();
  readonly #windows = new Map<number, WindowStart>();

  /** Room for one more instrument. */
  add(): void {
    this.dirty.mark(this.leafCount++);
  }

  openBasis(instrument: number, nowMs: number): void {
    this.#basis.set(instrument, { bidMicros: 0, askMicros: 0, window: new BasisWindow(nowMs) });
    this.dirty.mark(instrument);
  }

  openFunding(instrument: number, nowMs: number, nextMs: number): void {
    this.#funding.set(instrument, { premium: openPremiumWindow(nowMs), perLot: 0n, nextMs });
    this.dirty.mark(instrument);
  }

  openWindow(instrument: number, start: WindowStart): void {
    this.#windows.set(instrument, start);
    this.dirty.mark(instrument);
  }

  close(instrument: number): void {
    this.#basis.delete(instrument);
    this.#windows.delete(instrument);
    this.dirty.mark(instrument);
  }

  basis(instrument: number): BookBasis | undefined {
    return this.#basis.get(instrument);
  }

  funding(instrument: number): FundingState | undefined {
    return this.#funding.get(instrument);
  }

  window(instrument: number): WindowStart | undefined {
    return this.#windows.get(instrument);
  }

  encodeLeaf(index: number, out: ByteWriter): void {
    const [basis, funding, start] = [this.basis(index), this.funding(index), this.window(index)];
    const parts = (basis ? hasBasis : 0) + (funding ? hasFunding : 0) + (start ? hasWindow : 0);
    if (parts === 0) return;
    out.u8(parts);
    if (basis) {
      out.integer(basis.bidMicros);
      out.integer(basis.askMicros);
      basis.window.encode(out);
    }
    if (funding) {
      out.integer(funding.premium.startMs);
      out.integer(funding.premium.observedMs);
      out.integer(funding.premium.premiumPpb);
      out.bigint(funding.premium.integral);
      out.bigint(funding.perLot);
      out.integer(funding.nextMs);
    }
    if (start) {
      out.bigint(start.integral);
      out.integer(start.observedMs);
    }
  }

  decodeLeaf(index: number, from: ByteReader): void {
    const parts = from.u8();
    if ((parts & hasBasis) !== 0) {
      const [bidMicros, askMicros] = [from.integer(), from.integer()];
      this.#basis.set(index, { bidMicros, askMicros, window: BasisWindow.decode(from) });
    }
    if ((parts & hasFunding) !== 0) {
      const [startMs, observedMs, premiumPpb] = [from.integer(), from.integer(), from.integer()];
      const premium = { startMs, observedMs, premiumPpb, integral: from.bigint() };
      this.#funding.set(index, { premium, perLot: from.bigint(), nextMs: from.integer() });
    }
    if ((parts & hasWindow) !== 0) {
      this.#windows.set(index, { integral: from.bigint(), observedMs: from.integer() });
    }
  }

  finishRestore(leafCount: number): void {
    invariant(this.leafCount === 0, "restored once, into an empty store");
    this.leafCount = leafCount;
    this.dirty.take();
  }
}
