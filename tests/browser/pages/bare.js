// A page of its own that keeps its spans and records: what does the module put on them?
import { logs } from '@opentelemetry/api-logs';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { UserInteractionInstrumentation } from '@opentelemetry/instrumentation-user-interaction';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { InMemorySpanExporter, SimpleSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import * as otelrum from '../../../browser/otelrum.js';
import { sampledRecords, sampler } from '../../../browser/sampling.js';

const asked = new URLSearchParams(location.search);
const rate = Number(asked.get('rate') ?? 1);
const spans = new InMemorySpanExporter();
const records = new InMemoryLogRecordExporter();
const provider = new WebTracerProvider({
  sampler: sampler(rate),
  spanProcessors: [otelrum.spanProcessor(), new SimpleSpanProcessor(spans)],
});
provider.register();
const logger = new LoggerProvider({
  processors: [otelrum.logRecordProcessor(), sampledRecords(new SimpleLogRecordProcessor({ exporter: records }), rate)],
});
logs.setGlobalLoggerProvider(logger);
registerInstrumentations({
  instrumentations: [new UserInteractionInstrumentation({ shouldPreventSpanCreation: otelrum.interactionHook })],
});
const tracer = provider.getTracer('page');
const names = asked.has('names') ? { actionNameAttribute: asked.get('names') } : {};
otelrum.start({ tracer, privacy: asked.get('privacy') ?? 'allow', ...names });
document.getElementById('boxed').attachShadow({ mode: 'open' }).innerHTML = '<button>Boxed</button><div><b id="inner">Inner</b></div>';
document.getElementById('wordy').textContent = Array.from({ length: 40 }, (_, n) => `  Word\n   ${n + 1}  `).join('');
document.getElementById('listened').addEventListener('click', () => {});

const ms = ([seconds, nanos]) => seconds * 1000 + nanos / 1e6;
Object.assign(window, { otelrum, sampler });
/** The spans since the last call, as plain objects. */
window.reported = async () => {
  await provider.forceFlush();
  const out = spans.getFinishedSpans().map(({ name, startTime, duration, attributes, events }) => ({ name, at: ms(startTime), ms: ms(duration), attributes, events }));
  spans.reset();
  return out;
};
/** The ids that a span gets now. */
window.probe = () => ({ attributes: tracer.startSpan('probe').attributes });
window.ids = () => {
  const { attributes } = window.probe();
  return attributes && { session: attributes['session.id'], view: attributes['view.id'], tab: attributes['tab.id'] };
};
window.record = (eventName = 'probe') => {
  logger.getLogger('page').emit({ eventName });
  return records.getFinishedLogRecords().map(({ attributes }) => attributes);
};
