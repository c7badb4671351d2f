// What a page's script on the server cannot say of the document that it is shown in: its language, by which a screen
// reader pronounces it, the text of Streamlit's own link past the navigation, and the language this browser chose.
//
// Of a link to the page that is open, with other parameters, Streamlit runs the page and leaves the address as it was: a
// reload would lose what was chosen. Such links change the address, and the app follows it, as for Back and Forward.

function followWithinPage(event) {
  const link = event.target.closest?.('a[data-testid="stPageLink-NavLink"]');
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.pathname !== window.location.pathname) return;
  event.preventDefault();
  event.stopPropagation();
  if (link.href === window.location.href) return;
  window.history.pushState(window.history.state, "", link.href);
  window.dispatchEvent(new PopStateEvent("popstate", { state: window.history.state }));
}

export default function (component) {
  const { language, skip, cookie } = component.data;
  document.documentElement.lang = language;
  if (!window.qaFollowsWithinPage) {
    window.qaFollowsWithinPage = true;
    document.addEventListener("click", followWithinPage, true);
  }
  const link = document.querySelector('[data-testid="stSkipToContent"]');
  if (link) {
    link.textContent = skip;
  }
  if (cookie) {
    document.cookie = `${cookie.name}=${cookie.value}; path=/; max-age=31536000; SameSite=Lax`;
  }
}
