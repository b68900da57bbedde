import './telemetry.js'; // with Zone.js: after it, and before everything that it is to see
import { Component, provideZonelessChangeDetection, signal } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { addAction } from 'otelrum';

@Component({
  selector: '#root',
  template: `
    <button (click)="amount.set(amount() + 1)">Add to cart</button>
    <button data-dd-action-name="Pay the cart" (click)="pay()">Pay {{ amount() }}</button>`,
})
class Cart {
  amount = signal(0);
  pay = () => addAction('checkout', { cart: { amount: this.amount() } });
}

bootstrapApplication(Cart, { providers: [provideZonelessChangeDetection()] });
