// A virtual list, in which only the rows near the viewport are in the document. Row heights vary.
// They are estimated at first and measured when the rows are rendered. The scroll position is then
// corrected so that the visible rows do not move.

import { RowOffsets } from "./row-offsets.js";

/// Shows rows in `content`, inside `scroller`. `renderRow(row)` creates a row's element. A row is
/// rendered again when `version(row)` changes. `onRender()` is called when rows were added or
/// replaced.
export class VirtualList {
  #offsets = new RowOffsets();
  #rows = [];
  #rendered = new Map();
  #width = 0;
  #frame = 0;
  #isPointerDown = false;
  #pendingUpdate;

  constructor({
    scroller,
    content,
    key,
    estimateHeight,
    version,
    renderRow,
    margin = 600,
    newestFirst = false,
    onScroll,
    onRender,
    isFollowing,
  }) {
    Object.assign(this, {
      scroller,
      content,
      key,
      estimateHeight,
      version,
      renderRow,
      margin,
      newestFirst,
      onScroll,
      onRender,
      isFollowing,
    });
    this.#width = content.clientWidth;
    this.resizeObserver = new ResizeObserver((entries) => this.#handleResize(entries));
    this.resizeObserver.observe(scroller);
    scroller.addEventListener("scroll", () => this.#scheduleRender(), { passive: true });
    // Replacing or moving a row between pointerdown and pointerup would cancel the click.
    content.addEventListener("pointerdown", ({ isPrimary, button }) => {
      this.#isPointerDown = isPrimary && button === 0;
    });
    for (const type of ["pointerup", "pointercancel", "contextmenu", "blur"]) {
      addEventListener(type, () => this.#handleRelease());
    }
  }

  get rows() {
    return this.#rows;
  }

  /// Sets the rows. The visible rows stay in place. With `follow`, the list scrolls to the end
  /// instead.
  setRows(rows, { follow = false } = {}) {
    this.#pendingUpdate = this.#isPointerDown ? { rows, follow } : undefined;
    if (this.#pendingUpdate) return;
    const anchor = follow ? undefined : this.#scrollAnchor();
    this.#rows = rows;
    const keys = rows.map(this.key);
    if (this.#offsets.measuredCount > 2 * keys.length + 2000) this.#offsets.retain(new Set(keys));
    this.#offsets.update(keys, (i) => this.estimateHeight(rows[i]));
    this.#render();
    if (follow) this.scrollToEnd();
    else this.#restoreAnchor(anchor);
  }

  get isAtEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    return scrollTop + clientHeight >= scrollHeight - 24;
  }

  /// Scrolls to the end. Repeats the scroll, because newly rendered rows change the total height.
  scrollToEnd() {
    for (let attempt = 0; attempt < 4; attempt += 1) {
      this.scroller.scrollTop = this.scroller.scrollHeight;
      this.#render();
      if (!this.#measureRendered()) break;
    }
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /// Scrolls a row into view and returns its element.
  scrollToRow(key, { block = "nearest" } = {}) {
    const index = this.#offsets.keys.indexOf(key);
    if (index < 0) return undefined;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const start = this.#offsets.starts[index] + this.content.offsetTop;
      const end = this.#offsets.starts[index + 1] + this.content.offsetTop;
      const { scrollTop, clientHeight } = this.scroller;
      if (block === "center") this.scroller.scrollTop = (start + end - clientHeight) / 2;
      else if (start < scrollTop + 8) this.scroller.scrollTop = start - 8;
      else if (end > scrollTop + clientHeight - 8) {
        this.scroller.scrollTop = Math.min(start - 8, end - clientHeight + 8);
      }
      this.#render();
      if (!this.#measureRendered()) break;
    }
    return this.#rendered.get(key)?.element;
  }

  element(key) {
    return this.#rendered.get(key)?.element;
  }

  /// The rows that are currently in the document.
  get renderedRows() {
    return [...this.#rendered.values()].map(({ row }) => row);
  }

  /// Renders rows whose version has changed.
  render() {
    this.#render();
  }

  /// Applies the pending update in the next frame, after the click event.
  #handleRelease() {
    if (!this.#isPointerDown) return;
    this.#isPointerDown = false;
    requestAnimationFrame(() => {
      if (this.#pendingUpdate)
        this.setRows(this.#pendingUpdate.rows, {
          follow: this.#pendingUpdate.follow && this.isAtEnd,
        });
      else this.#render();
    });
  }

  #scrollAnchor() {
    // At the top of a newest-first list, show new rows instead of keeping the position.
    if (this.#rows.length === 0 || (this.newestFirst && this.scroller.scrollTop <= 0))
      return undefined;
    const top = this.scroller.scrollTop - this.content.offsetTop;
    const index = this.#offsets.indexAt(top);
    return { key: this.#offsets.keys[index], offset: top - this.#offsets.starts[index] };
  }

  #restoreAnchor(anchor) {
    if (!anchor) return;
    const index = this.#offsets.keys.indexOf(anchor.key);
    if (index < 0) return;
    const top = this.#offsets.starts[index] + anchor.offset + this.content.offsetTop;
    if (Math.abs(top - this.scroller.scrollTop) > 0.5) {
      this.scroller.scrollTop = top;
      this.#render();
    }
  }

  #scheduleRender() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
      this.onScroll?.();
    });
  }

  #render() {
    const { scroller, content } = this;
    const top = scroller.scrollTop - content.offsetTop;
    const [from, to] = this.#offsets.visibleRange(top, scroller.clientHeight || 800, this.margin);
    content.style.height = `${this.#offsets.totalHeight}px`;
    const inRange = new Set();
    let previous = null;
    let hasNewRows = false;
    for (let i = from; i < to; i += 1) {
      const key = this.#offsets.keys[i];
      inRange.add(key);
      const row = this.#rows[i];
      const version = this.version(row);
      let rendered = this.#rendered.get(key);
      if (!rendered || (rendered.version !== version && !this.#isPointerDown)) {
        hasNewRows = true;
        const element = this.renderRow(row);
        element.classList.add("virtual-row");
        if (rendered) {
          this.resizeObserver.unobserve(rendered.element);
          // Keep the focus when a focused row is rendered again.
          const hadFocus = rendered.element.contains(document.activeElement);
          const focusKey = hadFocus ? document.activeElement.dataset.focusKey : undefined;
          rendered.element.replaceWith(element);
          if (hadFocus)
            (
              element.querySelector(`[data-focus-key="${CSS.escape(focusKey ?? "")}"]`) ?? element
            ).focus?.({ preventScroll: true });
        }
        this.resizeObserver.observe(element);
        rendered = { element, version };
        this.#rendered.set(key, rendered);
      }
      rendered.row = row;
      rendered.element.style.transform = `translateY(${this.#offsets.starts[i]}px)`;
      // Keep the document order, for the Tab key and screen readers.
      const next = previous ? previous.nextSibling : content.firstChild;
      if (next !== rendered.element) {
        if (rendered.element.contains(document.activeElement) && rendered.element.isConnected) {
          // Moving an element would remove its focus. The element's visual position is correct in
          // any case.
        } else content.insertBefore(rendered.element, next);
      }
      previous = rendered.element.isConnected ? rendered.element : previous;
    }
    for (const [key, rendered] of this.#rendered) {
      if (inRange.has(key)) continue;
      if (rendered.element.contains(document.activeElement))
        content.parentElement.focus?.({ preventScroll: true });
      this.resizeObserver.unobserve(rendered.element);
      rendered.element.remove();
      this.#rendered.delete(key);
    }
    if (hasNewRows) this.onRender?.();
  }

  /// Measures the rendered rows. Returns true if any height changed.
  #measureRendered() {
    let changed = false;
    for (const [key, { element }] of this.#rendered) {
      if (this.#offsets.setHeight(key, element.offsetHeight)) changed = true;
    }
    if (changed) this.#relayout();
    return changed;
  }

  #relayout() {
    this.#offsets.update(this.#offsets.keys, (i) => this.estimateHeight(this.#rows[i]));
    this.#render();
  }

  #handleResize() {
    const width = this.content.clientWidth;
    const wasFollowing = this.isFollowing?.() ?? false;
    const anchor = wasFollowing ? undefined : this.#scrollAnchor();
    if (width !== this.#width) {
      this.#width = width;
      this.#offsets.clear();
    }
    let changed = false;
    for (const [key, { element }] of this.#rendered) {
      const height = element.offsetHeight;
      if (height > 0 && this.#offsets.setHeight(key, height)) changed = true;
    }
    if (changed) this.#relayout();
    else this.#render();
    if (wasFollowing) this.scroller.scrollTop = this.scroller.scrollHeight;
    else this.#restoreAnchor(anchor);
  }
}
