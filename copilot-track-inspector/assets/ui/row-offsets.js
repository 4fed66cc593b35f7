// The positions of a virtual list's rows.

/// Where rows begin. Pure, so that its arithmetic is tested without a browser.
export class RowOffsets {
  #heights = new Map();
  keys = [];
  starts = [0];

  /// Takes the rows' keys, in order, and guesses the height of those that were never measured.
  update(keys, estimateHeight) {
    this.keys = keys;
    const starts = new Array(keys.length + 1);
    let offset = 0;
    for (let i = 0; i < keys.length; i += 1) {
      starts[i] = offset;
      offset += this.#heights.get(keys[i]) ?? estimateHeight(i);
    }
    starts[keys.length] = offset;
    this.starts = starts;
  }

  /// Notes a height; true if it is another than was thought, which makes `update` due.
  setHeight(key, height) {
    if (this.#heights.get(key) === height) return false;
    this.#heights.set(key, height);
    return true;
  }

  /// Forgets heights of rows that are no more, and all of them when the width has changed.
  retain(keys) {
    for (const key of this.#heights.keys()) if (!keys.has(key)) this.#heights.delete(key);
  }

  clear() {
    this.#heights.clear();
  }

  get measuredCount() {
    return this.#heights.size;
  }

  get totalHeight() {
    return this.starts[this.starts.length - 1];
  }

  /// The last row that begins at or before `y`.
  indexAt(y) {
    let low = 0;
    let high = this.keys.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= y) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }

  /// The rows `[from, to)` that touch the stretch from `top` on, and `margin` around it.
  visibleRange(top, height, margin) {
    if (this.keys.length === 0) return [0, 0];
    return [this.indexAt(Math.max(0, top - margin)), this.indexAt(top + height + margin) + 1];
  }
}
