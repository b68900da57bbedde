import './telemetry.js'; // before everything that it is to see
import { createApp, h, ref } from 'vue';
import { addAction } from 'otelrum';

const Cart = {
  setup() {
    const amount = ref(0);
    const pay = () => addAction('checkout', { cart: { amount: amount.value } });
    return () => [
      h('button', { onClick: () => (amount.value += 1) }, 'Add to cart'),
      h('button', { 'data-dd-action-name': 'Pay the cart', onClick: pay }, `Pay ${amount.value}`),
    ];
  },
};

createApp(Cart).mount('#root');
