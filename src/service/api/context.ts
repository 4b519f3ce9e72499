import { type Logger } from "pino";
import { type Engine } from "../../clearing/index.ts";
import { type Clearinghouse } from "../clearinghouse/index.ts";
import { type FundWatch } from "../fund-sizing/index.ts";
import { type HistoryWriter } from "../history/index.ts";
import { type CommandLog } from "../journal/index.ts";
import { type CommandDesk } from "./command-desk.ts";
import { type HttpConnections } from "./http-server.ts";
import { type ApiLimits } from "./limits.ts";
import { type ApiMetrics } from "./metrics.ts";
import { type HealthAnswer, type StateRoot } from "./protocol/documents.ts";
import { type SessionStore } from "./session-store.ts";
import { type StreamHub } from "./stream/hub.ts";

/** What the routes work with. */
export interface ApiContext {
  readonly clearinghouse: Clearinghouse;
  readonly engine: Engine;
  readonly log: CommandLog;
  readonly history: HistoryWriter | undefined;
  readonly sessions: SessionStore;
  readonly desk: CommandDesk;
  readonly hub: StreamHub;
  readonly connections: HttpConnections;
  readonly metrics: ApiMetrics;
  readonly limits: ApiLimits;
  /** Whose pages may ask. */
  readonly origins: readonly string[];
  readonly logger: Logger;
  readonly now: () => number;
  readonly status: () => HealthAnswer["status"];
  readonly roots: RootKeeper;
  readonly fund: FundWatch;
}

/** The last state root that was computed. */
export class RootKeeper {
  readonly #clearinghouse: Clearinghouse;
  #last: StateRoot | undefined;

  constructor(clearinghouse: Clearinghouse) {
    this.#clearinghouse = clearinghouse;
  }

  /** The root of the state as it is now. */
  compute(): StateRoot {
    const { machine } = this.#clearinghouse;
    if (this.#last?.sequence !== machine.sequence) {
      const root = `0x${Buffer.from(machine.stateRoot()).toString("hex")}`;
      this.#last = { sequence: machine.sequence, timeMs: machine.timeMs, root };
    }
    return this.#last;
  }

  get last(): StateRoot {
    return this.#last ?? this.compute();
  }
}

/**
 * Answers a reader: with what `look` sees of the state now, once that is durable. Looking comes first, since later commands may be
 * applied while the disk works.
 */
export async function told<T>(clearinghouse: Clearinghouse, look: () => T): Promise<T> {
  const seen = look();
  await clearinghouse.barrier();
  return seen;
}
