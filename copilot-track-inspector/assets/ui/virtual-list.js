// A list of which only what is in view is in the document. Rows may have any height: they are
// estimated, then measured, and what is in view stays where it is when a row above it turns out
// otherwise.

import { Offsets } from "./row-offsets.js";

/// Shows `rows` in `scroller`. `render(row)` makes a row's element; a row is made anew when
/// `version(row)` changes.
export class VirtualList {
  #offsets = new Offsets();
  #rows = [];
  #shown = new Map();
  #width = 0;
  #frame = 0;
  #isPressed = false;
  #held;

  constructor({ scroller, canvas, key, estimate, version, render, margin = 600, newestFirst = false, onscroll }) {
    Object.assign(this, { scroller, canvas, key, estimate, version, render, margin, newestFirst, onscroll });
    this.#width = canvas.clientWidth;
    this.sizes = new ResizeObserver((entries) => this.#measure(entries));
    this.sizes.observe(scroller);
    scroller.addEventListener("scroll", () => this.#later(), { passive: true });
    // A row that is made anew or moved between press and release would take the click with it.
    canvas.addEventListener("pointerdown", ({ isPrimary, button }) => {
      this.#isPressed = isPrimary && button === 0;
    });
    for (const end of ["pointerup", "pointercancel", "contextmenu", "blur"]) {
      addEventListener(end, () => this.#release());
    }
  }

  get rows() {
    return this.#rows;
  }

  /// Takes new rows. What is in view stays in view, or, with `follow`, the end does.
  set(rows, { follow = false } = {}) {
    this.#held = this.#isPressed ? { rows, follow } : undefined;
    if (this.#held) return;
    const anchor = follow ? undefined : this.#anchor();
    this.#rows = rows;
    const keys = rows.map(this.key);
    if (this.#offsets.known > 2 * keys.length + 2000) this.#offsets.forget(new Set(keys));
    this.#offsets.update(keys, (i) => this.estimate(rows[i]));
    this.#draw();
    if (follow) this.toEnd();
    else this.#restore(anchor);
  }

  get isAtEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    return scrollTop + clientHeight >= scrollHeight - 24;
  }

  /// Goes to the end, and stays there while rows on the way are measured.
  toEnd() {
    for (let round = 0; round < 4; round += 1) {
      this.scroller.scrollTop = this.scroller.scrollHeight;
      this.#draw();
      if (!this.#measureNow()) break;
    }
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /// Brings a row into view, and returns its element.
  reveal(key, { block = "nearest" } = {}) {
    const index = this.#offsets.keys.indexOf(key);
    if (index < 0) return undefined;
    for (let round = 0; round < 3; round += 1) {
      const start = this.#offsets.starts[index] + this.canvas.offsetTop;
      const end = this.#offsets.starts[index + 1] + this.canvas.offsetTop;
      const { scrollTop, clientHeight } = this.scroller;
      if (block === "center") this.scroller.scrollTop = (start + end - clientHeight) / 2;
      else if (start < scrollTop + 8) this.scroller.scrollTop = start - 8;
      else if (end > scrollTop + clientHeight - 8) {
        this.scroller.scrollTop = Math.min(start - 8, end - clientHeight + 8);
      }
      this.#draw();
      if (!this.#measureNow()) break;
    }
    return this.#shown.get(key)?.element;
  }

  element(key) {
    return this.#shown.get(key)?.element;
  }

  /// Rows in the document now.
  get visible() {
    return [...this.#shown.values()].map((one) => one.row);
  }

  /// Draws what has changed, without new rows.
  refresh() {
    this.#draw();
  }

  /// The click comes right behind the release; what was held back is drawn after it.
  #release() {
    if (!this.#isPressed) return;
    this.#isPressed = false;
    requestAnimationFrame(() => {
      if (this.#held) this.set(this.#held.rows, { follow: this.#held.follow && this.isAtEnd });
      else this.#draw();
    });
  }

  #anchor() {
    // A list whose news come on top shows them to whoever is at the top.
    if (this.#rows.length === 0 || (this.newestFirst && this.scroller.scrollTop <= 0)) return undefined;
    const top = this.scroller.scrollTop - this.canvas.offsetTop;
    const index = this.#offsets.at(top);
    return { key: this.#offsets.keys[index], into: top - this.#offsets.starts[index] };
  }

  #restore(anchor) {
    if (!anchor) return;
    const index = this.#offsets.keys.indexOf(anchor.key);
    if (index < 0) return;
    const top = this.#offsets.starts[index] + anchor.into + this.canvas.offsetTop;
    if (Math.abs(top - this.scroller.scrollTop) > 0.5) {
      this.scroller.scrollTop = top;
      this.#draw();
    }
  }

  #later() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
      this.onscroll?.();
    });
  }

  #draw() {
    const { scroller, canvas } = this;
    const top = scroller.scrollTop - canvas.offsetTop;
    const [from, to] = this.#offsets.range(top, scroller.clientHeight || 800, this.margin);
    canvas.style.height = `${this.#offsets.total}px`;
    const wanted = new Set();
    let before = null;
    for (let i = from; i < to; i += 1) {
      const key = this.#offsets.keys[i];
      wanted.add(key);
      const row = this.#rows[i];
      const version = this.version(row);
      let shown = this.#shown.get(key);
      if (!shown || (shown.version !== version && !this.#isPressed)) {
        const element = this.render(row);
        element.classList.add("virtual");
        if (shown) {
          this.sizes.unobserve(shown.element);
          // The keyboard's place must survive that a row is made anew.
          const had = shown.element.contains(document.activeElement);
          const what = had ? document.activeElement.dataset.focus : undefined;
          shown.element.replaceWith(element);
          if (had) (element.querySelector(`[data-focus="${CSS.escape(what ?? "")}"]`) ?? element).focus?.({ preventScroll: true });
        }
        this.sizes.observe(element);
        shown = { element, version };
        this.#shown.set(key, shown);
      }
      shown.row = row;
      shown.element.style.transform = `translateY(${this.#offsets.starts[i]}px)`;
      // In the document's order, for the Tab key and screen readers.
      const next = before ? before.nextSibling : canvas.firstChild;
      if (next !== shown.element) {
        if (shown.element.contains(document.activeElement) && shown.element.isConnected) {
          // Moving an element takes its focus away: leave it, its place on the screen is right.
        } else canvas.insertBefore(shown.element, next);
      }
      before = shown.element.isConnected ? shown.element : before;
    }
    for (const [key, shown] of this.#shown) {
      if (wanted.has(key)) continue;
      if (shown.element.contains(document.activeElement)) canvas.parentElement.focus?.({ preventScroll: true });
      this.sizes.unobserve(shown.element);
      shown.element.remove();
      this.#shown.delete(key);
    }
  }

  /// Reads the heights of what is shown; true if any was another.
  #measureNow() {
    let changed = false;
    for (const [key, { element }] of this.#shown) {
      if (this.#offsets.measured(key, element.offsetHeight)) changed = true;
    }
    if (changed) this.#again();
    return changed;
  }

  #again() {
    this.#offsets.update(this.#offsets.keys, (i) => this.estimate(this.#rows[i]));
    this.#draw();
  }

  #measure() {
    const width = this.canvas.clientWidth;
    const wasAtEnd = this.follows?.() ?? false;
    const anchor = wasAtEnd ? undefined : this.#anchor();
    if (width !== this.#width) {
      this.#width = width;
      this.#offsets.forget();
    }
    let changed = false;
    for (const [key, { element }] of this.#shown) {
      const height = element.offsetHeight;
      if (height > 0 && this.#offsets.measured(key, height)) changed = true;
    }
    if (changed) this.#again();
    else this.#draw();
    if (wasAtEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
    else this.#restore(anchor);
  }
}
