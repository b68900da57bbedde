import './telemetry.js'; // before everything that it is to see
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { addAction } from 'otelrum';

function Cart() {
  const [amount, setAmount] = useState(0);
  const pay = () => addAction('checkout', { cart: { amount } });
  return (
    <>
      <button onClick={() => setAmount(amount + 1)}>Add to cart</button>
      <button data-dd-action-name="Pay the cart" onClick={pay}>Pay {amount}</button>
    </>
  );
}

createRoot(document.getElementById('root')).render(<Cart />);
