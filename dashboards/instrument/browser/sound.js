// The sound: one audio element, and a mixer that is built once somebody mutes a party.

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

class Sound {
  constructor(audio, channels, { onChange, onTime, onFailure }) {
    this.audio = audio;
    this.channels = channels;
    this.muted = new Set();
    this.changed = onChange;
    this.timed = onTime;
    this.failed = onFailure;
    this.rest = 0;
    for (const name of ["play", "pause", "ended", "ratechange", "loadedmetadata", "waiting", "playing"]) {
      audio.addEventListener(name, () => this.changed());
    }
    audio.addEventListener("seeking", () => this.timed());
    audio.addEventListener("seeked", () => this.timed());
    audio.addEventListener("error", () => audio.getAttribute("src") && this.failed());
  }

  // The address of the sound, where in it to be, and whether to play on.
  take(address, at, plays) {
    this.audio.src = address;
    this.audio.currentTime = at / 1000;
    this.audio.playbackRate = this.rate;
    if (plays) this.play();
  }

  // There is nothing to play; the place stays, to read along.
  drop() {
    this.rest = this.at;
    this.audio.removeAttribute("src");
  }

  get has() {
    return this.audio.hasAttribute("src");
  }

  get playing() {
    return !this.audio.paused && !this.audio.ended;
  }

  // Where the sound is, in ms of the call.
  get at() {
    return this.has ? this.audio.currentTime * 1000 : this.rest;
  }

  get rate() {
    return this.wanted || 1;
  }

  set rate(value) {
    this.wanted = value;
    this.audio.playbackRate = value;
    this.audio.defaultPlaybackRate = value;
  }

  seek(ms) {
    this.rest = ms;
    if (this.has) this.audio.currentTime = ms / 1000;
    this.timed();
  }

  play() {
    if (!this.has) return;
    if (this.mixer) this.mixer.context.resume();
    this.audio.play().catch((error) => {
      // a browser that wants a click first says NotAllowed; the button is there
      if (error.name !== "AbortError") this.changed();
    });
  }

  pause() {
    this.audio.pause();
  }

  mute(channel, muted) {
    if (muted) this.muted.add(channel); else this.muted.delete(channel);
    if (!this.mixer) this.mixer = this.mix();
    this.mixer.context.resume();
    const all = !this.muted.size;
    this.mixer.whole.gain.value = all ? 1 : 0;
    this.mixer.parts.forEach((gain, place) => {
      gain.gain.value = all || this.muted.has(this.channels[place].id) ? 0 : 1;
    });
  }

  // With nobody muted the sound goes through as it is; else the channels that are left are heard in both ears.
  mix() {
    const context = new AudioContext();
    const source = context.createMediaElementSource(this.audio);
    const whole = context.createGain();
    source.connect(whole).connect(context.destination);
    const splitter = context.createChannelSplitter(Math.max(2, this.channels.length));
    source.connect(splitter);
    const parts = this.channels.map((_, place) => {
      const gain = context.createGain();
      splitter.connect(gain, place);
      gain.connect(context.destination);
      return gain;
    });
    return { context, whole, parts };
  }

  close() {
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
    if (this.mixer) this.mixer.context.close();
  }
}
