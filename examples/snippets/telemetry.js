import { NavigationInstrumentation } from '@opentelemetry/browser-instrumentation/experimental/navigation';
import { NavigationTimingInstrumentation } from '@opentelemetry/browser-instrumentation/experimental/navigation-timing';
import { ResourceTimingInstrumentation } from '@opentelemetry/browser-instrumentation/experimental/resource-timing';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { DocumentLoadInstrumentation } from '@opentelemetry/instrumentation-document-load';
import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';
import { LongTaskInstrumentation } from '@opentelemetry/instrumentation-long-task';
import { UserInteractionInstrumentation } from '@opentelemetry/instrumentation-user-interaction';
import { XMLHttpRequestInstrumentation } from '@opentelemetry/instrumentation-xml-http-request';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { interactionHook, logRecordProcessor, spanProcessor, start } from 'otelrum';
import { smallRequests } from 'otelrum/requests';
import { sampledRecords, sampler } from 'otelrum/sampling';

const collector = 'http://localhost:4318';
const share = 1; // of the sessions: 0.1 exports every tenth, and that one whole
const resource = defaultResource().merge(resourceFromAttributes({ 'service.name': 'shop', 'service.version': '1.0.0' }));

const tracerProvider = new WebTracerProvider({
  resource,
  sampler: sampler(share),
  spanProcessors: [spanProcessor(), new BatchSpanProcessor(smallRequests(new OTLPTraceExporter({ url: `${collector}/v1/traces` })))],
});
tracerProvider.register(); // requests become children of their clicks

const records = new BatchLogRecordProcessor({ exporter: smallRequests(new OTLPLogExporter({ url: `${collector}/v1/logs` })) });
const loggerProvider = new LoggerProvider({ resource, processors: [logRecordProcessor(), sampledRecords(records, share)] });

// Without this an idle page reports its own exports, which are exports again, for ever.
const own = { ignoreUrls: [/\/v1\/(traces|logs|metrics)$/] };
registerInstrumentations({
  tracerProvider,
  loggerProvider,
  instrumentations: [
    new DocumentLoadInstrumentation(),
    new FetchInstrumentation(own),
    new XMLHttpRequestInstrumentation(own),
    new LongTaskInstrumentation(),
    new UserInteractionInstrumentation({ shouldPreventSpanCreation: interactionHook }),
    // Log events: images, scripts, fonts, the page's navigations.
    new ResourceTimingInstrumentation(own),
    new NavigationInstrumentation(),
    new NavigationTimingInstrumentation(),
  ],
});
start({
  tracer: tracerProvider.getTracer('otelrum'),
  flush: () => Promise.all([tracerProvider.forceFlush(), loggerProvider.forceFlush()]),
});
