'use client';
import { addAction } from 'otelrum'; // rendered on the server too, where its calls do nothing

export default function Page() {
  const pay = () => addAction('checkout', { cart: { amount: 42 } });
  return <button data-dd-action-name="Pay the cart" onClick={pay}>Pay</button>;
}
