import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { spanProcessor } from 'otelrum';

// Beside the host, which calls `start`: a provider of its own with another service name, the ids of the same page.
const checkout = new WebTracerProvider({
  resource: defaultResource().merge(resourceFromAttributes({ 'service.name': 'checkout' })),
  spanProcessors: [spanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter({ url: 'http://localhost:4318/v1/traces' }))],
});
const tracer = checkout.getTracer('checkout');

export function pay(amount) {
  const span = tracer.startSpan('pay', { attributes: { amount } });
  return fetch('/api/offers').finally(() => span.end());
}
