import { fileURLToPath } from "node:url";
import fc from "fast-check";
import {
  type ClearingEvent,
  type Command,
  completeCommand,
  type Envelope,
} from "../../src/clearing/index.ts";
import { type RandomStream } from "../../src/numerics/index.ts";
import { compactJson } from "../../src/service/venue/setup.ts";
import { anySteps, type Step, takeStep } from "../properties/clearing-steps.ts";
import { TestVenue } from "../properties/clearing-venue.ts";
import { wholeVenue } from "../properties/clearing-whole-venue.ts";

const marginParameters = fileURLToPath(new URL("../../params/plimsoll-margin.json", import.meta.url));

/** A command and who asks for it. */
export interface Asked {
  readonly signer: string;
  readonly command: Command;
}

/** A venue under test that keeps every envelope that it was sent. */
export class RecordingVenue extends TestVenue {
  readonly envelopes: Envelope[] = [];

  override send(signer: string, asked: Command, change: Partial<Envelope> = {}): ClearingEvent[] {
    const isText = asked.type === "setRiskDocument";
    // In ASCII, as the journal takes it.
    const command = isText ? { ...asked, text: compactJson(marginParameters) } : asked;
    const sequence = this.engine.sequence + 1;
    const { timeMs } = this;
    this.envelopes.push({
      sequence,
      timeMs,
      signer,
      nonce: sequence,
      deadlineMs: 0,
      signature: new Uint8Array(0),
      command,
      ...change,
    });
    return super.send(signer, command, change);
  }
}

/** What sets a venue up that has every kind of instrument, a pool and six accounts, genesis first; all of it is accepted. */
export function setUpCommands(portfolio: boolean): readonly Asked[] {
  const venue = new RecordingVenue();
  wholeVenue(portfolio, venue);
  return venue.envelopes;
}

/** Takes the commands of steps without applying them, fitted to the state of another's engine. */
class Fitting extends TestVenue {
  asked: Asked | undefined;

  override send(signer: string, command: Command): ClearingEvent[] {
    this.asked = { signer, command };
    return [];
  }
}

/** The command of a step, fitted to what `engine` holds now. */
export function fitStep(engine: TestVenue["engine"], timeMs: number, step: Step): Asked {
  const fitting = new Fitting(engine);
  fitting.timeMs = timeMs;
  takeStep(fitting, { ...step, afterMs: 0 });
  return fitting.asked ?? step;
}

/** Many steps of any kind, made once; scenarios draw from them. */
export class StepPool {
  readonly steps: readonly Step[];

  constructor(seed: number, count: number) {
    const made = fc.sample(anySteps(200), { seed, numRuns: Math.ceil(count / 100) }).flat();
    // What contradicts itself never gets past the door.
    this.steps = made.filter(({ command }) => !("code" in completeCommand(command)));
  }

  draw(random: RandomStream): Step {
    return this.steps[random.nextBelow(this.steps.length)]!;
  }
}
