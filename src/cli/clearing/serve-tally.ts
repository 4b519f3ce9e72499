import { type Engine } from "../../clearing/index.ts";
import { houseAccount } from "../../clearing/accounts/index.ts";
import { type Applied } from "../../service/clearinghouse/index.ts";
import { formatUnits } from "../../service/views/index.ts";

/** What the vaults hold of an asset, and what is owed to accounts: the same, to the unit. */
export interface Conservation {
  readonly asset: string;
  readonly deposited: string;
  readonly owed: string;
  readonly holds: boolean;
}

/** Every asset: what all accounts but the vault have, against what was paid into the vault. */
export function conservation({ stores }: Engine): Conservation[] {
  const { ledger, markets } = stores;
  return Array.from({ length: ledger.assetCount }, (_, asset) => {
    const { name, decimals } = markets.assetSpec(asset);
    const vault = BigInt(ledger.balance(houseAccount.vault, asset));
    const owed = ledger.total(asset) - vault;
    return {
      asset: name,
      deposited: formatUnits(-vault, decimals),
      owed: formatUnits(owed, decimals),
      holds: owed === -vault,
    };
  }).filter(({ deposited, owed }) => deposited !== "0" || owed !== "0");
}

/** Counts what becomes durable. */
export class ServeTally {
  commands = 0;
  rejected = 0;
  orders = 0;
  trades = 0;
  volumeUsd = 0;
  marginCalls = 0;
  settlements = 0;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  take(batch: readonly Applied[]): void {
    for (const { events } of batch) {
      this.commands++;
      for (const event of events) {
        if (event.type === "rejected") this.rejected++;
        else if (event.type === "orderAccepted") this.orders++;
        else if (event.type === "marginCalled") this.marginCalls++;
        else if (event.type === "instrumentSettled") this.settlements++;
        else if (event.type === "traded") {
          this.trades++;
          this.volumeUsd += this.#notionalUsd(event.instrument, event.lots);
        }
      }
    }
  }

  /** At the index. */
  #notionalUsd(instrument: number, lots: number): number {
    const { markets } = this.#engine.stores;
    const spec = markets.instrumentSpec(instrument);
    if (spec.settlement === "inverse") return (lots * spec.lotUsdMicros) / 1e6;
    const index = markets.indexMicros(markets.instruments.get("underlying", instrument)) / 1e6;
    return ((lots * spec.lotNanos) / 1e9) * index;
  }

  /** Long positions of all instruments, at the index. */
  openInterestUsd(): number {
    const { markets, positions } = this.#engine.stores;
    let usd = 0;
    for (let i = 0; i < markets.instruments.count; i++) {
      const lots = positions.openInterest(i);
      if (lots > 0) usd += this.#notionalUsd(i, lots);
    }
    return usd;
  }
}
