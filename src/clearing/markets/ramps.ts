import { invariant } from "../../quantity/error.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { parameterGridMs } from "./parameters.ts";

/** From where to where a parameter goes. */
export interface RampWay {
  /** Index into the table of parameters. */
  readonly parameter: number;
  /** Number of the asset, instrument or underlying. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
  /** Per step; 0: it stays at `from` until the end. */
  readonly perStep: number;
}

/** A parameter on its way. Grid steps are whole minutes since 1970. */
export interface Ramp extends RampWay {
  readonly startStep: number;
  /** First step at which it is at `to`. */
  readonly endStep: number;
}

/** Number of the grid step that `nowMs` lies in. */
export const gridStep = (nowMs: number): number => Math.floor(nowMs / parameterGridMs);

/** A ramp that starts at `nowMs` and moves by `perStep` from the next step on. */
export function makeRamp(way: RampWay, nowMs: number, delayMs: number = 0): Ramp {
  const startStep = gridStep(nowMs);
  const { from, to, perStep } = way;
  const steps = perStep > 0 ? Math.ceil(Math.abs(to - from) / perStep) : Math.ceil(delayMs / parameterGridMs);
  return { ...way, startStep, endStep: startStep + Math.max(1, steps) };
}

/** The value at a step of the grid. */
export function rampValue({ from, to, startStep, endStep, perStep }: Ramp, step: number): number {
  if (step >= endStep) return to;
  const moved = perStep * Math.max(0, step - startStep);
  return to > from ? from + moved : from - moved;
}

/** Parameters on their way. One leaf per slot; a slot is used again once its ramp is over. */
export class Ramps implements StateSection {
  readonly name = "market-ramps";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly #slots: (Ramp | undefined)[] = [];
  #active = 0;

  get leafCount(): number {
    return this.#slots.length;
  }

  /** How many are under way. */
  get activeCount(): number {
    return this.#active;
  }

  /** Slots in order; the ramps under way among them. */
  *active(): Generator<readonly [slot: number, ramp: Ramp]> {
    if (this.#active === 0) return;
    for (const [slot, ramp] of this.#slots.entries()) if (ramp !== undefined) yield [slot, ramp];
  }

  find(parameter: number, index: number): number {
    return this.#slots.findIndex((ramp) => ramp?.parameter === parameter && ramp.index === index);
  }

  get(slot: number): Ramp | undefined {
    return this.#slots[slot];
  }

  /** Starts a ramp in place of the one for the same parameter, if there is one. */
  start(ramp: Ramp): void {
    let slot = this.find(ramp.parameter, ramp.index);
    if (slot < 0) {
      this.#active++;
      slot = this.#slots.findIndex((taken) => taken === undefined);
      if (slot < 0) slot = this.#slots.length;
    }
    this.#slots[slot] = ramp;
    this.dirty.mark(slot);
  }

  end(slot: number): void {
    invariant(this.#slots[slot] !== undefined, "a ramp ends once");
    this.#slots[slot] = undefined;
    this.#active--;
    this.dirty.mark(slot);
  }

  encodeLeaf(index: number, out: ByteWriter): void {
    const ramp = this.#slots[index];
    if (ramp === undefined) return;
    const { parameter, from, to, startStep, endStep, perStep } = ramp;
    for (const value of [parameter, ramp.index, from, to, startStep, endStep, perStep]) out.integer(value);
  }

  decodeLeaf(index: number, from: ByteReader): void {
    const next = (): number => from.integer();
    const [parameter, target, start, to, startStep, endStep, perStep] = [
      next(),
      next(),
      next(),
      next(),
      next(),
      next(),
      next(),
    ];
    while (this.#slots.length < index) this.#slots.push(undefined);
    this.#slots.push({ parameter, index: target, from: start, to, startStep, endStep, perStep });
    this.#active++;
  }

  finishRestore(leafCount: number): void {
    while (this.#slots.length < leafCount) this.#slots.push(undefined);
    this.dirty.take();
  }
}
