interface Sampler {
  shouldSample(): { decision: 0 | 2 };
  toString(): string;
}
/** What the SDK's log record processors have. */
interface LogRecordProcessor {
  onEmit(record: any, context?: any): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}
/** Whole sessions: `rate` is the share that is kept, 0 to 1. */
export function sampler(rate: number): Sampler;
/** The same for log records, around the processor that exports them: `sampledRecords(new BatchLogRecordProcessor(…), rate)`. */
export function sampledRecords(next: LogRecordProcessor, rate: number): LogRecordProcessor;
