// What a page's script on the server cannot say of the document that it is shown in: its language, by which a screen
// reader pronounces it, the text of Streamlit's own link past the navigation, and the language this browser chose.
//
// Links that are followed within the app: a component of our own marks its links with `data-in-app`, and the app follows
// the address as for Back and Forward. Nothing runs for the page that is left, and the history has one entry. So it is
// for Streamlit's own link to the page that is open, with other parameters, of which it would run the page and leave the
// address as it was: a reload would lose what was chosen.
//
// The few words that Streamlit's widgets say themselves, in English, are said in the reader's language.

const isInApp = (link) =>
  "inApp" in link.dataset ||
  (link.dataset.testid === "stPageLink-NavLink" && link.pathname === window.location.pathname);

function followInApp(event) {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.composedPath().find((each) => each instanceof HTMLAnchorElement);
  if (!link || !isInApp(link)) return;
  event.preventDefault();
  event.stopPropagation();
  if (link.href === window.location.href) return;
  window.history.pushState(window.history.state, "", link.href);
  window.dispatchEvent(new PopStateEvent("popstate", { state: window.history.state }));
}

const WIDGETS = [
  '[data-testid="InputInstructions"]', '[data-testid="stFileUploader"]', '[data-testid="stMainMenuPopover"]',
  '[data-testid$="SelectDropdown"]', '[data-testid$="SelectboxVirtualDropdown"]', '[role="listbox"]',
].join();
const SIZE = /^(\S+) per file$/;
const reworded = new WeakMap();  // text → what it was in English, and what it is now

function inWords(words, english) {
  const [, size] = SIZE.exec(english) || [];
  return size ? words["{size} per file"]?.replace("{size}", size) : words[english];
}

function reword(root) {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let text = texts.currentNode; text; text = texts.nextNode()) {
    if (text.nodeType !== Node.TEXT_NODE) continue;
    const before = reworded.get(text);
    const english = before?.now === text.data ? before.english : text.data;
    const now = inWords(window.qaWords, english) ?? english;
    if (now !== text.data) {
      text.data = now;
      reworded.set(text, { english, now });
    }
  }
}

function rewordChanged(records) {
  for (const { target, addedNodes } of records) {
    const around = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
    const added = [...addedNodes].filter((node) => node instanceof Element);
    if (around?.closest(WIDGETS)) reword(target);
    else for (const node of added) (node.matches(WIDGETS) ? [node] : node.querySelectorAll(WIDGETS)).forEach(reword);
  }
}

function sayInWords(words) {
  if (!window.qaWords) {
    if (!Object.keys(words).length) return;
    const changes = { childList: true, subtree: true, characterData: true };
    new MutationObserver(rewordChanged).observe(document.body, changes);
  }
  window.qaWords = words;
  document.querySelectorAll(WIDGETS).forEach(reword);
}

export default function (component) {
  const { language, skip, cookie, words } = component.data;
  document.documentElement.lang = language;
  sayInWords(words);
  if (!window.qaFollowsInApp) {
    window.qaFollowsInApp = true;
    document.addEventListener("click", followInApp, true);
  }
  const link = document.querySelector('[data-testid="stSkipToContent"]');
  if (link) {
    link.textContent = skip;
  }
  if (cookie) {
    document.cookie = `${cookie.name}=${cookie.value}; path=/; max-age=31536000; SameSite=Lax`;
  }
}
