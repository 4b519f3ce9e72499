/**
 * Which assets each account holds, in the order in which a sub-account lists them: new ones at the end, and the last one in the place of one
 * that is given up.
 */
export class HeldAssets {
  readonly #held: Map<string, readonly string[]>;

  constructor(held: ReadonlyMap<string, readonly string[]> = new Map()) {
    this.#held = new Map(held);
  }

  copy(): HeldAssets {
    return new HeldAssets(this.#held);
  }

  of(account: string): readonly string[] {
    return this.#held.get(account) ?? [];
  }

  /** Takes note of a balance after a change. */
  note(account: string, asset: string, balance: bigint): void {
    const assets = this.of(account);
    const place = assets.indexOf(asset);
    if (balance !== 0n && place < 0) this.#held.set(account, [...assets, asset]);
    if (balance !== 0n || place < 0) return;
    const rest = assets.slice(0, -1);
    const last = assets.at(-1) ?? asset;
    this.#held.set(account, place === rest.length ? rest : rest.with(place, last));
  }
}
