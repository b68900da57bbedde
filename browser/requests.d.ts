interface Result {
  code: number;
  error?: Error;
}
interface Exporter<Item> {
  export(items: Item[], done: (result: Result) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}
/**
 * Around an exporter of spans or log records: the newest go first, in requests that a browser still sends when the page
 * goes (`keepalive` takes 64 KiB in all).
 */
export function smallRequests<Item>(exporter: Exporter<Item>): Required<Exporter<Item>>;
/**
 * From now on every request that gets the trace's headers also gets `session.id` as W3C baggage. `propagation` is that
 * of `@opentelemetry/api`, or a propagator.
 */
export function setSessionBaggage(propagation: { inject(context: any, carrier: any, setter?: any): void }): void;
