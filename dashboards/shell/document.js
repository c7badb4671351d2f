// What a page's script on the server cannot say of the document that it is shown in: its language, by which a screen
// reader pronounces it, the text of Streamlit's own link past the navigation, and the language this browser chose.
//
// Links that are followed within the app: a component of our own marks its links with `data-in-app`, and the app follows
// the address as for Back and Forward. Nothing runs for the page that is left, and the history has one entry. So it is
// for Streamlit's own link to the page that is open, with other parameters, of which it would run the page and leave the
// address as it was: a reload would lose what was chosen.

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

export default function (component) {
  const { language, skip, cookie } = component.data;
  document.documentElement.lang = language;
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
