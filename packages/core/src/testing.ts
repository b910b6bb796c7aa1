export { type ManualClock, manualClock } from "./testing/manual-clock.ts";
export { type RecordingSink, recordingSink } from "./testing/recording-sink.ts";
