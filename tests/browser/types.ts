// Compiled, never run: otelrum.d.ts fits the official packages.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { UserInteractionInstrumentation } from '@opentelemetry/instrumentation-user-interaction';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { BatchSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { propagation } from '@opentelemetry/api';
import * as otelrum from '../../browser/otelrum.js';
import * as requests from '../../browser/requests.js';
import * as sampling from '../../browser/sampling.js';

const exporter = new BatchSpanProcessor(requests.smallRequests(new OTLPTraceExporter()));
const provider = new WebTracerProvider({ sampler: sampling.sampler(0.5), spanProcessors: [otelrum.spanProcessor(), exporter] });
const records = new BatchLogRecordProcessor({ exporter: requests.smallRequests(new OTLPLogExporter()) });
new LoggerProvider({ processors: [otelrum.logRecordProcessor(), sampling.sampledRecords(records, 0.5)] });
new UserInteractionInstrumentation({ shouldPreventSpanCreation: otelrum.interactionHook });
otelrum.start({ tracer: provider.getTracer('otelrum'), privacy: 'mask', clicks: true, mutations: true, errors: true, actionNameAttribute: 'data-test', flush: () => provider.forceFlush() });
otelrum.addAction('checkout', { cart: { amount: 42 } });
otelrum.addUserAction('plain');
otelrum.startAction('payment', { actionKey: '1', type: 'buy', context: { method: 'card' } });
otelrum.stopAction('payment', { actionKey: '1', context: { isPaid: true } });
requests.setSessionBaggage(propagation);
// @ts-expect-error a privacy that there is not
otelrum.start({ tracer: provider.getTracer('otelrum'), privacy: 'some' });
export {};
