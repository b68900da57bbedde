// What of the page may leave it (SPEC section 16): `data-dd-privacy` on an element or what it is in.
import { attribute, matches, nearest } from './elements.js';

const SAID = 'data-dd-privacy';
// What is typed into these is nobody's business, whatever the page says.
const SECRET = 'input:is([type=password],[type=email],[type=tel],[autocomplete^=cc-],[autocomplete$=-password])';
export const BUTTON = '[type=button],[type=submit],[type=reset]';
const FIELD = `input:not(${BUTTON},[type=color]),select,option,textarea`;

/** Within a text that may leave: what of it may not. */
export const MASKED = `[${SAID}=mask],[${SAID}=hidden],[${SAID}=mask-user-input] :is(${FIELD})`;

/** `allow`, `mask` or `hidden`; undefined where the page says nothing. */
export function privacyOf(element) {
  if (nearest(element, `[${SAID}=hidden]`)) return 'hidden'; // whatever is said inside of it
  if (matches(element, SECRET)) return 'mask';
  const said = nearest(element, `[${SAID}]`);
  const level = said && attribute(said, SAID);
  if (level === 'mask-user-input') return matches(element, FIELD) ? 'mask' : 'allow';
  return level || undefined;
}
