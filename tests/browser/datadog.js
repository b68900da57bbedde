// Datadog's SDK beside the shop's own telemetry, its intake pointed at a stand-in.
import { datadogRum } from '@datadog/browser-rum';

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
  excludedActivityUrls: [/\/v1\/(traces|logs)$/],
});
