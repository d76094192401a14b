// @ts-check
/** As much of a page as drawing an answer touches, for tests without a browser. */

class Node {
  /** @param {string} nodeName */
  constructor(nodeName) {
    this.nodeName = nodeName;
    /** @type {any[]} */
    this.childNodes = [];
    /** @type {any} */
    this.parentElement = null;
  }

  get lastChild() {
    return this.childNodes.at(-1) ?? null;
  }

  get nextSibling() {
    return this.#beside(1);
  }

  get previousSibling() {
    return this.#beside(-1);
  }

  append(child) {
    this.childNodes.push(child);
    child.parentElement = this;
  }

  replaceWith(fresh) {
    const around = this.parentElement.childNodes;
    around[around.indexOf(this)] = fresh;
    fresh.parentElement = this.parentElement;
  }

  remove() {
    const around = this.parentElement.childNodes;
    around.splice(around.indexOf(this), 1);
  }

  after(node) {
    const around = this.parentElement.childNodes;
    around.splice(around.indexOf(this) + 1, 0, node);
    node.parentElement = this.parentElement;
  }

  #beside(step) {
    const around = this.parentElement.childNodes;
    return around[around.indexOf(this) + step] ?? null;
  }
}

class Element extends Node {
  #traits = new Map();

  get attributes() {
    return [...this.#traits].map(([name, value]) => ({ name, value }));
  }

  getAttribute(name) {
    return this.#traits.get(name) ?? null;
  }

  setAttribute(name, value) {
    this.#traits.set(name, value);
  }

  removeAttribute(name) {
    this.#traits.delete(name);
  }
}

class Text extends Node {
  data = "";

  get length() {
    return this.data.length;
  }

  splitText(index) {
    const rest = page.createTextNode();
    rest.data = this.data.slice(index);
    this.data = this.data.slice(0, index);
    this.after(rest);
    return rest;
  }

  replaceData(from, count, words) {
    this.data = this.data.slice(0, from) + words + this.data.slice(from + count);
  }
}

export const page = {
  createElement: (tag) => new Element(tag.toUpperCase()),
  createTextNode: () => new Text("#text"),
  createTreeWalker: (root) => {
    const texts = textsOf(root);
    return { nextNode: () => texts.shift() ?? null };
  },
};

/** @returns {Text[]} */
export function textsOf(node) {
  return node instanceof Text ? [node] : node.childNodes.flatMap(textsOf);
}

/** Spell a node's children, so that a test can compare them. */
export function spell(node) {
  return node.childNodes
    .map((child) => {
      if (child instanceof Text) return child.data.replaceAll("<", "&lt;");
      const tag = child.nodeName.toLowerCase();
      const shown = child.attributes.filter(({ name }) => !["target", "rel", "tabindex"].includes(name));
      const traits = shown.map(({ name, value }) => ` ${name}="${value}"`).join("");
      return ["br", "hr"].includes(tag) ? `<${tag}>` : `<${tag}${traits}>${spell(child)}</${tag}>`;
    })
    .join("");
}

Object.assign(globalThis, { document: page, NodeFilter: { SHOW_TEXT: 4 } });
