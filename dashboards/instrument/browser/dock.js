// Once the head has gone out of sight it stays at the top of the window, smaller.

class Dock {
  constructor(root, board) {
    this.before = root.querySelector(".place");
    this.head = root.querySelector(".head");
    this.isDocked = false;
    const top = document.querySelector("[data-testid=stHeader]")?.offsetHeight || 0;
    this.head.style.setProperty("--dock-top", `${top}px`);
    this.sight = new IntersectionObserver(([entry]) => {
      const docked = !entry.isIntersecting && entry.boundingClientRect.top < (entry.rootBounds?.top ?? top);
      if (docked === this.isDocked) return;
      this.isDocked = docked;
      this.before.style.marginBottom = docked ? `${this.head.offsetHeight}px` : "";
      this.head.classList.toggle("docked", docked);
      board.small = docked;
      this.place();
      board.lay();
    }, { rootMargin: `-${top}px 0px 0px 0px` });
    this.sight.observe(this.before);
  }

  // As wide as what it stands above, also when the window changes.
  place() {
    const box = this.before.getBoundingClientRect();
    Object.assign(this.head.style, this.isDocked ? { left: `${box.left}px`, width: `${box.width}px` } : { left: "", width: "" });
  }

  close() {
    this.sight.disconnect();
  }
}
