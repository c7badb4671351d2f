// The outline of the channels by zoom level: the overview came with the call, finer tiles are fetched when looked at.

class Outline {
  constructor(sent, ask, onTile) {
    this.perPair = 1000 / sent.per_s;
    this.tilePairs = sent.tile;
    this.level = sent.level;
    this.ask = ask;
    this.onTile = onTile;
    this.tiles = new Map();
    this.overview = new Map();
    let loudest = 1;
    for (const [channel, text] of Object.entries(sent.channels)) {
      const bytes = Int8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      for (const value of bytes) loudest = Math.max(loudest, Math.abs(value));
      this.overview.set(Number(channel), bytes);
    }
    // quiet telephone sound fills its lane; one scale for all channels, so that they stay comparable
    this.scale = Math.min(8, 120 / loudest) / 128;
  }

  // The level at which a pixel of that many ms holds at least one pair.
  levelFor(msPerPixel) {
    return Math.max(0, Math.min(this.level, Math.floor(Math.log2(msPerPixel / this.perPair))));
  }

  // Lowest and highest sample between two moments, -1 to 1; null where there is none.
  between(channel, begin, end, level) {
    const width = this.perPair * 2 ** level;
    const first = Math.floor(begin / width), last = Math.max(first, Math.ceil(end / width) - 1);
    let low = 127, high = -128;
    for (let pair = first; pair <= last; pair++) {
      const found = this.pair(channel, pair, level);
      if (!found) continue;
      low = Math.min(low, found[0]);
      high = Math.max(high, found[1]);
    }
    return low > high ? null : [low * this.scale, (high + 1) * this.scale];
  }

  pair(channel, pair, level) {
    const bytes = this.overview.get(channel);
    if (!bytes || pair < 0) return null;
    if (level < this.level) {
      const number = Math.floor(pair / this.tilePairs);
      const tile = this.tile(channel, level, number);
      const place = (pair - number * this.tilePairs) * 2;
      if (tile) return place < tile.length ? [tile[place], tile[place + 1]] : null;
    }
    const place = (pair >> (this.level - level)) * 2;
    return place < bytes.length ? [bytes[place], bytes[place + 1]] : null;
  }

  // A finer tile, or null while it is on its way.
  tile(channel, level, number) {
    const name = `outline/${channel}/${level}/${number}`;
    const found = this.tiles.get(name);
    if (found === undefined) {
      this.tiles.set(name, null);
      this.ask(name).then((answer) => answer.arrayBuffer()).then((buffer) => {
        this.tiles.set(name, new Int8Array(buffer));
        this.onTile();
      }).catch(() => setTimeout(() => this.tiles.delete(name), RETRY_MS));
    }
    return found || null;
  }
}
