import { chainsTrack } from "./chains-track.ts";
import { crossSectionTrack } from "./cross-section.ts";
import { deltaOneTrack } from "./delta-one-track.ts";
import { simulatedTrack } from "./simulated-track.ts";
import { stakedTrack } from "./staked.ts";
import { type LaboratoryTrack } from "./track.ts";

/** Every track, in the order of a report. */
export const laboratoryTracks: readonly LaboratoryTrack[] = [
  deltaOneTrack,
  crossSectionTrack,
  stakedTrack,
  chainsTrack,
  simulatedTrack,
];
