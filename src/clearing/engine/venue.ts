import { houseAccount } from "../accounts/index.ts";
import {
  type Genesis,
  type GrantRole,
  type Rejection,
  type SetInstrumentStatus,
  type SetParameter,
  type SetRiskDocument,
  type SetVenueStatus,
} from "../protocol/index.ts";
import { type Machine } from "./machine.ts";
import { refuse } from "./transfers.ts";

/** Opens the venue: its name, its admins, and the accounts of the house. */
export function genesis(m: Machine, { venue, chainId, admins }: Genesis): Rejection | undefined {
  if (m.state.isOpen) return refuse("alreadyDone", "venue", venue, "one genesis");
  m.state.isOpen = true;
  m.state.venue = venue;
  m.state.chainId = chainId;
  for (const label of Object.keys(houseAccount)) m.accounts.openHouse(label);
  m.identity.begin(admins);
  m.emit({ type: "venueOpened", venue, chainId });
  return undefined;
}

export function grantRole(m: Machine, command: GrantRole): Rejection | undefined {
  const refused = m.identity.grantRole(command);
  if (refused) return refused;
  const { role, key, granted } = command;
  m.emit({ type: "roleGranted", role, key, granted });
  if (role === "publisher" && !granted) m.markets.forgetPublisher(key, m.marketSink);
  return undefined;
}

export function setInstrumentStatus(m: Machine, command: SetInstrumentStatus): Rejection | undefined {
  return m.markets.setInstrumentStatus(command.instrument, command.status, m.marketSink);
}

export function setVenueStatus(m: Machine, { status }: SetVenueStatus): Rejection | undefined {
  if (m.state.status === status) return refuse("alreadyDone", "status", status, "another status");
  if (m.state.status === "halted") m.state.reopenedMs = m.state.timeMs;
  m.state.status = status;
  m.emit({ type: "venueStatusChanged", status });
  return undefined;
}

export const setParameter = (m: Machine, command: SetParameter): Rejection | undefined =>
  m.markets.setParameter(command, m.marketSink);

export function setRiskDocument(m: Machine, { document, text }: SetRiskDocument): Rejection | undefined {
  const refused = m.margin.setDocument(document, text);
  if (refused) return refused;
  m.watch.noteAll();
  m.emit({ type: "riskDocumentChanged", document });
  return undefined;
}
