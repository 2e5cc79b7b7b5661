/**
 * The page is drawn anew from its state and laid over what is there: elements that stay keep focus, selection, what is
 * typed into them and how far they are scrolled. Everything is text to it: no markup is ever read from data.
 */

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */

/**
 * An element. Attributes that are null, undefined or false are left out; true stands for an empty one.
 *
 * `data-key`: which of its siblings it is, whatever its place. `data-own`: somebody else draws what is in it.
 *
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : String(value));
  element.append(...flat(children));
  return element;
}

/** A name of many words breaks at its underscores alone. @param {string} name */
export const breaking = (name) =>
  name.split('_').flatMap((part, index) => (index === 0 ? [part] : ['_', h('wbr'), part]));

/** A text whose numbers are not broken at the minus of their exponent. @param {string} text @returns {Child[]} */
export const whole = (text) =>
  text.split(/(\S*\de-\d\S*)/).map((part, index) => (index % 2 === 0 ? part : h('span', { class: 'whole' }, part)));

/** @param {Child[]} children @returns {(Node | string)[]} */
const flat = (children) =>
  children.flatMap((child) => {
    if (Array.isArray(child)) return flat(child);
    if (child === null || child === undefined || child === false || child === '') return [];
    return [child instanceof Node ? child : String(child)];
  });

/** Attributes that people change by using the page. */
const OF_PEOPLE = new Set(['open', 'value', 'checked', 'selected']);

/**
 * Makes `old` look like `fresh`, changing as little as possible.
 *
 * @param {Node} old
 * @param {Node} fresh
 */
export function morph(old, fresh) {
  if (old.nodeName !== fresh.nodeName) {
    /** @type {ChildNode} */ (old).replaceWith(fresh);
    return;
  }
  if (!(old instanceof Element)) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  syncAttributes(old, /** @type {Element} */ (fresh));
  if (!old.hasAttribute('data-own')) morphChildren(old, fresh);
}

/** @param {Element} old @param {Element} fresh */
function syncAttributes(old, fresh) {
  for (const { name } of Array.from(old.attributes))
    if (!fresh.hasAttribute(name) && !isOfPeople(old, name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value && !isOfPeople(old, name)) old.setAttribute(name, value);
}

/** A bar's value is the page's own. @param {Element} element @param {string} name */
const isOfPeople = (element, name) => OF_PEOPLE.has(name) && !/^(?:METER|PROGRESS)$/.test(element.nodeName);

const keyOf = (/** @type {Node} */ node) => (node instanceof HTMLElement ? node.dataset.key : undefined);

/** @param {Element} old @param {Node} fresh */
function morphChildren(old, fresh) {
  const wanted = new Set([...fresh.childNodes].map(keyOf));
  for (const child of Array.from(old.children)) if (!wanted.has(keyOf(child))) child.remove();
  const keyed = new Map([...old.children].map((child) => [keyOf(child), child]));
  let at = old.firstChild;
  for (const child of Array.from(fresh.childNodes)) {
    const key = keyOf(child);
    const unkeyed = at && keyOf(at) === undefined && at.nodeName === child.nodeName ? at : undefined;
    const known = key === undefined ? unkeyed : keyed.get(key);
    if (!known) old.insertBefore(child, at);
    else {
      if (known === at) at = at.nextSibling;
      else old.insertBefore(known, at);
      morph(known, child);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}
