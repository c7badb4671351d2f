// The time that was spent since the last answer, while the page was seen: it belongs to the answer that is given.

class Watch {
  constructor() {
    this.spent = 0;
    this.since = document.hidden ? null : performance.now();
    this.changed = () => this.turn();
    document.addEventListener("visibilitychange", this.changed);
  }

  turn() {
    if (this.since !== null) this.spent += performance.now() - this.since;
    this.since = document.hidden ? null : performance.now();
  }

  // Seconds since they were read last.
  read() {
    this.turn();
    const seconds = Math.round(this.spent / 100) / 10;
    this.spent = 0;
    return seconds;
  }

  close() {
    document.removeEventListener("visibilitychange", this.changed);
  }
}
