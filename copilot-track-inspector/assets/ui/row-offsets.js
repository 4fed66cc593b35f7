// The positions of a virtual list's rows. This file does not use the DOM, so it can be tested in
// Node.

/// The heights and offsets of rows.
export class RowOffsets {
  #heights = new Map();
  keys = [];
  starts = [0];

  /// Computes the offsets of the rows with these keys, in order. `estimateHeight(index)` supplies
  /// the height of rows that have not been measured.
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

  /// Records a measured height. Returns true if it changed; the caller must then call `update`.
  setHeight(key, height) {
    if (this.#heights.get(key) === height) return false;
    this.#heights.set(key, height);
    return true;
  }

  /// Discards the heights of all rows except those with these keys.
  retain(keys) {
    for (const key of this.#heights.keys()) if (!keys.has(key)) this.#heights.delete(key);
  }

  /// Discards all measured heights.
  clear() {
    this.#heights.clear();
  }

  get measuredCount() {
    return this.#heights.size;
  }

  get totalHeight() {
    return this.starts[this.starts.length - 1];
  }

  /// Returns the index of the last row that starts at or before `y`.
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

  /// Returns the range `[from, to)` of rows that intersect the viewport, extended by `margin`.
  visibleRange(top, height, margin) {
    if (this.keys.length === 0) return [0, 0];
    return [this.indexAt(Math.max(0, top - margin)), this.indexAt(top + height + margin) + 1];
  }
}
