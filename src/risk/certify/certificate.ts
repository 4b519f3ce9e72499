import { type Market, type Portfolio } from "../../market/index.ts";
import { type Contribution } from "../margin-model.ts";
import { contributionsAt, lossProblem, type UnderlyingBook, underlyingBooks } from "./book-problem.ts";
import { legsOf, type LossBox, lossAt } from "./legs.ts";
import { type CertifyEffort, type MaximumLoss, maximumLossOf } from "./maximum-loss.ts";
import { type VolAxis } from "./vol-axis.ts";

/** One scenario of a rule's grid. */
export interface GridPoint {
  /** Relative spot move. */
  readonly spot: number;
  /** Position on the grid's volatility axis. */
  readonly vol: number;
  /** Share of the loss that counts: 1, less for extreme moves. */
  readonly weight: number;
}

/** A rule's grid of scenarios on one underlying, and the box that its undamped ones span. */
export interface ScenarioGrid {
  readonly axis: VolAxis;
  /** The rectangle of its undamped points. */
  readonly box: LossBox;
  /** The part of it whose spot moves are all scanned with the whole range of volatility: a loss beyond is between points. */
  readonly inner: LossBox;
  readonly points: readonly GridPoint[];
}

/** A grid with its boxes. At least one point must have a weight of 1. */
export function scenarioGrid(axis: VolAxis, points: readonly GridPoint[]): ScenarioGrid {
  const whole = points.filter(({ weight }) => weight === 1);
  const box = spanOf(whole);
  const scans = (at: GridPoint, volAt: number): boolean =>
    whole.some(({ spot, vol }) => spot === at.spot && vol === volAt);
  return {
    axis,
    points,
    box,
    inner: spanOf(whole.filter((point) => scans(point, box.volDown) && scans(point, box.volUp))),
  };
}

function spanOf(points: readonly GridPoint[]): LossBox {
  const spots = points.map(({ spot }) => spot);
  const vols = points.map(({ vol }) => vol);
  return {
    spotDown: Math.min(...spots),
    spotUp: Math.max(...spots),
    volDown: Math.min(...vols),
    volUp: Math.max(...vols),
  };
}

/** The worst of a grid's scenarios. */
export interface GridLoss {
  /** Loss that counts, USD; 0 where every scenario gains. */
  readonly lossUsd: number;
  /** Absent where every scenario gains. */
  readonly worst?: GridPoint;
}

/** A box and the axis that its volatilities are on. */
export interface CertifyArea {
  readonly axis: VolAxis;
  readonly box: LossBox;
}

/** A proven worst case of everything that one underlying moves. */
export interface UnderlyingCertificate extends MaximumLoss {
  readonly underlying: string;
  readonly area: CertifyArea;
  /** Gross notional of the positions, USD. */
  readonly notionalUsd: number;
  /** gapUsd as a share of the larger of the loss and the floor. */
  readonly gapShare: number;
  /** What each position and balance makes at the witness, in the book's order, USD. */
  readonly contributions: readonly Contribution[];
}

/** The certificate of an account. Underlyings move freely of each other, so bounds and witnesses add up. */
export interface Certificate {
  readonly underlyings: readonly UnderlyingCertificate[];
  /** Σ upper bounds, USD: no combination of points of the boxes loses more. */
  readonly upperUsd: number;
  /** Σ losses at the witnesses, USD: a scenario of the product of the boxes. */
  readonly witnessUsd: number;
  readonly gapUsd: number;
}

/** Share of notional below which a loss counts as that much when the gap aimed at is worked out. */
export const floorShare = 0.001;

/** Certifies one underlying's book over one area. @throws as {@link maximumLoss}. */
export function certifyUnderlying(
  book: UnderlyingBook,
  area: CertifyArea,
  effort: Omit<CertifyEffort, "floorUsd"> = {},
): UnderlyingCertificate {
  const floorUsd = floorShare * book.notionalUsd;
  const found = maximumLossOf(legsOf(lossProblem(book, area.axis)), area.box, { ...effort, floorUsd });
  const { spot, vol } = found.witness;
  const scale = Math.max(found.witness.lossUsd, floorUsd);
  return {
    underlying: book.underlying,
    area,
    notionalUsd: book.notionalUsd,
    ...found,
    gapShare: found.gapUsd === 0 ? 0 : scale > 0 ? found.gapUsd / scale : 1,
    contributions: contributionsAt(book, area.axis, spot, vol),
  };
}

/**
 * Certifies a portfolio: for every underlying a proven upper bound on what the book can lose when spot moves anywhere within its
 * range and volatility anywhere within its own, at once.
 *
 * @param areaOf - the box of an underlying.
 * @param defaultVol - of options that nothing prices, by underlying. Annual fraction.
 * @throws {PlimsollError} `PLM_DOMAIN` or `PLM_LIMIT` naming what is out of range.
 */
export function certifyPortfolio(
  portfolio: Portfolio,
  market: Market,
  areaOf: (underlying: string) => CertifyArea,
  defaultVol: (underlying: string) => number,
  effort: Omit<CertifyEffort, "floorUsd"> = {},
): Certificate {
  const underlyings = underlyingBooks(portfolio, market, defaultVol).map((book) =>
    certifyUnderlying(book, areaOf(book.underlying), effort),
  );
  const total = (figure: (certificate: UnderlyingCertificate) => number): number =>
    underlyings.reduce((sum, certificate) => sum + figure(certificate), 0);
  return {
    underlyings,
    upperUsd: total(({ upperUsd }) => upperUsd),
    witnessUsd: total(({ witness }) => witness.lossUsd),
    gapUsd: total(({ gapUsd }) => gapUsd),
  };
}

/** The loss that a grid sees, by the certificate's own valuation. */
export function gridLoss(book: UnderlyingBook, { axis, points }: ScenarioGrid): GridLoss {
  const legs = legsOf(lossProblem(book, axis));
  let lossUsd = 0;
  let worst: GridPoint | undefined;
  for (const point of points) {
    const loss = point.weight * lossAt(legs, point.spot, point.vol);
    if (loss > lossUsd) {
      lossUsd = loss;
      worst = point;
    }
  }
  return { lossUsd, ...(worst ? { worst } : {}) };
}
