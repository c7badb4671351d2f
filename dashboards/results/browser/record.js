// An evaluation to read: what was answered in each section, why, and where in the call it can be heard. A place plays in
// the instrument beside it, and is marked there; all words are decided in Python and only ever set as text.

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".record");
  const shown = JSON.stringify(data);
  if (root.shown !== shown) {
    root.shown = shown;
    root.replaceChildren(...data.sections.map(section), ...(data.comments.length ? [remarks(data)] : []));
    tell(data);
  }
  // the instrument may come later than this
  const came = () => tell(data);
  document.addEventListener("qa:player", came);
  return () => document.removeEventListener("qa:player", came);
}

function tell({ evidence, comments }) {
  say("qa:evidence", { sentences: evidence });
  say("qa:remarks", { remarks: comments.filter((each) => each.at_ms !== null).map(({ at_ms, text }) => ({ at_ms, text })) });
}

function say(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

function section({ title, score, questions }) {
  const heading = make("h2", "", title);
  if (score) heading.append(make("span", "note", score));
  return make("section", "", null, [heading, ...questions.map(question)]);
}

function question(each) {
  const made = make("article", each.is_disputed ? "question disputed" : "question", null, [
    make("h3", "", each.text),
    make("p", "answer", null, [
      make("b", each.tone, each.answer), each.points && make("span", "note", each.points),
      ...each.tags.map((tag) => make("span", "tag", tag)),
    ]),
  ]);
  if (each.comment) made.append(make("p", "comment", each.comment));
  if (each.places.length) made.append(make("ul", "places", null, each.places.map((place) => make("li", "", null, [button(place)]))));
  if (each.note) made.append(make("p", "note", each.note));
  return made;
}

function remarks({ comments, labels }) {
  return make("section", "", null, [make("h2", "", labels.comments), ...comments.map((each) =>
    make("article", "question", null, [
      make("p", "comment", each.text),
      make("p", "note", each.by),
      each.place && make("ul", "places", null, [make("li", "", null, [button(each.place)])]),
    ]))]);
}

// Without an instrument on the page it is a plain link to the page of the call.
function button({ label, name, at_ms, href }) {
  const link = make("a", "place", label);
  link.href = href;
  link.setAttribute("aria-label", name);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    say("qa:play", { at_ms });
  });
  return link;
}

function make(tag, classes, text, children = []) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text) {
    made.textContent = text;
    made.dir = "auto";
  }
  made.append(...children.filter(Boolean));
  return made;
}
