// Elements, read so that no page can interfere: a form's field named `id` or `matches` hides the form's own.

/** A property of every element, as the browser defines it. */
export const property = (element, name) => Reflect.get(Element.prototype, name, element);

const method = (name) => (element, given) => Element.prototype[name].call(element, given);
export const attribute = method('getAttribute');
export const matches = method('matches');
export const closest = method('closest');
export const rootOf = method('getRootNode');

/** What the open shadow root that the element is in belongs to. */
function hostOf(element) {
  const root = rootOf(element);
  return root instanceof ShadowRoot ? root.host : null;
}

/** What the element is in, out of open shadow roots too. */
export const parentOf = (element) => property(element, 'parentElement') ?? hostOf(element);

/** The nearest that fits the selector: the element, or one that it is in. */
export const nearest = (element, selector) =>
  element && (closest(element, selector) ?? nearest(hostOf(element), selector));

function step(element) {
  const name = property(element, 'localName');
  if (matches(element, ':only-of-type')) return name;
  let index = 1;
  for (let at = element; (at = property(at, 'previousElementSibling')); ) if (property(at, 'localName') === name) index += 1;
  return `${name}[${index}]`;
}

/** An XPath from the nearest id on, much as the official instrumentation writes it; `//` leads into a shadow root. */
export function xpath(element) {
  const parent = property(element, 'parentElement');
  const outer = parent ?? hostOf(element);
  const id = attribute(element, 'id');
  const isEnough = !outer || (id && rootOf(element) === document);
  return `${isEnough ? '' : xpath(outer)}${!id && parent ? '/' : '//'}${id ? `*[@id="${id}"]` : step(element)}`;
}
