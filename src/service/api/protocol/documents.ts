import { type JsonSchema } from "../../../clearing/protocol/json-schema.ts";
import { type MarginComponent } from "../../../risk/index.ts";
import { type MarginView, type VenueView } from "../../views/index.ts";
import { eventSchema } from "./commands.ts";
import { errorBodySchema } from "./errors.ts";
import { hex, listOf, object, realNumber, text, timeMs, whole, word, flag } from "./schema.ts";

/** The venue, and what a client must know to use it. */
export interface VenueAnswer extends VenueView {
  /** The service's clock; `timeMs` is the machine's. */
  readonly serviceTimeMs: number;
  /** The last state root that was computed, and the command it was after. */
  readonly stateRoot: StateRoot;
  readonly limits: VenueLimits;
}

export interface VenueLimits {
  readonly commandsPerSecond: number;
  readonly commandBurst: number;
  readonly requestsPerMinute: number;
  readonly bookDepth: number;
  readonly rowsPerPage: number;
  readonly commandBytes: number;
  readonly documentBytes: number;
  readonly messageBytes: number;
  readonly messagesPerSecond: number;
  readonly subscriptions: number;
}

/** Commits to the whole state after a command. */
export interface StateRoot {
  readonly sequence: number;
  readonly timeMs: number;
  /** `0x` and 64 hex digits. */
  readonly root: string;
}

/** Shows that a leaf is part of the state of a root. */
export interface StateProof extends StateRoot {
  readonly section: string;
  readonly leaf: number;
  /** The leaf as its section encodes it. */
  readonly bytes: string;
  /** Neighbouring hashes from the leaf up to its section's root. */
  readonly path: readonly string[];
  readonly sections: readonly { readonly name: string; readonly leafCount: number; readonly root: string }[];
}

/** One page of history, newest first. */
export interface Page<T> {
  readonly rows: readonly T[];
  /** Where the next, older page begins: give it as `before`. Absent on the last page. */
  readonly next?: string;
}

export interface HealthAnswer {
  readonly status: "ready" | "starting" | "closing" | "failed";
  readonly sequence: number;
  /** What does not work although commands are accepted, and why. */
  readonly degraded?: readonly string[];
}

const stateRootProperties = {
  sequence: whole("The command after which it was computed."),
  timeMs: timeMs("The machine's time then."),
  root: hex("SHA-256 Merkle root.", 32),
} satisfies { readonly [F in keyof StateRoot]: JsonSchema };

export const stateRootSchema: JsonSchema = object<StateRoot>(
  "Commits to the whole state after a command.",
  stateRootProperties,
);

export const stateProofSchema: JsonSchema = object<StateProof>(
  "Shows that a leaf is part of a root's state.",
  {
    ...stateRootProperties,
    section: text("Section of the state."),
    leaf: whole("Number of the leaf in it."),
    bytes: hex("The leaf as its section encodes it."),
    path: listOf("Neighbouring hashes from the leaf up to its section's root.", hex("A hash.", 32)),
    sections: listOf(
      "All sections.",
      object<StateProof["sections"][number]>("A section.", {
        name: text("Its name."),
        leafCount: whole("Its leaves."),
        root: hex("Its root.", 32),
      }),
    ),
  },
);

export const venueSchema: JsonSchema = object<VenueAnswer>("The venue.", {
  venue: text("Its name, part of what is signed."),
  chainId: whole("EIP-155 chain number, part of what is signed.", 1),
  status: word("Whether it trades.", "active", "reduceOnly", "halted"),
  sequence: whole("Of the last command."),
  timeMs: timeMs("The machine's time: that of the last command."),
  accounts: whole("Accounts, the house's included."),
  openOrders: whole("Orders that rest in books."),
  serviceTimeMs: timeMs("The service's clock."),
  stateRoot: stateRootSchema,
  limits: object<VenueLimits>("What one client may ask. docs/api.md explains each.", {
    commandsPerSecond: whole("Commands per second and signer, sustained."),
    commandBurst: whole("Commands at once per signer."),
    requestsPerMinute: whole("Other requests per minute and address."),
    bookDepth: whole("Levels per side of one book request."),
    rowsPerPage: whole("Rows of one page of history."),
    commandBytes: whole("Body of a command."),
    documentBytes: whole("Body of setRiskDocument."),
    messageBytes: whole("One WebSocket message."),
    messagesPerSecond: whole("WebSocket messages per second, sustained."),
    subscriptions: whole("Channels of one connection."),
  }),
});

const componentSchema: JsonSchema = {
  $id: "MarginComponent",
  ...object<MarginComponent>(
    "One term of a requirement; children add up to, or explain, their parent.",
    {
      id: text("Stable identifier."),
      label: text("What it is."),
      initial: realNumber("Share of the initial requirement, USD."),
      maintenance: realNumber("Share of the maintenance requirement, USD."),
      informative: flag("Shown, but not added to its parent."),
      rule: text("Where the rule stands."),
      children: listOf("Its parts.", { $ref: "MarginComponent#" }),
    },
    ["informative", "rule", "children"],
  ),
};

/** Schemas that others refer to by their `$id`. */
export const sharedSchemas: readonly JsonSchema[] = [componentSchema, errorBodySchema, eventSchema];

type Worst = NonNullable<MarginView["worst"]>;
type Haircut = NonNullable<MarginView["haircuts"]>[number];

export const marginSchema: JsonSchema = object<MarginView>(
  "The requirement of an account in one mode, and what it is made of.",
  {
    mode: word("The mode.", "isolated", "cross", "portfolio"),
    current: flag("Whether it is the account's own."),
    model: text("The model's id."),
    status: word("Whether every term of the rule is in.", "complete", "partial", "unsupported"),
    equity: realNumber("USD."),
    initialMargin: realNumber("USD."),
    maintenanceMargin: realNumber("USD."),
    components: listOf("Terms of the requirement.", { $ref: "MarginComponent#" }),
    worst: object<Worst>("The scenario that sets the requirement.", {
      id: text("Its identifier."),
      label: text("What happens in it."),
      pnlUsd: realNumber("Change of the account's value in it."),
      contributions: listOf(
        "By position and asset.",
        object<Worst["contributions"][number]>("One of them.", {
          item: text("Instrument or asset."),
          pnlUsd: realNumber("Its part; negative loses."),
        }),
      ),
    }),
    haircuts: listOf(
      "Effective haircut of each asset held.",
      object<Haircut>("Of one asset.", {
        asset: text("The asset."),
        valueUsd: realNumber("Value at its price."),
        initial: realNumber("Share that does not raise the initial excess."),
        maintenance: realNumber("Share that does not raise the maintenance excess."),
      }),
    ),
    diagnostics: listOf(
      "What to know about the figures.",
      object<MarginView["diagnostics"][number]>("A remark.", {
        severity: word("How much it matters.", "info", "warning"),
        id: text("Stable identifier."),
        message: text("In words."),
      }),
    ),
  },
  ["worst", "haircuts"],
);

export const pageOf = (about: string, row: JsonSchema): JsonSchema =>
  object<Page<unknown>>(
    "One page of history, newest first.",
    { rows: listOf(about, row), next: text("Where the next, older page begins: give it as before.") },
    ["next"],
  );

export const healthSchema: JsonSchema = object<HealthAnswer>(
  "How the service is.",
  {
    status: word("Its state.", "ready", "starting", "closing", "failed"),
    sequence: whole("Of the last command."),
    degraded: listOf("What does not work although commands are accepted, and why.", text("One part.")),
  },
  ["degraded"],
);
