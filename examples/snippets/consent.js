import { addAction } from 'otelrum';

const begin = () => import('./telemetry.js'); // nothing is watched, stored or sent before

if (localStorage.consent === 'given') begin();
document.querySelector('#agree').addEventListener('click', async () => {
  localStorage.consent = 'given';
  await begin();
  addAction('consent given');
});
