import './telemetry.js';
import { addAction, startAction, stopAction } from 'otelrum';

document.querySelector('#checkout').addEventListener('click', async () => {
  addAction('checkout', { cart: { amount: 42, currency: '$', items: ['socks', 't-shirt'] } });
  startAction('payment', { type: 'payment', context: { method: 'card' } }); // lasts until it is stopped
  await fetch('/api/offers');
  stopAction('payment', { context: { isPaid: true } });
});
