// The stock packages alone, or with `?module` what otelrum adds to them.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { UserInteractionInstrumentation } from '@opentelemetry/instrumentation-user-interaction';
import { BatchSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { interactionHook, spanProcessor, start } from '../../../browser/otelrum.js';

const asked = new URLSearchParams(location.search);
const isWatched = asked.has('module');
const dropping = { export: (spans, done) => done({ code: 0 }), shutdown: async () => {} };
const exporter = asked.has('sends') ? new OTLPTraceExporter({ url: `${location.origin}/v1/traces` }) : dropping;
const provider = new WebTracerProvider({
  spanProcessors: [...(isWatched ? [spanProcessor()] : []), new BatchSpanProcessor(exporter)],
});
provider.register();
registerInstrumentations({
  instrumentations: [new UserInteractionInstrumentation(isWatched ? { shouldPreventSpanCreation: interactionHook } : {})],
});
if (isWatched) start({ tracer: provider.getTracer('page') });

const deep = Array.from({ length: 30 }, () => document.createElement('div'));
deep.reduce((outer, inner) => outer.appendChild(inner), document.getElementById('deep'));
deep.at(-1).innerHTML = '<button>Deep</button>';
for (const id of ['shallow', 'deep']) document.getElementById(id).addEventListener('click', () => {});
