import { type MarginModel } from "../risk/index.ts";
import { onChainModels } from "../risk/venues/on-chain-models.ts";

/** Every venue's models with the parameter sheets that ship with the package. */
export async function venueModels(): Promise<readonly MarginModel[]> {
  return [...onChainModels()];
}
