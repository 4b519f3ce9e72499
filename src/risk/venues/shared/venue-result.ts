import { type AccountValue, excessMicros } from "../../account-value.ts";
import {
  type Diagnostic,
  type MarginComponent,
  type MarginResult,
  type ScenarioPnl,
  type WorstScenario,
} from "../../margin-model.ts";

export interface VenueOutcome {
  readonly model: string;
  readonly account: AccountValue;
  /** Their sum is the requirement. Those marked informative are left out. */
  readonly components: readonly MarginComponent[];
  readonly worst?: WorstScenario;
  readonly scenarios?: readonly ScenarioPnl[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Sum of the components that count. */
export const componentsTotal = (
  components: readonly MarginComponent[],
  scale: "initial" | "maintenance",
): number =>
  components.reduce((sum, component) => sum + (component.informative === true ? 0 : component[scale]), 0);

/** The result of an emulation: requirements from its components, `partial` when a term is missing. */
export function venueResult(outcome: VenueOutcome): MarginResult {
  const { model, account, components, worst, scenarios, diagnostics } = outcome;
  const initialMargin = Math.max(0, componentsTotal(components, "initial"));
  const maintenanceMargin = Math.max(0, componentsTotal(components, "maintenance"));
  return {
    model,
    status: diagnostics.some(({ id }) => id === "missing-term") ? "partial" : "complete",
    equity: account.equityUsd,
    initialMargin,
    maintenanceMargin,
    initialExcess: excessMicros(account, initialMargin),
    maintenanceExcess: excessMicros(account, maintenanceMargin),
    components,
    ...(worst && { worst }),
    ...(scenarios && { scenarios }),
    diagnostics,
  };
}
