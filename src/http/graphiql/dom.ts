// The little of the browser that these modules use. The house is compiled without the DOM's types: on the server there is none.

export interface Part {
  textContent: string;
  value: string;
  src: string;
  hidden: boolean;
  disabled: boolean;
  open: boolean;
  readonly dataset: Record<string, string | undefined>;
  append(...parts: (Part | string)[]): void;
  replaceChildren(...parts: (Part | string)[]): void;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  addEventListener(type: string, listener: (event: Occurrence) => void, isCapturing?: boolean): void;
  querySelector(selector: string): Part | null;
  closest(selector: string): Part | null;
  focus(): void;
}

export interface Occurrence {
  readonly key: string;
  readonly target: Part;
  preventDefault(): void;
  stopPropagation(): void;
}

declare const document: { body: Part; activeElement: Part | null; createElement(name: string): Part; querySelector(selector: string): Part | null };
declare function requestAnimationFrame(then: () => void): void;

export const body = document.body;

/** What is on the page from the start. */
export function part(selector: string): Part {
  const found = find(selector);
  if (!found) throw new Error(`there is no ${selector} on the page`);
  return found;
}

export function find(selector: string): Part | null {
  return document.querySelector(selector);
}

export function make(name: string, text = "", attributes: Record<string, string> = {}): Part {
  const made = document.createElement(name);
  made.textContent = text; // never as HTML: what a server or a person says is text
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

/** Whether the keyboard is in it, or nowhere. */
export function hasKeyboard(selector: string): boolean {
  const { activeElement } = document;
  return activeElement === null || activeElement === body || activeElement.closest(selector) !== null;
}

/** Resolves before the browser paints next. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => { requestAnimationFrame(resolve); });
}
