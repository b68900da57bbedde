import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { spanProcessor, start } from 'otelrum';
import { smallRequests } from 'otelrum/requests';

const exporter = smallRequests(new OTLPTraceExporter({ url: 'http://localhost:4318/v1/traces' }));
const tracerProvider = new WebTracerProvider({
  resource: defaultResource().merge(resourceFromAttributes({ 'service.name': 'shop' })),
  spanProcessors: [spanProcessor(), new BatchSpanProcessor(exporter)],
});
registerInstrumentations({ tracerProvider, instrumentations: [new FetchInstrumentation()] });
start({ tracer: tracerProvider.getTracer('otelrum'), flush: () => tracerProvider.forceFlush() });
