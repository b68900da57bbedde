// Elements, read so that no page can get in the way: a form's field named `id` or `matches` hides the form's own.

/** A property of the element that the browser defines. */
export const property = (element, name) =>
  Reflect.get(element instanceof HTMLFormElement ? HTMLFormElement.prototype : element, name, element);

const method = (name) => (element, given) => Element.prototype[name].call(element, given);
export const attribute = method('getAttribute');
export const matches = method('matches');
export const closest = method('closest');

/** The element and all that it is in, out of open shadow roots too. */
export function* ancestors(element) {
  for (let at = element; at; at = property(at, 'parentElement') ?? at.getRootNode().host) yield at;
}

/** The nearest of these that fits the selector. */
export function nearest(element, selector) {
  for (const at of ancestors(element)) if (matches(at, selector)) return at;
}

/** What the event is of, inside open shadow roots too. */
export function elementOf(event) {
  const [first] = event.composedPath();
  return first instanceof Element ? first : undefined;
}

function step(element) {
  const name = property(element, 'localName');
  const written = property(element, 'namespaceURI')?.endsWith('svg') ? `*[name()="${name}"]` : name;
  if (matches(element, ':only-of-type')) return written;
  let index = 1;
  for (let at = element; (at = property(at, 'previousElementSibling')); ) if (property(at, 'localName') === name) index += 1;
  return `${written}[${index}]`;
}

/** An XPath as the official instrumentation writes it; `//` leads into a shadow root. */
export function xpath(element) {
  const id = attribute(element, 'id');
  const [, parent] = ancestors(element);
  const isRoot = id || !property(element, 'parentElement');
  const isInDocument = id && element.getRootNode() === document;
  const above = parent && !isInDocument ? xpath(parent) : '';
  return `${above}${isRoot ? '//' : '/'}${id ? `*[@id="${id}"]` : step(element)}`;
}
