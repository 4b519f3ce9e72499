import { exp } from "../../numerics/index.ts";

export interface ImpactTerms {
  readonly impactFactor: number;
  readonly permanentShare: number;
  readonly impactHalfLifeMs: number;
}

/** Halves in so many half-lives. */
export const halved = (elapsedMs: number, halfLifeMs: number): number =>
  exp((-Math.LN2 * elapsedMs) / halfLifeMs);

/**
 * What forced trades do to a coin's price: the square-root law. A flow of Q in a market that trades V a day at a deviation σ of a day
 * moves the price by σ √(Q ⁄ V); a share of that stays, the rest goes as the flow is forgotten.
 */
export class Impact {
  readonly #terms: ImpactTerms;
  readonly #volumeUsd: number;
  readonly #deviation: number;
  #recentUsd = 0;
  #totalUsd = 0;
  /** Most that the price was away, as a fraction, with its sign. */
  worst = 0;

  constructor(terms: ImpactTerms, volumeUsd: number, deviation: number) {
    this.#terms = terms;
    this.#volumeUsd = volumeUsd;
    this.#deviation = deviation;
  }

  /** A forced trade: positive buys. */
  add(usd: number): void {
    this.#recentUsd += usd;
    this.#totalUsd += usd;
  }

  pass(elapsedMs: number): void {
    this.#recentUsd *= halved(elapsedMs, this.#terms.impactHalfLifeMs);
  }

  /** By what the price is to be multiplied now. */
  factor(): number {
    const { permanentShare } = this.#terms;
    const move =
      (1 - permanentShare) * this.#law(this.#recentUsd) + permanentShare * this.#law(this.#totalUsd);
    const factor = exp(move);
    if (Math.abs(factor - 1) > Math.abs(this.worst)) this.worst = factor - 1;
    return factor;
  }

  /** What trading so much more at once would move the price by, as a fraction. */
  costOf(usd: number): number {
    return this.#terms.impactFactor * this.#deviation * Math.sqrt(Math.abs(usd) / this.#volumeUsd);
  }

  #law(usd: number): number {
    return Math.sign(usd) * this.costOf(usd);
  }
}
