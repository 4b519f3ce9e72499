import { requireNumber } from "../../quantity/error.ts";
import { type Cell, type CellBound, cellBounder, emptyBound } from "./cell-bound.ts";
import { certifyLimits, type Legs, legsOf, lossAt, type LossBox, type LossProblem } from "./legs.ts";

/** How tight a certificate has to be, and how long it may take. */
export interface CertifyEffort {
  /** The gap aimed at, as a share of the larger of the loss and `floorUsd`. Default 0.0001. */
  readonly tolerance?: number;
  /** A loss below this counts as this much, so that a book that hardly loses does not ask for infinite precision. USD, default 0. */
  readonly floorUsd?: number;
  /** The most cells looked at; a bound that is stopped there is as valid, but looser. Default 200,000. */
  readonly mostCells?: number;
  /** Told now and then how far it has come: cells looked at, bound and attained loss, USD. */
  readonly onProgress?: (cells: number, upperUsd: number, lossUsd: number) => void;
}

/** Cells between two calls of `onProgress`, about. */
const progressCells = 100;

/** A proven bound on the loss over a box, and a point of it that nearly attains the bound. */
export interface MaximumLoss {
  /** No point of the box loses more, USD. Negative: every point gains at least this. */
  readonly upperUsd: number;
  /** A concrete scenario and its loss: the lower bound. */
  readonly witness: { readonly spot: number; readonly vol: number; readonly lossUsd: number };
  /** upperUsd − witness.lossUsd, ≥ 0. */
  readonly gapUsd: number;
  /** Cells looked at. */
  readonly cells: number;
  /** Whether the gap aimed at was reached; `cells`: the limit was; `resolution`: rounding
   * leaves no more, or no cell could be halved. */
  readonly stopped: "gap" | "cells" | "resolution";
}

/** Largest number of cells that may be asked for. */
export const mostCellsLimit = 5_000_000;

function checkBox(box: LossBox, volNodes: readonly number[]): void {
  requireNumber("box.spotDown", box.spotDown, certifyLimits.spotDown, certifyLimits.spotUp);
  requireNumber("box.spotUp", box.spotUp, box.spotDown, certifyLimits.spotUp);
  const [first = NaN] = volNodes;
  const last = volNodes[volNodes.length - 1] ?? NaN;
  requireNumber("box.volDown", box.volDown, first, last);
  requireNumber("box.volUp", box.volUp, box.volDown, last);
}

/**
 * Bounds the loss of a book over every point of a box of spot moves and volatilities, by best-first branch and bound: the cell
 * with the highest bound is halved until that bound is near a loss that some scenario attains.
 *
 * Deterministic: the same problem gives the same bits everywhere. The bound allows for the rounding of every number in it.
 *
 * @throws {PlimsollError} `PLM_DOMAIN` or `PLM_LIMIT` naming what is out of range.
 * @see docs/certify.md
 */
export function maximumLoss(problem: LossProblem, box: LossBox, effort: CertifyEffort = {}): MaximumLoss {
  return maximumLossOf(legsOf(problem), box, effort);
}

/** The same of legs that are merged already. */
export function maximumLossOf(legs: Legs, box: LossBox, effort: CertifyEffort = {}): MaximumLoss {
  checkBox(box, legs.volNodes);
  const tolerance = requireNumber("tolerance", effort.tolerance ?? 0.0001, 0, 1e6);
  const floorUsd = requireNumber("floorUsd", effort.floorUsd ?? 0, 0);
  const mostCells = requireNumber("mostCells", effort.mostCells ?? 200_000, 1, mostCellsLimit);
  const bound = cellBounder(legs);
  const queue = cellQueue();
  const found: CellBound = emptyBound();
  const cell: Cell = { spotDown: 0, spotUp: 0, volDown: 0, volUp: 0, piece: 0 };
  let cells = 0;
  let nextProgress = progressCells;
  let leastRoundingUsd = Infinity;
  let best = { spot: box.spotDown, vol: box.volDown, lossUsd: -Infinity };

  const attain = (spot: number, vol: number, lossUsd: number): void => {
    if (lossUsd > best.lossUsd) best = { spot, vol, lossUsd };
  };
  const look = (parentUsd: number): void => {
    bound(cell, found);
    cells++;
    const { spotDown, spotUp, volDown, volUp } = cell;
    attain(spotDown + 0.5 * (spotUp - spotDown), volDown + 0.5 * (volUp - volDown), found.centreUsd);
    found.upperUsd = Math.min(parentUsd, found.upperUsd);
    leastRoundingUsd = Math.min(leastRoundingUsd, found.roundingUsd);
    queue.push(cell, found);
  };

  const nodes = legs.volNodes;
  for (let piece = 0; piece === 0 || piece + 1 < nodes.length; piece++) {
    const from = Math.max(box.volDown, nodes[piece] ?? 0);
    const to = Math.min(box.volUp, nodes[piece + 1] ?? nodes[piece] ?? 0);
    // A box of no width lies in one piece.
    if (from > to || (from === to && box.volDown < box.volUp)) continue;
    Object.assign(cell, { spotDown: box.spotDown, spotUp: box.spotUp, volDown: from, volUp: to, piece });
    look(Infinity);
    if (from === to) break;
  }

  for (;;) {
    queue.top(cell, found);
    const { upperUsd } = found;
    attain(found.peakSpot, found.peakVol, lossAt(legs, found.peakSpot, found.peakVol));
    const gapUsd = Math.max(0, upperUsd - best.lossUsd);
    const done = (stopped: MaximumLoss["stopped"]): MaximumLoss => ({
      upperUsd: Math.max(upperUsd, best.lossUsd),
      witness: { spot: best.spot, vol: best.vol, lossUsd: best.lossUsd + 0 },
      gapUsd,
      cells,
      stopped,
    });
    if (gapUsd <= tolerance * Math.max(best.lossUsd, floorUsd)) return done("gap");
    if (gapUsd <= 2 * leastRoundingUsd) return done("resolution");
    if (cells >= mostCells) return done("cells");
    if (cells >= nextProgress) {
      nextProgress = cells + progressCells;
      effort.onProgress?.(cells, upperUsd, best.lossUsd);
    }
    const { spotDown, spotUp, volDown, volUp } = cell;
    const middleSpot = spotDown + 0.5 * (spotUp - spotDown);
    const middleVol = volDown + 0.5 * (volUp - volDown);
    const spotDivides = middleSpot > spotDown && middleSpot < spotUp;
    const volDivides = middleVol > volDown && middleVol < volUp;
    if (!spotDivides && !volDivides) return done("resolution");
    queue.pop();
    if (spotDivides && (!volDivides || found.spotSlackUsd >= found.volSlackUsd)) {
      cell.spotUp = middleSpot;
      look(upperUsd);
      cell.spotDown = middleSpot;
      cell.spotUp = spotUp;
      look(upperUsd);
    } else {
      cell.volUp = middleVol;
      look(upperUsd);
      cell.volDown = middleVol;
      cell.volUp = volUp;
      look(upperUsd);
    }
  }
}

interface CellQueue {
  push(cell: Cell, bound: CellBound): void;
  /** Copies the cell with the highest bound, the first of equals, into both. */
  top(cell: Cell, bound: CellBound): void;
  pop(): void;
}

/** Numbers kept of one cell. */
const stride = 11;

/** A binary heap of cells in one growing array. */
function cellQueue(): CellQueue {
  let data = new Float64Array(1024 * stride);
  let heap = new Int32Array(1024);
  let size = 0;
  let made = 0;
  /** Places of popped cells. */
  const free: number[] = [];
  const isHigher = (a: number, b: number): boolean => {
    const boundA = data[a * stride] ?? 0;
    const boundB = data[b * stride] ?? 0;
    return (
      boundA > boundB || (boundA === boundB && (data[a * stride + 10] ?? 0) < (data[b * stride + 10] ?? 0))
    );
  };
  const at = (position: number): number => heap[position] ?? 0;
  let order = 0;
  return {
    push(cell, found) {
      const place = free.pop() ?? made++;
      if ((place + 1) * stride > data.length) {
        const larger = new Float64Array(data.length * 2);
        larger.set(data);
        data = larger;
      }
      if (size === heap.length) {
        const larger = new Int32Array(heap.length * 2);
        larger.set(heap);
        heap = larger;
      }
      const start = place * stride;
      data[start] = found.upperUsd;
      data[start + 1] = cell.spotDown;
      data[start + 2] = cell.spotUp;
      data[start + 3] = cell.volDown;
      data[start + 4] = cell.volUp;
      data[start + 5] = cell.piece;
      data[start + 6] = found.peakSpot;
      data[start + 7] = found.peakVol;
      data[start + 8] = found.spotSlackUsd;
      data[start + 9] = found.volSlackUsd;
      data[start + 10] = order++;
      let position = size++;
      while (position > 0) {
        const parent = (position - 1) >> 1;
        if (!isHigher(place, at(parent))) break;
        heap[position] = at(parent);
        position = parent;
      }
      heap[position] = place;
    },
    top(cell, found) {
      const start = at(0) * stride;
      const read = (offset: number): number => data[start + offset] ?? 0;
      found.upperUsd = read(0);
      cell.spotDown = read(1);
      cell.spotUp = read(2);
      cell.volDown = read(3);
      cell.volUp = read(4);
      cell.piece = read(5);
      found.peakSpot = read(6);
      found.peakVol = read(7);
      found.spotSlackUsd = read(8);
      found.volSlackUsd = read(9);
    },
    pop() {
      free.push(at(0));
      const last = at(--size);
      let position = 0;
      for (;;) {
        let child = 2 * position + 1;
        if (child >= size) break;
        if (child + 1 < size && isHigher(at(child + 1), at(child))) child++;
        if (!isHigher(at(child), last)) break;
        heap[position] = at(child);
        position = child;
      }
      heap[position] = last;
    },
  };
}
