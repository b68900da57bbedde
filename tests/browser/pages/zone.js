// The shop as a page with Zone.js (Angular) has it: there before everything else.
import 'zone.js';
import '../../../examples/shop/page.js';
