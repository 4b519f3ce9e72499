import { type Markets } from "../markets/markets.ts";

/** Prices as the markets have them now, each read at most once while neither they nor the time change. */
export class PriceCache {
  readonly #markets: Markets;
  #version = -1;
  #timeMs = -1;
  /** Rises when what is kept is good no more. */
  #stamp = 0;
  readonly #underlyingStamps: number[] = [];
  readonly #indices: number[] = [];
  readonly #confidences: number[] = [];
  readonly #assetStamps: number[] = [];
  readonly #assetPrices: number[] = [];
  readonly #assetConfidences: number[] = [];

  constructor(markets: Markets) {
    this.#markets = markets;
  }

  /** Call before a run of reads during which nothing changes. */
  refresh(): void {
    const { version, nowMs } = this.#markets;
    if (version === this.#version && nowMs === this.#timeMs) return;
    this.#version = version;
    this.#timeMs = nowMs;
    this.#stamp++;
  }

  #readUnderlying(underlying: number): void {
    this.#underlyingStamps[underlying] = this.#stamp;
    this.#indices[underlying] = this.#markets.indexMicros(underlying);
    this.#confidences[underlying] = this.#markets.indexConfidencePpm(underlying);
  }

  indexMicros(underlying: number): number {
    if (this.#underlyingStamps[underlying] !== this.#stamp) this.#readUnderlying(underlying);
    return this.#indices[underlying]!;
  }

  indexConfidencePpm(underlying: number): number {
    if (this.#underlyingStamps[underlying] !== this.#stamp) this.#readUnderlying(underlying);
    return this.#confidences[underlying]!;
  }

  #readAsset(asset: number): void {
    this.#assetStamps[asset] = this.#stamp;
    this.#assetPrices[asset] = this.#markets.assetPriceMicros(asset);
    this.#assetConfidences[asset] = this.#markets.assetConfidencePpm(asset);
  }

  assetPriceMicros(asset: number): number {
    if (this.#assetStamps[asset] !== this.#stamp) this.#readAsset(asset);
    return this.#assetPrices[asset]!;
  }

  assetConfidencePpm(asset: number): number {
    if (this.#assetStamps[asset] !== this.#stamp) this.#readAsset(asset);
    return this.#assetConfidences[asset]!;
  }
}
