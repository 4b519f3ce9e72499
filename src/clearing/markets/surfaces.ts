import { invariant } from "../../quantity/error.ts";
import { type PublishSurface } from "../protocol/commands.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { chooseSurface, type PublishedBy } from "./choose-surface.ts";
import { maxAheadMs, maxPriceMicros, maxSlices, maxSurfacePublishers, maxTimeMs } from "./limits.ts";
import { checkInteger, refuse } from "./refuse.ts";
import { decodeSurface, encodeSurface, makeSurface, type Surface } from "./surface.ts";

/** A forward may differ from the index by at most this share, either way: a wrong decimal point is none. */
export const maxForwardDistance = 0.5;

interface UnderlyingSurfaces {
  /** Each publisher's last, sorted by publisher. */
  published: readonly PublishedBy[];
  /** The one in force. It stands until another is chosen, also when its publisher was forgotten and nobody else said a thing. */
  chosen: Surface | undefined;
}

/** Published surfaces by underlying. One leaf per underlying; empty until its first surface. */
export class Surfaces implements StateSection {
  readonly name = "market-surfaces";
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  readonly #surfaces: UnderlyingSurfaces[] = [];

  get leafCount(): number {
    return this.#surfaces.length;
  }

  /** The surface in force. */
  get(underlying: number): Surface | undefined {
    return this.#surfaces[underlying]?.chosen;
  }

  /** Room for one more underlying. */
  add(): void {
    this.dirty.mark(this.#surfaces.length);
    this.#surfaces.push({ published: [], chosen: undefined });
  }

  /** Takes a publisher's surface, or says why not and changes nothing. `indexMicros` > 0. */
  publish(
    publisher: string,
    command: PublishSurface,
    indexMicros: number,
    nowMs: number,
  ): Rejection | undefined {
    const { underlying, slices, timeMs } = command;
    const state = this.#surfaces[underlying];
    invariant(state !== undefined, `underlying ${underlying} is listed`);
    const before = state.published.find((entry) => entry.publisher === publisher);
    const wrong = checkSurface(command, before?.surface.timeMs ?? -1, indexMicros, nowMs);
    if (wrong !== undefined) return wrong;
    const surface = makeSurface(timeMs, slices, indexMicros);
    if ("code" in surface) return surface;
    const others = state.published.filter((entry) => entry.publisher !== publisher);
    if (others.length >= maxSurfacePublishers) others.splice(oldestOf(others), 1);
    const at = others.findIndex((entry) => entry.publisher > publisher);
    others.splice(at < 0 ? others.length : at, 0, { publisher, surface });
    this.#set(underlying, others);
    return undefined;
  }

  /** @returns whether another surface is in force now. */
  forget(underlying: number, publisher: string): boolean {
    const state = this.#surfaces[underlying];
    const left = state?.published.filter((entry) => entry.publisher !== publisher) ?? [];
    if (state === undefined || left.length === state.published.length) return false;
    const before = state.chosen;
    this.#set(underlying, left);
    return state.chosen !== before;
  }

  #set(underlying: number, published: readonly PublishedBy[]): void {
    const chosen = chooseSurface(published) ?? this.#surfaces[underlying]?.chosen;
    const state = this.#surfaces[underlying];
    if (state === undefined) return;
    state.published = published;
    state.chosen = chosen;
    this.dirty.mark(underlying);
  }

  encodeLeaf(index: number, out: ByteWriter): void {
    const state = this.#surfaces[index];
    if (state?.chosen === undefined) return;
    encodeSurface(state.chosen, out);
    out.u16(state.published.length);
    for (const { publisher, surface } of state.published) {
      out.text(publisher);
      // The one in force is written once.
      out.u8(surface === state.chosen ? 1 : 0);
      if (surface !== state.chosen) encodeSurface(surface, out);
    }
  }

  decodeLeaf(index: number, from: ByteReader): void {
    const chosen = valid(decodeSurface(from));
    const count = from.u16();
    const published: PublishedBy[] = [];
    for (let i = 0; i < count; i++) {
      const publisher = from.text();
      const surface = from.u8() === 1 ? chosen : valid(decodeSurface(from));
      published.push({ publisher, surface });
    }
    this.#grow(index);
    this.#surfaces.push({ published, chosen });
  }

  finishRestore(leafCount: number): void {
    this.#grow(leafCount);
    this.dirty.take();
  }

  #grow(count: number): void {
    while (this.#surfaces.length < count) this.#surfaces.push({ published: [], chosen: undefined });
  }
}

function valid(surface: Surface | Rejection): Surface {
  invariant(!("code" in surface), "a surface in the state is valid");
  return surface;
}

function oldestOf(published: readonly PublishedBy[]): number {
  let oldest = 0;
  for (const [i, { surface }] of published.entries()) {
    if (surface.timeMs < (published[oldest]?.surface.timeMs ?? 0)) oldest = i;
  }
  return oldest;
}

function checkSurface(
  { slices, timeMs }: PublishSurface,
  lastMs: number,
  indexMicros: number,
  nowMs: number,
): Rejection | undefined {
  const wrong =
    checkInteger("malformed", "timeMs", timeMs, 0, nowMs + maxAheadMs) ??
    checkInteger("malformed", "slices.length", slices.length, 1, maxSlices);
  if (wrong !== undefined) return wrong;
  if (timeMs <= lastMs) return refuse("alreadyDone", "timeMs", timeMs, `after the last surface's ${lastMs}`);
  let previousMs = Math.max(timeMs, nowMs);
  const [low, high] = [indexMicros * (1 - maxForwardDistance), indexMicros * (1 + maxForwardDistance)];
  for (const [i, { expiryMs, forwardMicros }] of slices.entries()) {
    const at = `slices[${i}]`;
    const wrongSlice =
      checkInteger("malformed", `${at}.expiryMs`, expiryMs, previousMs + 1, maxTimeMs) ??
      checkInteger("malformed", `${at}.forwardMicros`, forwardMicros, 1, maxPriceMicros);
    if (wrongSlice !== undefined) return wrongSlice;
    if (forwardMicros < low || forwardMicros > high) {
      const limit = `within ${maxForwardDistance * 100} % of the index ${indexMicros}`;
      return refuse("malformed", `${at}.forwardMicros`, forwardMicros, limit);
    }
    previousMs = expiryMs;
  }
  return undefined;
}
