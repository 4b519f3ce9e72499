// The service that `kill-soak.ts` starts and kills: a venue behind a loopback socket, one JSON message per line. With the API it
// shares everything from `Clearinghouse.submit` on; HTTP has tests of its own.
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { PlimsollError } from "plimsoll/quantity";
import { Machine, type SignedCommand } from "../../src/service/clearinghouse/index.ts";
import { openVenue } from "../../src/service/venue/index.ts";
import { toHex } from "../../src/clearing/state/index.ts";

/** What the service says when it has recovered. */
export interface Recovered {
  readonly type: "recovered";
  readonly sequence: number;
  readonly stateRoot: string;
  readonly fromSequence: number;
  readonly torn: boolean;
  readonly rejectedSnapshots: readonly { readonly file: string; readonly reason: string }[];
  /** Every snapshot there, restored and its root computed anew. */
  readonly snapshots: readonly { readonly sequence: number; readonly stateRoot: string }[];
}

export type ToService =
  | { readonly id: number; readonly request: SignedCommand }
  | { readonly id: number; readonly snapshot: true };

const [directory = "", realMs = "", venueMs = "", speed = "", snapshotEvery = ""] = process.argv.slice(2);

const tell = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

tell({ type: "started" });
const venue = await openVenue({
  directory,
  domain: { venue: "Soak", chainId: 31_337 },
  // A venue whose time runs fast: funding, interest and expiries come within minutes.
  now: () => Number(venueMs) + Math.floor((Date.now() - Number(realMs)) * Number(speed)),
  marginParameters: "params/plimsoll-margin.json",
  tickMs: 20,
  snapshotEvery: Number(snapshotEvery),
  repeatableCommands: 100,
});
const { house, log, recovery } = venue;
const { sequence } = house.machine;
const stateRoot = toHex(house.machine.stateRoot());
await house.barrier();
const snapshots: { sequence: number; stateRoot: string }[] = [];
for (let atMost = sequence; atMost > 0;) {
  const { snapshot } = await log.snapshots.latest(atMost);
  if (snapshot === undefined) break;
  const restored = await Machine.restored(snapshot.chunks());
  snapshots.push({ sequence: restored.sequence, stateRoot: toHex(restored.stateRoot()) });
  atMost = snapshot.sequence - 1;
}
tell({
  type: "recovered",
  sequence,
  stateRoot,
  fromSequence: recovery.fromSequence,
  torn: log.recovery.torn !== undefined,
  rejectedSnapshots: recovery.rejectedSnapshots,
  snapshots,
} satisfies Recovered);

async function answer(message: ToService): Promise<object> {
  if ("snapshot" in message) {
    await house.snapshot();
    await venue.history.drain();
    return {};
  }
  try {
    return { receipt: await house.submit(message.request) };
  } catch (error) {
    if (error instanceof PlimsollError) return { error: error.code, message: error.message };
    throw error;
  }
}

function serve(socket: Socket): void {
  socket.on("error", () => socket.destroy());
  const lines = createInterface({ input: socket }).on("error", () => socket.destroy());
  lines.on("line", (line) => {
    const message = JSON.parse(line) as ToService;
    void answer(message).then((said) => socket.write(`${JSON.stringify({ id: message.id, ...said })}\n`));
  });
}

const server = createServer(serve).listen(0, "127.0.0.1", () => {
  const address = server.address();
  tell({ type: "listening", port: typeof address === "object" ? address?.port : 0 });
});
// Whoever started it is gone.
process.stdin.on("end", () => process.exit(1)).resume();
