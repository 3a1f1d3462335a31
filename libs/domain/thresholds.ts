/**
 * Every number the detectors rest on, in one place and not configurable: a demo or a county cannot loosen
 * what "trapped" means. Sources: DOMAIN §4 (practice), EN 81-20 §5.12.1.1.4 (levelling).
 */
export const THRESHOLDS = Object.freeze({
  /** Stopped outside the door zone with a person inside; 30 s proved too short in practice. */
  entrapmentOutsideZoneMs: 45_000,
  /** Level, door shut, person inside. */
  entrapmentLevelMs: 180_000,
  /** Stopped outside the door zone, nobody or nobody knows inside. */
  stoppedOutsideZoneMs: 45_000,
  /** One reading may be a sensor edge; two a second apart are not. */
  movingWithDoorOpenMs: 1_000,
  /** Re-levelling takes a moment after a stop. */
  levellingHoldMs: 3_000,
  /** Stopping accuracy, EN 81-20 §5.12.1.1.4. */
  stopErrorMaxMm: 10,
  /** Levelling accuracy while loading, same clause. */
  levelErrorMaxMm: 20,
  /** A presence sensor that says "yes" this long with the door shut was wrong before, not now. */
  presencePersistMs: 10_000,
  /** Two readings further apart than this prove nothing about the time between them. */
  sampleGapMaxMs: 90_000,
  /** How much further than our own clock a terminal's clock may advance a timer in one step. */
  clockLeapMaxMs: 20_000,
  /** A quiet terminal is believed unchanged this long: heartbeats are due every 20–60 s (DOMAIN §4). */
  quietMaxMs: 60_000,
  /** A stored fault older than this, shown gone by a later message, is history (DESIGN "Two clocks"). */
  historyAgeMs: 600_000,
  /** A live clock further off than this is suspect (DESIGN "Two clocks"). */
  clockSuspectMs: 86_400_000,
});
