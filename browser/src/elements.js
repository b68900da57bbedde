// Elements, read so that no page can get in the way: a form's field named `id` or `matches` hides the form's own.

/** A property of every element, as the browser defines it. */
export const property = (element, name) => Reflect.get(Element.prototype, name, element);

const method = (name) => (element, given) => Element.prototype[name].call(element, given);
export const attribute = method('getAttribute');
export const matches = method('matches');
export const closest = method('closest');
export const rootOf = method('getRootNode');

/** The element and all that it is in, out of open shadow roots too. */
export const ancestors = (element) =>
  element ? [element, ...ancestors(property(element, 'parentElement') ?? rootOf(element).host)] : [];

/** The nearest of these that fits the selector. */
export const nearest = (element, selector) =>
  element && (closest(element, selector) ?? nearest(rootOf(element).host, selector));

function step(element) {
  const name = property(element, 'localName');
  if (matches(element, ':only-of-type')) return name;
  let index = 1;
  for (let at = element; (at = property(at, 'previousElementSibling')); ) if (property(at, 'localName') === name) index += 1;
  return `${name}[${index}]`;
}

/** An XPath from the nearest id on, much as the official instrumentation writes it; `//` leads into a shadow root. */
export function xpath(element) {
  const [, parent] = ancestors(element);
  const id = attribute(element, 'id');
  const isEnough = !parent || (id && rootOf(element) === document);
  const isChild = !id && property(element, 'parentElement');
  return `${isEnough ? '' : xpath(parent)}${isChild ? '/' : '//'}${id ? `*[@id="${id}"]` : step(element)}`;
}
