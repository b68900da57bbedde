// The official OpenTelemetry packages and otelrum's module, as a page would set them up.
import { logs } from '@opentelemetry/api-logs';
import { NavigationInstrumentation } from '@opentelemetry/browser-instrumentation/experimental/navigation';
import { NavigationTimingInstrumentation } from '@opentelemetry/browser-instrumentation/experimental/navigation-timing';
import { ResourceTimingInstrumentation } from '@opentelemetry/browser-instrumentation/experimental/resource-timing';
import { ZoneContextManager } from '@opentelemetry/context-zone-peer-dep';
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
import { interactionHook, logRecordProcessor, spanProcessor, start } from '../../browser/otelrum.js';
import { smallRequests } from '../../browser/requests.js';

/** `hasEvents`: with the log events of `@opentelemetry/browser-instrumentation` beside the spans. */
export function watch(collector, { hasEvents = true, hasLongTasks = true } = {}) {
  const resource = defaultResource().merge(resourceFromAttributes({ 'service.name': 'shop' }));
  const ignored = { ignoreUrls: [/\/v1\/(traces|logs)$/, /ddforward/] };
  const traces = smallRequests(new OTLPTraceExporter({ url: `${collector}/v1/traces` }));
  const provider = new WebTracerProvider({ resource, spanProcessors: [spanProcessor(), new BatchSpanProcessor(traces)] });
  provider.register(window.Zone ? { contextManager: new ZoneContextManager() } : {});
  const records = smallRequests(new OTLPLogExporter({ url: `${collector}/v1/logs` }));
  const logger = new LoggerProvider({
    resource,
    processors: [logRecordProcessor(), new BatchLogRecordProcessor({ exporter: records })],
  });
  logs.setGlobalLoggerProvider(logger);
  registerInstrumentations({
    instrumentations: [
      new DocumentLoadInstrumentation(),
      new UserInteractionInstrumentation({ shouldPreventSpanCreation: interactionHook }),
      new FetchInstrumentation(ignored),
      new XMLHttpRequestInstrumentation(ignored),
      ...(hasLongTasks ? [new LongTaskInstrumentation()] : []),
      ...(hasEvents ? [new ResourceTimingInstrumentation(ignored), new NavigationInstrumentation(), new NavigationTimingInstrumentation()] : []),
    ],
  });
  const flush = () => Promise.all([provider.forceFlush(), logger.forceFlush()]);
  start({ tracer: provider.getTracer('otelrum'), flush });
  return flush;
}
