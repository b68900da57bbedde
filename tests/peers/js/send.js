// Sends spans with the official JavaScript SDK: node send.js http|proto none|gzip URL COUNT. Prints their ids.
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const [encoding, compression, url, count] = process.argv.slice(2);
const Exporter = { http: JsonExporter, proto: ProtobufExporter }[encoding];
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new Exporter({ url, compression }))] });
const tracer = provider.getTracer('peer');
for (let n = 0; n < Number(count); n += 1) {
  const span = tracer.startSpan(`span ${n}`, { attributes: { n, text: 'ü€', list: [1, 2], part: 0.5, yes: true } });
  span.addEvent('event', { n });
  span.end();
  console.log(span.spanContext().spanId);
}
await provider.forceFlush();
await provider.shutdown();
