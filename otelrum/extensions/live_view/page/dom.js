// Elements from values. Text is only ever text: nothing that a page wrote of itself is read as markup.

/** An element with attributes (`class`, `href`, `aria-…`), listeners (`onclick`) and children (texts or elements). */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** `https:` and `http:` lead somewhere; anything else (`javascript:`) is no link. */
export function isWebAddress(text) {
  return /^https?:\/\//.test(text);
}
