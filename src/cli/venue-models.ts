import { type MarginModel } from "../risk/index.ts";
import {
  deribitPortfolioModel,
  deribitStandardModel,
  derivePm1Model,
  derivePm2Model,
  deriveStandardModel,
  okxPortfolioModel,
  paradexPortfolioModel,
  simmModel,
  spanModel,
} from "../risk/venues/index.ts";
import { onChainModels } from "../risk/venues/on-chain-models.ts";

/** Every venue's models with the parameter sheets that ship with the package. */
export async function venueModels(): Promise<readonly MarginModel[]> {
  return [
    deribitPortfolioModel(),
    deribitStandardModel(),
    derivePm1Model(),
    derivePm2Model(),
    deriveStandardModel(),
    okxPortfolioModel(),
    paradexPortfolioModel(),
    simmModel(),
    spanModel(),
    ...onChainModels(),
  ];
}
