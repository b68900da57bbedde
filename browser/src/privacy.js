// What of the page may leave it (SPEC section 16): `data-dd-privacy` on an element or what it is in.
import { attribute, matches, nearest } from './elements.js';

const SAID = 'data-dd-privacy';
// What is typed into these is nobody's business, whatever the page says.
const SECRET = 'input:is([type=password],[type=email],[type=tel],[type=hidden],[autocomplete^=cc-],[autocomplete$=-password])';
export const BUTTON = '[type=button],[type=submit],[type=reset]';
const FIELD = `input:not(${BUTTON}),select,textarea`;

/** Within a text that may leave: what of it may not. */
export const MASKED = `[${SAID}=mask],[${SAID}=hidden],[${SAID}=mask-user-input] :is(${FIELD})`;

/** `mask` or `hidden`, nothing where the element's texts may leave; `otherwise` is for where the page says nothing. */
export function privacyOf(element, otherwise) {
  // What is hidden stays hidden, whatever an element inside says.
  const at = nearest(element, `[${SAID}]`);
  const said = (at && attribute(nearest(at, `[${SAID}=hidden]`) ?? at, SAID)) || otherwise;
  if (said === 'mask' || said === 'hidden') return said;
  return matches(element, said === 'mask-user-input' ? FIELD : SECRET) && 'mask';
}
