// Datadog's SDK beside the shop's own telemetry, its intake pointed at a stand-in.
import { datadogRum } from '@datadog/browser-rum';

// The exports of the page's OpenTelemetry are there only because both watch: to Datadog they are no part of the page.
const OWN_EXPORT = /\/v1\/(traces|logs)$/;
const proxy = new URLSearchParams(location.search).get('datadog');
datadogRum.init({
  applicationId: '00000000-0000-4000-8000-000000000000',
  clientToken: 'pub0',
  site: 'datadoghq.com',
  proxy,
  service: 'shop',
  sessionSampleRate: 100,
  sessionReplaySampleRate: 0,
  telemetrySampleRate: 0,
  trackUserInteractions: true,
  trackResources: true,
  trackLongTasks: true,
  defaultPrivacyLevel: 'allow',
  excludedActivityUrls: [OWN_EXPORT],
  beforeSend: (event) => !(event.type === 'resource' && OWN_EXPORT.test(event.resource.url)),
});
