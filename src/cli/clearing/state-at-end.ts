import { Machine } from "../../service/clearinghouse/index.ts";
import { type JournalReader } from "../../service/journal/index.ts";
import { startProgress } from "../output/progress.ts";
import { envelopeAt } from "./envelope-at.ts";

/** The machine after a journal's last record: from its newest snapshot that can be restored, and what came after. The journal stays as it is. */
export async function machineAtEnd(journal: JournalReader): Promise<Machine> {
  const machine = await startOf(journal);
  const progress = startProgress("replaying", journal.durableSequence);
  if (machine.sequence < journal.durableSequence) {
    for await (const { firstSequence, records } of journal.read(machine.sequence + 1)) {
      for (const [i, record] of records.entries()) {
        machine.apply(envelopeAt(firstSequence + i, record), () => undefined);
      }
      progress.show(machine.sequence, "records");
    }
  }
  progress.end();
  return machine;
}

async function startOf(journal: JournalReader): Promise<Machine> {
  for (let most = journal.durableSequence; most > 0;) {
    const { snapshot } = await journal.snapshots.latest(most);
    if (snapshot === undefined) break;
    try {
      return await Machine.restored(snapshot.chunks());
    } catch {
      // Of another release, or damaged: the one before, or the whole journal, gives the same state.
      most = snapshot.sequence - 1;
    }
  }
  return Machine.empty();
}
