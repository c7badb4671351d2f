// Elements, texts and times, as all parts of the form use them.

// An element with classes and text. Text is only ever set as text.
function make(tag, classes, text) {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  if (text !== undefined) element.textContent = text;
  return element;
}

function button(classes, text, act) {
  const element = make("button", classes, text);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

// Text that somebody wrote takes its direction from its own first letter.
function foreign(element) {
  element.dir = "auto";
  return element;
}

// A text of the page with its places filled: fill("{n} of {all}", {n: 1, all: 2}).
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));
}

// A place in the call: 1:05, 1:02:03.
function clock(ms) {
  const seconds = Math.floor(ms / 1000), two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

// A number as it is written: 86.7, 100.
function written(number) {
  return String(Math.round(number * 10) / 10);
}

// A browser makes UUIDs over https and on this machine only.
function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
  return detail;
}
